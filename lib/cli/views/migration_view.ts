import { formatDuration } from "../../base/duration.ts";
import { formatCount, formatRequestUnits, formatTime } from "../../reporting/format.ts";
import type { Style } from "../../reporting/style.ts";
import { formatTable } from "../../reporting/table.ts";
import type { MigrationStatus } from "../../planner/compare_status.ts";
import { markOf, stateInWords } from "./status_view.ts";

/** Everything that is known about one migration, as lines. */
export function describeMigrationStatus(migration: MigrationStatus, style: Style): string[] {
  const { id, name, state, record } = migration;
  const head = [style.bold(`${id} ${name}`), `State: ${markOf(state, style)(stateInWords(migration))}`];
  if (record === undefined) return head;
  const { startedAt, finishedAt, durationMs, by, attempts, cycle, documents, requestUnits, error, steps } =
    record;
  const finished = finishedAt === undefined ? "not finished" : `finished ${formatTime(finishedAt)} UTC`;
  const took = durationMs === undefined ? "" : ` after ${formatDuration(durationMs)}`;
  return [
    ...head,
    `Started ${formatTime(startedAt)} UTC by ${by}; ${finished}${took}`,
    `Documents: ${formatCount(documents.read)} read, ${formatCount(documents.changed)} changed, ${
      formatCount(documents.skipped)
    } skipped; ${formatRequestUnits(requestUnits)} RU`,
    `Failed attempts: ${attempts}; cycle ${cycle}`,
    ...(error === undefined ? [] : [style.red(`Error: ${error.message}`)]),
    ...(steps.length === 0 ? [] : ["", ...describeSteps(record.steps, style)]),
  ];
}

function describeSteps(steps: NonNullable<MigrationStatus["record"]>["steps"], style: Style): string[] {
  const rows = steps.map(({ key, direction, status, documents, requestUnits }) =>
    [key, direction, status, formatCount(documents.changed), formatRequestUnits(requestUnits)].map((
      text,
    ) => ({ text }))
  );
  const table = formatTable(
    [
      { title: "STEP" },
      { title: "WAY" },
      { title: "STATE" },
      { title: "DOCUMENTS", align: "right" },
      { title: "RU", align: "right" },
    ],
    rows,
    style,
  );
  return [...table.head, ...table.rows];
}
