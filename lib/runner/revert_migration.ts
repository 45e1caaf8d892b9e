import { downOf } from "../definition/migration.ts";
import type { Migration } from "../definition/migration.ts";
import type { MigrationRecord, StepRecord } from "../definition/record.ts";
import type { Intent } from "../history/intent.ts";
import { startStopwatch } from "../lock/stopwatch.ts";
import { failedAttempts } from "../planner/plan_up.ts";
import type { RevertedMigration } from "../planner/plan_rollback.ts";
import { attempt } from "./attempt.ts";
import { executeStep, touchDocuments } from "./execute_step.ts";
import { MigrationProgress, type PlannedStep } from "./migration_progress.ts";
import type { FinishedMigration } from "./report.ts";
import type { ActiveRun } from "./with_lease.ts";

/** What reverting a migration has to know of the others. */
export interface RevertOptions {
  readonly position: number;
  readonly total: number;
  /** What is still to do, this migration included. */
  readonly intent: Intent;
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
    by: `${holder.host}:${holder.pid}`,
  }, { intent });
  const progress = new MigrationProgress(run.history, { record, direction: "down" });
  const { steps, unfinished } = stepsBack(entry.migration, record);
  await attempt(run, {
    entry,
    progress,
    failedStatus: "reverting",
    steps: async () => {
      await run.openWrites();
      const where = { progress, direction: "down" as const, total: steps.length };
      if (unfinished !== undefined) await touchDocuments(run, { ...where, position: 0, step: unfinished });
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
    durationMs,
    finishedAt: new Date(clock.wallMs()).toISOString(),
  }), { intent: remaining.length === 0 ? null : { ...intent, ids: remaining } });
  const finished = { id: entry.id, name: entry.name, durationMs, ...totals };
  emit({ type: "migration-reverted", ...finished });
  return finished;
}

/**
 * What undoes as much of a migration as was done: a `down` of its own as a whole, else the inverse of every finished step and of the one that was under
 * way, backwards. Documents that the one under way may have read are touched first.
 */
function stepsBack(
  migration: Migration,
  record: MigrationRecord,
): { steps: readonly PlannedStep[]; unfinished: PlannedStep | undefined } {
  const upCycle = record.cycle - 1;
  const find = (key: string): StepRecord | undefined =>
    record.steps.find((step) => step.key === key && step.direction === "up" && step.cycle === upCycle);
  const begun: PlannedStep[] = [];
  let unfinished: PlannedStep | undefined;
  for (const operation of migration.up) {
    const step = find(operation.step);
    if (step?.status === "skipped") continue;
    begun.push({ key: operation.step, operation });
    if (step?.status === "done") continue;
    unfinished = { key: operation.step, operation };
    break;
  }
  if (migration.down !== undefined) {
    return {
      steps: (downOf(migration) ?? []).map((operation) => ({ key: operation.step, operation })),
      unfinished,
    };
  }
  const steps = begun.map(({ key, operation }) => {
    const inverse = operation.invert(find(key)?.captured);
    return inverse && { key, operation: inverse };
  });
  return { steps: steps.filter((step) => step !== undefined).reverse(), unfinished };
}
