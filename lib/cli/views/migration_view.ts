import { addCounts } from "../../base/document_counts.ts";
import { formatDuration } from "../../base/duration.ts";
import { formatTime } from "../../base/format_time.ts";
import { formatAmount, formatCount, formatRequestUnits } from "../../reporting/format.ts";
import type { Style } from "../../reporting/style.ts";
import { formatTable } from "../../reporting/table.ts";
import type { MigrationStatus } from "../../planner/compare_status.ts";
import type { StepProgress } from "../../runner/step_progress.ts";
import { markOf, stateInWords } from "./status_view.ts";

/** Everything that is known about one migration, as lines. */
export function describeMigrationStatus(
  migration: MigrationStatus & { readonly progress: readonly StepProgress[] },
  style: Style,
): string[] {
  const { id, name, state, record, progress } = migration;
  const head = [style.bold(`${id} ${name}`), `State: ${markOf(state, style)(stateInWords(migration))}`];
  if (record === undefined) return head;
  const { startedAt, finishedAt, durationMs, by, attempts, cycle, documents, requestUnits, error, steps } =
    record;
  const finished = finishedAt === undefined ? "not finished" : `finished ${formatTime(finishedAt)} UTC`;
  const took = durationMs === undefined ? "" : ` after ${formatDuration(durationMs)}`;
  const counted = progress.reduce((sum, step) => addCounts(sum, step.documents), documents);
  const charge = progress.reduce((sum, step) => sum + step.requestUnits, requestUnits);
  return [
    ...head,
    `Started ${formatTime(startedAt)} UTC by ${by}; ${finished}${took}`,
    `Documents: ${formatCount(counted.read)} read, ${formatCount(counted.changed)} changed, ${
      formatCount(counted.skipped)
    } skipped; ${formatRequestUnits(charge)} RU`,
    `Failed attempts: ${attempts}; cycle ${cycle}`,
    ...(error === undefined ? [] : [style.red(`Error: ${error.message}`)]),
    ...(steps.length === 0 ? [] : ["", ...describeSteps(record.steps, { style, progress })]),
  ];
}

function describeSteps(
  steps: NonNullable<MigrationStatus["record"]>["steps"],
  { style, progress }: { readonly style: Style; readonly progress: readonly StepProgress[] },
): string[] {
  const rows = steps.map(({ key, direction, status, documents, requestUnits }) => {
    const open = status === "running" ? progress.find(({ step }) => step === key) : undefined;
    const counted = open ?? { documents, requestUnits };
    return [
      key,
      direction,
      open === undefined || open.ranges === 0
        ? status
        : `${status}, ${open.rangesDone} of ${formatAmount(open.ranges, "range")} done`,
      formatCount(counted.documents.changed),
      formatRequestUnits(counted.requestUnits),
    ].map((text) => ({ text }));
  });
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
