import { formatDuration } from "../../base/duration.ts";
import type { Operation, Reversibility } from "../../definition/operation.ts";
import { formatAmount, formatCount, formatRequestUnits } from "../../reporting/format.ts";
import type { Style } from "../../reporting/style.ts";
import type {
  PreviewedMigration,
  PreviewedOperation,
  RollbackPreview,
  UpPreview,
} from "../../runner/preview.ts";
import type { CommandContext } from "../command.ts";
import type { Place } from "../session.ts";
import { describePlace } from "./place_view.ts";

const UNDO: Readonly<Record<Reversibility | "own-down", string>> = {
  "exact": "undoes exactly",
  "by-value": "undoes by value",
  "none": "cannot be undone",
  "own-down": "undoes by its own down",
};

/** Prints what `up` would do. */
export function printUpPreview(
  { output }: CommandContext,
  { preview, place }: { readonly preview: UpPreview; readonly place: Place },
): void {
  const { migrations, plan, warnings } = preview;
  const { style } = output;
  output.endEvents();
  output.result(style.dim(describePlace(place)), "");
  for (const [index, migration] of migrations.entries()) {
    const kind = plan.pending[index]?.start.kind ?? "fresh";
    output.result(...describeMigration(migration, { style, start: START[kind] }), "");
  }
  const notes = [
    ...warnings,
    ...(plan.ahead.length === 0 ? [] : [`Ahead of this binary: ${plan.ahead.join(", ")}`]),
    ...(plan.drifted.length === 0 ? [] : [`Changed after they were applied: ${plan.drifted.join(", ")}`]),
  ];
  output.result(
    ...notes.map(style.yellow),
    style.bold(summaryOf(migrations, "to apply") ?? "Nothing pending"),
  );
}

/** Prints what `rollback` would do. */
export function printRollbackPreview(
  { output }: CommandContext,
  { preview, place }: { readonly preview: RollbackPreview; readonly place: Place },
): void {
  const { style } = output;
  output.endEvents();
  output.result(style.dim(describePlace(place)), "");
  for (const migration of preview.migrations) {
    output.result(...describeMigration(migration, { style, start: "to be undone" }), "");
  }
  output.result(style.bold(summaryOf(preview.migrations, "to roll back") ?? "Nothing to roll back"));
}

/** The plan of `up` as JSON. */
export function upPreviewToJson({ migrations, plan, warnings }: UpPreview): object {
  return {
    version: 1,
    pending: migrations.map(({ id, name, description, reversibility, operations }, index) => ({
      id,
      name,
      description,
      start: plan.pending[index]?.start.kind ?? "fresh",
      failedAttempts: plan.pending[index]?.attempts ?? 0,
      reversibility,
      operations: operations.map(operationToJson),
    })),
    ahead: plan.ahead,
    drifted: plan.drifted,
    warnings,
  };
}

const START = { "fresh": "", "resume": "resumes", "fix-forward": "starts over where it changed" } as const;

function operationToJson({ operation, estimate, time, isFinished }: PreviewedOperation): object {
  const { kind, step, description, containers, reversibility, destructive, offline } = operation;
  return {
    kind,
    step,
    description,
    containers,
    reversibility,
    destructive,
    offline,
    finished: isFinished,
    documents: estimate?.documents ?? null,
    requestUnits: estimate?.requestUnits ?? null,
    seconds: time?.seconds ?? null,
    notes: estimate?.notes ?? [],
  };
}

function describeMigration(
  { id, name, description, reversibility, operations }: PreviewedMigration,
  { style, start }: { readonly style: Style; readonly start: string },
): string[] {
  const facts = [start, UNDO[reversibility]].filter((fact) => fact !== "").join(", ");
  return [
    `${style.bold(`${id} ${name}`)}  ${style.dim(`(${facts})`)}`,
    `  ${description}`,
    ...operations.flatMap((item, index) => describeOperation(item, { style, number: index + 1 })),
  ];
}

function describeOperation(
  { operation, estimate, time, isFinished }: PreviewedOperation,
  { style, number }: { readonly style: Style; readonly number: number },
): string[] {
  const cost = [
    `documents: ${estimate?.documents === undefined ? "unknown" : formatCount(estimate.documents)}`,
    `RU: ${
      estimate?.requestUnits === undefined ? "unknown" : `about ${formatRequestUnits(estimate.requestUnits)}`
    }`,
    ...(time === undefined ? [] : [
      `time: at least ${formatDuration(time.seconds * 1_000)} at ${
        formatRequestUnits(time.ruPerSecond)
      } RU/s`,
    ]),
    UNDO[operation.reversibility] +
    (operation.offline && operation.reversibility !== "none" ? ", OFFLINE as well" : ""),
  ].join(", ");
  const marks = marksOf(operation).map((mark) => ` ${style.red(mark)}`).join("");
  const title = `  ${number}. ${operation.description}${marks}`;
  if (isFinished) return [title, `     ${style.dim("done by an earlier run")}`];
  return [
    title,
    `     ${style.dim(cost)}`,
    ...(estimate?.notes ?? []).map((note) => `     ${style.yellow(`note: ${note}`)}`),
  ];
}

function marksOf({ destructive, offline }: Operation): string[] {
  return [...(offline ? ["OFFLINE"] : []), ...(destructive ? ["DESTRUCTIVE"] : [])];
}

function summaryOf(migrations: readonly PreviewedMigration[], what: string): string | undefined {
  if (migrations.length === 0) return undefined;
  const all = migrations.flatMap((migration) => migration.operations);
  const operations = all.filter(({ isFinished }) => !isFinished);
  const finished = all.length - operations.length;
  const marked = [
    ...countOf(all, ({ offline }) => offline, "OFFLINE, needs --allow-offline"),
    ...countOf(all, ({ destructive }) => destructive, "DESTRUCTIVE, needs --allow-destructive"),
  ];
  return [
    `${formatAmount(migrations.length, "migration")} ${what}`,
    formatAmount(operations.length, "operation"),
    ...(finished === 0 ? [] : [`${formatCount(finished)} done already`]),
    ...marked,
  ].join(", ");
}

function countOf(
  operations: readonly PreviewedOperation[],
  has: (operation: Operation) => boolean,
  what: string,
): string[] {
  const count = operations.filter(({ operation }) => has(operation)).length;
  return count === 0 ? [] : [`${count} ${what}`];
}
