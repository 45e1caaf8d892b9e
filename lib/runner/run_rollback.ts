import { ConflictError } from "../base/errors.ts";
import type { MigrationRecord } from "../definition/record.ts";
import type { RollbackIntent } from "../history/intent.ts";
import { failedAttempts } from "../planner/plan_up.ts";
import { planRollback, type RollbackSelection } from "../planner/plan_rollback.ts";
import { AttemptFailed } from "./attempt.ts";
import type { RunContext } from "./context.ts";
import { recordBaseline } from "./record_baseline.ts";
import { refuseAbandonedDown } from "./refuse_abandoned.ts";
import { readSnapshot } from "./snapshot.ts";
import { type FinishedMigration, RunFailedError, type RunReport } from "./report.ts";
import { revertMigration } from "./revert_migration.ts";
import { type ActiveRun, withLease } from "./with_lease.ts";

/** Options of {@linkcode runRollback}. */
export interface RollbackOptions {
  readonly selection: RollbackSelection;
  /** Leave what is reverted held, so that no pod applies it again. */
  readonly hold: boolean;
}

/**
 * Rolls back. Refuses as a whole, before any change, when one of the migrations can't be undone.
 *
 * @throws {ConflictError} when a person has to decide
 * @throws {RunFailedError} when a migration failed on its way back; the next run of any command that takes the lease goes on with it
 * @throws {LeaseHeldError} @throws {LeaseLostError}
 */
export async function runRollback(context: RunContext, options: RollbackOptions): Promise<RunReport> {
  const snapshot = await readSnapshot(context);
  const begun = snapshot.lease !== undefined && snapshot.lease.state.payload.intent !== null;
  if (
    !begun && planRollback({ ...context, ...snapshot, selection: options.selection }).reverts.length === 0
  ) return report([], []);

  const result = await withLease(context, {
    isDone: () => false,
    run: async (run) => {
      const completed = await completeIntent(run);
      // What an interrupted rollback left is what was asked for then; a second one on top of it would go further than anybody meant.
      if (completed.length > 0) return report(completed, []);
      const plan = planRollback({
        registry: context.registry,
        records: run.history.records,
        selection: options.selection,
      });
      const ids = plan.reverts.map(({ entry }) => entry.id);
      const by = `${context.holder.host}:${context.holder.pid}`;
      return report(await revertAll(run, { command: "rollback", ids, hold: options.hold, by }), []);
    },
  });
  return result ?? report([], []);
}

/**
 * Completes what another command left in the middle.
 *
 * @returns what was reverted; nothing for a baseline
 * @throws {ConflictError} when this binary can't undo one of them
 */
export async function completeIntent(run: ActiveRun): Promise<readonly FinishedMigration[]> {
  const { intent } = run.history;
  if (intent === undefined) return [];
  run.context.emit({ type: "intent-resumed", command: intent.command, ids: intent.ids });
  if (intent.command === "rollback") return await revertAll(run, intent);
  await recordBaseline(run, intent);
  return [];
}

async function revertAll(
  run: ActiveRun,
  intent: RollbackIntent,
): Promise<readonly FinishedMigration[]> {
  const { registry } = run.context;
  const { reverts } = planRollback({
    registry,
    records: run.history.records,
    selection: { kind: "ids", ids: intent.ids },
  });
  refuseAbandonedDown(reverts);
  const finished: FinishedMigration[] = [];
  for (const [index, revert] of reverts.entries()) {
    refuseParked(revert.record, run.context.maxAttempts);
    const remaining = reverts.slice(index).map(({ entry }) => entry.id);
    try {
      finished.push(
        await revertMigration(run, revert, {
          position: index + 1,
          total: reverts.length,
          intent: { ...intent, ids: remaining },
        }),
      );
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      throw new RunFailedError(`Rolling back migration "${revert.entry.id}" failed: ${error.message}`, {
        failed: revert.entry.id,
        report: report(finished, remaining),
        cause: error.cause,
        hint:
          "What is finished is recorded. Run the same command again once the cause is gone: it goes on where it stopped",
      });
    }
  }
  return finished;
}

/** A way back that fails again and again must not hammer the database from a restart loop either. */
function refuseParked(record: MigrationRecord, maxAttempts: number): void {
  if (record.status !== "reverting" || failedAttempts(record) < maxAttempts) return;
  throw new ConflictError(
    "parked",
    `Rolling back migration "${record.id}" is parked after ${
      failedAttempts(record)
    } failed attempts; the last error was: ${record.error?.message ?? "unknown"}`,
    { hint: `Remove the cause and try again with "repair --retry ${record.id}"`, details: { id: record.id } },
  );
}

function report(finished: readonly FinishedMigration[], notExecuted: readonly string[]): RunReport {
  return { command: "rollback", finished, notExecuted, ahead: [], drifted: [], warnings: [] };
}
