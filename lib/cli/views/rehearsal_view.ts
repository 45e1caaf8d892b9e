import type { JsonValue } from "../../base/json.ts";
import { formatAmount, formatRequestUnits } from "../../reporting/format.ts";
import type { Style } from "../../reporting/style.ts";
import type { Difference, ValueChange } from "../../testing/database_state.ts";
import type { Rehearsal, RehearsedCost, RehearsedMigration } from "../../testing/rehearse.ts";

/** Documents that are shown of a container, and differences in JSON: the others are counted. */
const EXAMPLES = 2;
const JSON_EXAMPLES = 100;
const VALUE_LENGTH = 60;

const CLAIMS: Readonly<Record<RehearsedMigration["claim"], string>> = {
  "exact": "undoes exactly",
  "by-value": "undoes by value",
  "none": "cannot be undone",
  "own-down": "undoes by its own down",
};

/** A rehearsal as lines. */
export function describeRehearsal({ migrations, findings }: Rehearsal, style: Style): string[] {
  const up = migrations.reduce((sum, migration) => sum + migration.up.requestUnits, 0);
  const undone = migrations.filter(({ down }) => down.kind === "undone").length;
  return [
    ...migrations.flatMap((migration) => [...describeMigration(migration, style), ""]),
    ...findings.map((finding) => style.red(finding)),
    style.bold(
      `${formatAmount(migrations.length, "migration")} up (about ${
        formatRequestUnits(up)
      } RU), ${undone} down and up again: ${
        findings.length === 0
          ? "every one undoes what it says it does"
          : formatAmount(findings.length, "finding")
      }`,
    ),
  ];
}

/** A rehearsal as JSON. */
export function rehearsalToJson({ migrations, findings }: Rehearsal): object {
  return {
    version: 1,
    holds: findings.length === 0,
    findings,
    migrations: migrations.map(({ id, name, description, claim, up, changes, down, again }) => ({
      id,
      name,
      description,
      claim,
      up,
      changes: differencesToJson(changes),
      down: {
        kind: down.kind,
        holds: down.kind === "undone" ? down.holds : null,
        cost: down.kind === "undone" ? down.cost : null,
        message: down.kind === "failed" ? down.message : null,
        differences: down.kind === "undone" ? differencesToJson(down.differences) : null,
      },
      again: again === undefined ? null : differencesToJson(again),
    })),
  };
}

function describeMigration(migration: RehearsedMigration, style: Style): string[] {
  const { id, name, claim, up, changes, again } = migration;
  return [
    `${style.bold(`${id} ${name}`)}  ${style.dim(`(${CLAIMS[claim]})`)}`,
    `  up: ${describeCost(up)}`,
    ...describeDifferences(changes, style).map((line) => `    ${line}`),
    ...describeDown(migration, style),
    ...(again === undefined || again.length === 0 ? [] : [
      style.yellow("  up again: gives another result than the first time"),
      ...describeDifferences(again, style).map((line) => `    ${line}`),
    ]),
  ];
}

function describeDown({ down }: RehearsedMigration, style: Style): string[] {
  switch (down.kind) {
    case "none":
      return ["  down: none, as it says"];
    case "not-reached":
      return [style.dim("  down: not reached, as a later one does not go back")];
    case "failed":
      return [style.red(`  down: ${down.message}`)];
    case "undone": {
      const cost = describeCost(down.cost);
      if (down.differences.length === 0) return [style.green(`  down: everything as before, ${cost}`)];
      const words = down.holds
        ? style.yellow(`  down: not everything as before, which undoing by value allows; ${cost}`)
        : style.red(`  down: not everything as before; ${cost}`);
      return [words, ...describeDifferences(down.differences, style).map((line) => `    ${line}`)];
    }
  }
}

function describeCost({ documents, requestUnits }: RehearsedCost): string {
  return `${formatAmount(documents, "document")} changed, ${formatRequestUnits(requestUnits)} RU`;
}

function describeDifferences(differences: readonly Difference[], style: Style): string[] {
  const containers = [...new Set(differences.map(({ container }) => container))];
  return containers.flatMap((container) => {
    const ofContainer = differences.filter((difference) => difference.container === container);
    const settings = ofContainer.filter(({ id }) => id === undefined);
    const documents = ofContainer.filter(({ id }) => id !== undefined);
    return [
      ...settings.flatMap((difference) => [
        `${container}: ${difference.kind === "changed" ? "settings changed" : difference.kind}`,
        ...difference.changes.flatMap((change) => describeChange(change, style)),
      ]),
      ...(documents.length === 0 ? [] : [`${container}: ${countByKind(documents)}`]),
      ...documents.slice(0, EXAMPLES).flatMap(({ id, changes }) =>
        changes.length === 0 ? [] : [`  ${id}`, ...changes.flatMap((change) => describeChange(change, style))]
      ),
      ...(documents.length > EXAMPLES ? [style.dim(`  and ${documents.length - EXAMPLES} more`)] : []),
    ];
  });
}

function countByKind(documents: readonly Difference[]): string {
  return (["created", "changed", "deleted"] as const).flatMap((kind) => {
    const count = documents.filter((difference) => difference.kind === kind).length;
    return count === 0 ? [] : [`${formatAmount(count, "document")} ${kind}`];
  }).join(", ");
}

function describeChange({ path, before, after }: ValueChange, style: Style): string[] {
  return [
    ...(before === undefined ? [] : [style.red(`    - ${path}: ${shorten(before)}`)]),
    ...(after === undefined ? [] : [style.green(`    + ${path}: ${shorten(after)}`)]),
  ];
}

function shorten(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length <= VALUE_LENGTH ? text : `${text.slice(0, VALUE_LENGTH - 1)}…`;
}

function differencesToJson(differences: readonly Difference[]): object {
  return {
    total: differences.length,
    shown: differences.slice(0, JSON_EXAMPLES).map(({ container, id, kind, changes }) => ({
      container,
      id: id ?? null,
      kind,
      changes: changes.map(({ path, before, after }) => ({
        path,
        before: before === undefined ? null : { value: before },
        after: after === undefined ? null : { value: after },
      })),
    })),
  };
}
