import type { Migration } from "../definition/migration.ts";
import type { MigrationRecord } from "../definition/record.ts";
import type { RollbackIntent } from "../history/intent.ts";
import { startStopwatch } from "../lock/stopwatch.ts";
import { failedAttempts } from "../planner/plan_up.ts";
import type { RevertedMigration } from "../planner/plan_rollback.ts";
import { attempt } from "./attempt.ts";
import { abandonedSteps, touchAbandoned } from "./abandoned_steps.ts";
import { executeStep } from "./execute_step.ts";
import { MigrationProgress, type PlannedStep } from "./migration_progress.ts";
import type { FinishedMigration } from "./report.ts";
import type { ActiveRun } from "./with_lease.ts";

/** What reverting a migration has to know of the others. */
export interface RevertOptions {
  readonly position: number;
  readonly total: number;
  /** What is still to do, this migration included. */
  readonly intent: RollbackIntent;
}

/**
 * Reverts one migration: record `reverting` together with the intent, its steps backwards, record `reverted` or `held`.
 *
 * @throws {AttemptFailed} when it failed
 * @throws {LeaseLostError} when the lease is gone
 */
export async function revertMigration(
  run: ActiveRun,
  { entry, record: before }: RevertedMigration,
  options: RevertOptions,
): Promise<FinishedMigration> {
  const { emit, clock, holder } = run.context;
  const { intent, position, total } = options;
  const elapsed = startStopwatch(clock);
  const resumed = before.status === "reverting";
  emit({
    type: "migration-started",
    id: entry.id,
    name: entry.name,
    direction: "down",
    position,
    total,
    resumed,
  });

  const record = await run.history.put({
    ...before,
    status: "reverting",
    cycle: before.cycle + (resumed ? 0 : 1),
    attempts: resumed ? failedAttempts(before) : 0,
    progressed: false,
    startedAt: new Date(clock.wallMs()).toISOString(),
    finishedAt: undefined,
    error: undefined,
    abandoned: resumed
      ? before.abandoned ?? abandonedSteps(entry.migration, before, before.cycle - 1)
      : abandonedSteps(entry.migration, before),
    by: `${holder.host}:${holder.pid}`,
  }, { intent });
  const progress = new MigrationProgress(run.history, { record, direction: "down" });
  const steps = stepsBack(entry.migration, record);
  await attempt(run, {
    entry,
    progress,
    failedStatus: "reverting",
    steps: async () => {
      await run.openWrites();
      const where = { progress, direction: "down" as const, total: steps.length };
      await touchAbandoned(run, where);
      for (const [index, step] of steps.entries()) {
        await executeStep(run, { ...where, position: index + 1, step });
      }
    },
  });

  const durationMs = elapsed();
  const totals = progress.totals();
  const remaining = intent.ids.filter((id) => id !== entry.id);
  await progress.update((current) => ({
    ...current,
    ...totals,
    status: intent.hold ? "held" : "reverted",
    attempts: 0,
    progressed: true,
    abandoned: undefined,
    durationMs,
    finishedAt: new Date(clock.wallMs()).toISOString(),
  }), { intent: remaining.length === 0 ? null : { ...intent, ids: remaining } });
  const finished = { id: entry.id, name: entry.name, durationMs, ...totals };
  emit({ type: "migration-reverted", ...finished });
  return finished;
}

/** What undoes as much of a migration as was done: a `down` of its own as a whole, else the inverse of every step that was begun, backwards. */
export function stepsBack(migration: Migration, record: MigrationRecord): readonly PlannedStep[] {
  if (migration.down !== undefined) {
    return migration.down.map((operation) => ({ key: operation.step, operation }));
  }
  const upCycle = record.status === "reverting" ? record.cycle - 1 : record.cycle;
  const begun = migration.up.map((operation) => {
    const step = record.steps.find(({ key, direction, cycle }) =>
      key === operation.step && direction === "up" && cycle === upCycle
    );
    return step === undefined || step.status === "skipped"
      ? undefined
      : { key: operation.step, operation, step };
  }).filter((item) => item !== undefined);
  const steps = begun.map(({ key, operation, step }) => {
    const inverse = operation.invert(step.captured);
    return inverse && { key, operation: inverse };
  });
  return steps.filter((step) => step !== undefined).reverse();
}
