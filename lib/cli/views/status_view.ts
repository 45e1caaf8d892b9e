import { formatDuration } from "../../base/duration.ts";
import { formatTime } from "../../base/format_time.ts";
import { formatAmount, formatCount, formatRequestUnits } from "../../reporting/format.ts";
import type { Mark, Style } from "../../reporting/style.ts";
import { type Cell, formatTable } from "../../reporting/table.ts";
import type { MigrationState, MigrationStatus } from "../../planner/compare_status.ts";
import type { StatusReport } from "../status_report.ts";
import { describeLease, leaseToJson } from "./lease_view.ts";

const COLUMNS = [
  { title: "ID" },
  { title: "NAME" },
  { title: "STATE" },
  { title: "AT (UTC)" },
  { title: "TOOK", align: "right", optional: true },
  { title: "DOCUMENTS", align: "right", optional: true },
  { title: "RU", align: "right", optional: true },
] as const;

const STATES: readonly MigrationState[] = [
  "applied",
  "baselined",
  "pending",
  "running",
  "interrupted",
  "failed",
  "held",
];

/** The state of everything, as lines. */
export function describeStatus(report: StatusReport, style: Style): string[] {
  const { migrations, lease } = report;
  const { head, rows } = formatTable(
    COLUMNS,
    migrations.map((migration) => cellsOf(migration, style)),
    style,
  );
  const table = migrations.length === 0
    ? ["No migrations, neither here nor in the history"]
    : [...head, ...rows];
  const problems = migrations.flatMap((migration) => describeProblem(migration, style));
  return [
    describeLease(lease)[0] ?? "",
    "",
    ...table,
    ...(problems.length === 0 ? [] : ["", ...problems]),
    "",
    summaryOf(report),
  ];
}

/** The state of everything, as JSON. */
export function statusToJson(report: StatusReport): object {
  return {
    version: 1,
    ...leaseToJson(report.lease),
    counts: Object.fromEntries(countsOf(report)),
    migrations: report.migrations.map(migrationToJson),
  };
}

/** What is known about one migration, as JSON. */
export function migrationToJson({ id, name, state, ahead, drifted, record }: MigrationStatus): object {
  const known = record && {
    status: record.status,
    sequence: record.sequence,
    cycle: record.cycle,
    attempts: record.attempts,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt ?? null,
    durationMs: record.durationMs ?? null,
    documents: record.documents,
    requestUnits: record.requestUnits,
    error: record.error ?? null,
    by: record.by,
    checksums: record.checksums,
    steps: record.steps.map(({ key, kind, direction, status, documents, requestUnits }) => ({
      key,
      kind,
      direction,
      status,
      documents,
      requestUnits,
    })),
  };
  return { id, name, state, ahead, drifted, record: known ?? null };
}

/** The mark of a state. */
export function markOf(state: MigrationState, style: Style): Mark {
  switch (state) {
    case "applied":
    case "baselined":
      return style.green;
    case "failed":
      return style.red;
    case "held":
    case "interrupted":
      return style.yellow;
    default:
      return style.cyan;
  }
}

/** A state in words: `applied, drifted`. */
export function stateInWords({ state, ahead, drifted }: MigrationStatus): string {
  return [state, ...(ahead ? ["ahead"] : []), ...(drifted ? ["drifted"] : [])].join(", ");
}

function cellsOf(migration: MigrationStatus, style: Style): Cell[] {
  const { id, name, state, drifted, record } = migration;
  const shown = record === undefined || record.status === "reverted" ? undefined : record;
  const time = shown && (shown.finishedAt ?? shown.startedAt);
  return [
    { text: id },
    { text: name },
    { text: stateInWords(migration), mark: drifted ? style.red : markOf(state, style) },
    { text: time ? formatTime(time) : "" },
    { text: shown?.durationMs === undefined ? "" : formatDuration(shown.durationMs) },
    { text: shown === undefined ? "" : formatCount(shown.documents.changed) },
    { text: shown === undefined ? "" : formatRequestUnits(shown.requestUnits) },
  ];
}

function describeProblem({ id, state, drifted, record }: MigrationStatus, style: Style): string[] {
  const lines: string[] = [];
  if (state === "failed" && record !== undefined) {
    lines.push(
      style.red(
        `${id} failed (${formatAmount(record.attempts, "attempt")}): ${
          record.error?.message ?? "no error is recorded"
        }`,
      ),
    );
  }
  if (state === "held" && record !== undefined) {
    lines.push(
      style.yellow(
        `${id} is held: rolled back by ${record.by} at ${
          formatTime(record.finishedAt ?? record.startedAt)
        } UTC`,
      ),
    );
  }
  if (state === "interrupted") {
    lines.push(style.yellow(`${id} was interrupted; the next run goes on from there`));
  }
  if (drifted) lines.push(style.red(`${id} was changed after it was applied`));
  return lines;
}

function summaryOf(report: StatusReport): string {
  const parts = countsOf(report).filter(([, count]) => count > 0).map(([state, count]) =>
    `${formatCount(count)} ${state}`
  );
  return parts.length === 0 ? "Nothing applied, nothing pending" : parts.join(", ");
}

function countsOf({ migrations }: StatusReport): [string, number][] {
  return [
    ...STATES.map((
      state,
    ): [string, number] => [state, migrations.filter((migration) => migration.state === state).length]),
    ["ahead", migrations.filter(({ ahead }) => ahead).length],
    ["drifted", migrations.filter(({ drifted }) => drifted).length],
  ];
}
