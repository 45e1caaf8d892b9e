import { NO_DOCUMENTS } from "../base/document_counts.ts";
import type { MigrationRecord } from "../definition/record.ts";
import { startStopwatch } from "../lock/stopwatch.ts";
import type { PendingMigration } from "../planner/plan_up.ts";
import { attempt } from "./attempt.ts";
import { abandonedSteps, touchAbandoned } from "./abandoned_steps.ts";
import { concludeSteps, executeStep } from "./execute_step.ts";
import { MigrationProgress, type PlannedStep, withBegun } from "./migration_progress.ts";
import { containersOf } from "./other_scopes.ts";
import type { FinishedMigration } from "./report.ts";
import { stepsAtStart } from "./steps_at_start.ts";
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

  const steps = entry.migration.up.map((operation): PlannedStep => ({ key: operation.step, operation }));
  const record = await run.history.put(begin(firstRecord(run, pending), steps));
  const progress = new MigrationProgress(run.history, { record, direction: "up" });
  await attempt(run, {
    entry,
    progress,
    failedStatus: "failed",
    steps: async () => {
      await run.openWrites();
      try {
        await touchAbandoned(run, { progress, direction: "up" });
        for (const [index, step] of steps.entries()) {
          const where = { progress, direction: "up", position: index + 1, total: steps.length } as const;
          await executeStep(run, { ...where, step, next: steps[index + 1] });
        }
      } catch (error) {
        // The first error is the one to tell; without the lease, or when asked to stop, the next run does it.
        if (!run.signal.aborted) await concludeSteps(run, { progress, steps, reopen: true }).catch(() => {});
        throw error;
      }
      await concludeSteps(run, { progress, steps, reopen: false });
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
    abandoned: undefined,
    durationMs,
    finishedAt: new Date(clock.wallMs()).toISOString(),
  }));
  const finished = { id: entry.id, name: entry.name, durationMs, ...totals };
  emit({ type: "migration-applied", ...finished });
  return finished;
}

/** The record with the first step that is still to do begun, so that one write says both. */
function begin(record: MigrationRecord, steps: readonly PlannedStep[]): MigrationRecord {
  const isOpen = ({ key }: PlannedStep) =>
    !record.steps.some((step) =>
      step.key === key && step.direction === "up" && step.cycle === record.cycle && step.status !== "running"
    );
  const first = steps.find(isOpen);
  return first === undefined ? record : withBegun(record, { step: first, direction: "up" });
}

function firstRecord(run: ActiveRun, pending: PendingMigration): MigrationRecord {
  const { entry, start, attempts } = pending;
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
    containers: containersOf(entry.migration),
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
        steps: stepsAtStart(pending),
        abandoned: start.record.abandoned,
      };
    case "fix-forward":
      // The version before is given up; a run of it may have died.
      return {
        ...fresh,
        sequence: start.record.sequence,
        steps: stepsAtStart(pending),
        abandoned: abandonedSteps(entry.migration, start.record),
      };
  }
}
