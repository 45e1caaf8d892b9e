import { NO_DOCUMENTS } from "../base/document_counts.ts";
import type { Operation } from "../definition/operation.ts";
import type { MigrationRecord, StepRecord } from "../definition/record.ts";
import { startStopwatch } from "../lock/stopwatch.ts";
import type { PendingMigration } from "../planner/plan_up.ts";
import { attempt } from "./attempt.ts";
import { executeStep, touchDocuments } from "./execute_step.ts";
import { fingerprintOf, MigrationProgress } from "./migration_progress.ts";
import type { FinishedMigration } from "./report.ts";
import type { ActiveRun } from "./with_lease.ts";

/**
 * Applies one migration: record `running`, its steps, record `applied`.
 *
 * @throws {AttemptFailed} when it failed
 * @throws {LeaseLostError} when the lease is gone
 */
export async function applyMigration(
  run: ActiveRun,
  pending: PendingMigration,
  options: { readonly position: number; readonly total: number },
): Promise<FinishedMigration> {
  const { entry, start } = pending;
  const { emit, clock } = run.context;
  const elapsed = startStopwatch(clock);
  emit({
    type: "migration-started",
    id: entry.id,
    name: entry.name,
    direction: "up",
    resumed: start.kind !== "fresh",
    ...options,
  });

  const record = await run.history.put(firstRecord(run, pending));
  const progress = new MigrationProgress(run.history, { record, direction: "up" });
  const operations = entry.migration.up;
  await attempt(run, {
    entry,
    progress,
    failedStatus: "failed",
    steps: async () => {
      await run.openWrites();
      for (const [index, operation] of operations.entries()) {
        const options = {
          progress,
          direction: "up",
          position: index + 1,
          total: operations.length,
          step: { key: operation.step, operation },
        } as const;
        if (isAbandoned(start, progress, operation)) await touchDocuments(run, options);
        await executeStep(run, options);
      }
    },
  });

  const durationMs = elapsed();
  const totals = progress.totals();
  await progress.update((current) => ({
    ...current,
    ...totals,
    status: "applied",
    attempts: 0,
    progressed: true,
    error: undefined,
    durationMs,
    finishedAt: new Date(clock.wallMs()).toISOString(),
  }));
  const finished = { id: entry.id, name: entry.name, durationMs, ...totals };
  emit({ type: "migration-applied", ...finished });
  return finished;
}

function firstRecord(run: ActiveRun, { entry, start, attempts }: PendingMigration): MigrationRecord {
  const { history, context } = run;
  const before = start.kind === "fresh" ? history.get(entry.id) : start.record;
  const fresh: MigrationRecord = {
    id: entry.id,
    name: entry.name,
    status: "running",
    sequence: history.nextSequence,
    cycle: (before?.cycle ?? 0) + 1,
    checksums: [entry.checksum],
    attempts,
    progressed: false,
    term: run.lease.term,
    startedAt: new Date(context.clock.wallMs()).toISOString(),
    documents: NO_DOCUMENTS,
    requestUnits: 0,
    steps: [],
    by: `${context.holder.host}:${context.holder.pid}`,
    unknown: before?.unknown ?? {},
  };
  switch (start.kind) {
    case "fresh":
      return fresh;
    case "resume":
      return {
        ...fresh,
        sequence: start.record.sequence,
        cycle: start.record.cycle,
        steps: start.record.steps,
      };
    case "fix-forward":
      return {
        ...fresh,
        sequence: start.record.sequence,
        steps: carriedOver(entry.migration.up, { record: start.record, cycle: fresh.cycle }),
      };
  }
}

/**
 * The finished steps that a changed migration keeps: those before the first one that is not the same. A step without functions is the same when its
 * parameters are; one with functions when it carries the same `revision`.
 */
function carriedOver(
  operations: readonly Operation[],
  { record, cycle }: { record: MigrationRecord; cycle: number },
): readonly StepRecord[] {
  const kept: StepRecord[] = [];
  for (const operation of operations) {
    const step = record.steps.find(({ key, direction, status, cycle }) =>
      key === operation.step && direction === "up" && status !== "running" && cycle === record.cycle
    );
    if (step === undefined || step.fingerprint !== fingerprintOf(operation.fingerprint)) break;
    if (
      operation.hasFunctions && (operation.revision === undefined || operation.revision !== step.revision)
    ) break;
    kept.push({ ...step, cycle });
  }
  return kept;
}

/** After a fix forward the version before is abandoned: when its run died, late writes of it may still find the ETags that it read. */
function isAbandoned(
  start: PendingMigration["start"],
  progress: MigrationProgress,
  operation: Operation,
): boolean {
  return start.kind === "fix-forward" && start.record.status === "running" &&
    progress.step(operation.step) === undefined;
}
