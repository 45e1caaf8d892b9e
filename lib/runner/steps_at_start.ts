import { NO_DOCUMENTS } from "../base/document_counts.ts";
import type { Operation } from "../definition/operation.ts";
import type { MigrationRecord, StepRecord } from "../definition/record.ts";
import type { PendingMigration } from "../planner/plan_up.ts";
import { fingerprintOf, selectionOf } from "./migration_progress.ts";

/** What earlier attempts left of the steps of a migration that is about to start: nothing for a fresh one. */
export function stepsAtStart({ entry, start }: PendingMigration): readonly StepRecord[] {
  switch (start.kind) {
    case "fresh":
      return [];
    case "resume":
      return start.record.steps;
    case "fix-forward":
      return carriedOver(entry.migration.up, start.record);
  }
}

/** Keys of the steps that the next run does not do again, since an earlier attempt finished them. */
export function finishedSteps(pending: PendingMigration): ReadonlySet<string> {
  const { start } = pending;
  if (start.kind === "fresh") return new Set();
  const cycle = start.kind === "resume" ? start.record.cycle : start.record.cycle + 1;
  const finished = stepsAtStart(pending).filter((step) =>
    step.direction === "up" && step.cycle === cycle && step.status !== "running"
  );
  return new Set(finished.map(({ key }) => key));
}

/**
 * What a changed migration keeps of its steps. Finished are those before the first one that is not the same: a step without functions is the same when
 * its parameters are, one with functions when it carries the same `revision`. The others run again, but keep what was captured before the first change,
 * since only that leads back to where it all began.
 */
function carriedOver(operations: readonly Operation[], record: MigrationRecord): readonly StepRecord[] {
  const cycle = record.cycle + 1;
  let same = true;
  return operations.map((operation) => {
    const step = record.steps.find((step) =>
      step.key === operation.step && step.direction === "up" && step.cycle === record.cycle
    );
    if (step === undefined) {
      same = false;
      return undefined;
    }
    const fingerprint = fingerprintOf(operation.fingerprint);
    same &&= step.status !== "running" && step.fingerprint === fingerprint &&
      hasSameFunctions(operation, step);
    if (same) return { ...step, cycle };
    if (step.status === "skipped") return undefined;
    return {
      ...step,
      cycle,
      fingerprint,
      revision: operation.revision,
      selection: selectionOf(operation, record.id),
      status: "running" as const,
      once: undefined,
      documents: NO_DOCUMENTS,
    };
  }).filter((step) => step !== undefined);
}

function hasSameFunctions(operation: Operation, step: StepRecord): boolean {
  return !operation.hasFunctions ||
    (operation.revision !== undefined && operation.revision === step.revision);
}
