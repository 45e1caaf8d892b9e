import { ConflictError } from "../base/errors.ts";
import type { MigrationRecord } from "../definition/record.ts";
import type { RollbackIntent } from "../history/intent.ts";
import { failedAttempts } from "../planner/plan_up.ts";
import { planRollback, type RollbackPlan, type RollbackSelection } from "../planner/plan_rollback.ts";
import { AttemptFailed } from "./attempt.ts";
import { type Consent, refuseWithoutConsent } from "./consent.ts";
import type { RunContext } from "./context.ts";
import { recordBaseline } from "./record_baseline.ts";
import { refuseAbandonedDown } from "./refuse_abandoned.ts";
import { readSnapshot } from "./snapshot.ts";
import { type FinishedMigration, RunFailedError, type RunReport } from "./report.ts";
import { revertMigration, stepsBack } from "./revert_migration.ts";
import { type ActiveRun, withLease } from "./with_lease.ts";

/** Options of {@linkcode runRollback}. */
export interface RollbackOptions extends Consent {
  readonly selection: RollbackSelection;
  /** Leave what is reverted held, so that no pod applies it again. */
  readonly hold: boolean;
}

/**
 * Rolls back. Refuses as a whole, before any change, when one of the migrations can't be undone, or needs a consent for it that was not given. Consent is
 * asked for once: whoever completes an interrupted rollback does what was consented to when it began.
 *
 * @throws {ConflictError} when a person has to decide
 * @throws {RunFailedError} when a migration failed on its way back; the next run of any command that takes the lease goes on with it
 * @throws {LeaseHeldError} @throws {LeaseLostError}
 */
export async function runRollback(context: RunContext, options: RollbackOptions): Promise<RunReport> {
  const snapshot = await readSnapshot(context);
  const begun = snapshot.records.some(({ status }) => status === "reverting") ||
    (snapshot.lease !== undefined && snapshot.lease.state.payload.intent !== null);
  if (!begun && planWithConsent(context, snapshot.records, options).reverts.length === 0) {
    return report([], []);
  }

  const result = await withLease(context, {
    isDone: () => false,
    run: async (run) => {
      const completed = await completeIntent(run);
      // What an interrupted rollback left is what was asked for then; a second one on top of it would go further than anybody meant.
      if (completed.length > 0) return report(completed, []);
      const plan = planWithConsent(context, run.history.records, options);
      const ids = plan.reverts.map(({ entry }) => entry.id);
      const by = `${context.holder.host}:${context.holder.pid}`;
      return report(await revertAll(run, { command: "rollback", ids, hold: options.hold, by }), []);
    },
  });
  return result ?? report([], []);
}

/** @throws {ConflictError} when one of the migrations can't be undone, or needs a consent that was not given */
function planWithConsent(
  { registry }: RunContext,
  records: readonly MigrationRecord[],
  { selection, ...consent }: RollbackOptions,
): RollbackPlan {
  const plan = planRollback({ registry, records, selection });
  for (const { entry: { id, migration }, record } of plan.reverts) {
    for (const { operation } of stepsBack(migration, record)) {
      refuseWithoutConsent(operation, { id, action: "roll back", consent });
    }
  }
  return plan;
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
