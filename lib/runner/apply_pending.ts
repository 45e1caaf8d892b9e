import { isFresh } from "../history/digest.ts";
import { readLease, readRecords } from "../history/read_history.ts";
import type { ObservedLease } from "../lock/lease_document.ts";
import { planUp, type UpPlan, type UpPolicy } from "../planner/plan_up.ts";
import { applyMigration } from "./apply_migration.ts";
import { AttemptFailed } from "./attempt.ts";
import type { RunContext } from "./context.ts";
import { prepareLedger } from "./ledger_setup.ts";
import { isDone, nothingPending } from "./nothing_pending.ts";
import { warnOfOtherScopes } from "./other_scopes.ts";
import { refuseAbandonedUp } from "./refuse_abandoned.ts";
import { refuseOperations } from "./refuse_operations.ts";
import { type FinishedMigration, RunFailedError, type RunReport } from "./report.ts";
import { completeIntent } from "./run_rollback.ts";
import { type ActiveRun, withLease } from "./with_lease.ts";

/** Options of {@linkcode runUp}. */
export interface UpOptions {
  readonly policy: UpPolicy;
  /** Start a history on a database that already holds documents. */
  readonly init: boolean;
  readonly allowDestructive: boolean;
  readonly allowOffline: boolean;
}

/**
 * Applies what is pending, when the lease alone does not say that nothing is.
 *
 * @param options `lease`: as it was read a moment ago
 */
export async function applyPending(
  context: RunContext,
  { lease, ...options }: UpOptions & { readonly lease: ObservedLease | undefined },
): Promise<RunReport> {
  const early = await planEarly(context, options, lease);
  if (early.plan?.pending.length === 0) return nothingPending(early.plan);
  const isChecked = lease === undefined && await begin(context, { ...options, early });

  // (2) to (7)
  const result = await withLease(context, {
    isDone: (state) => isDone(state, context, options.policy),
    run: async (run) => {
      const reverted = await completeIntent(run); // (4)
      const plan = planUp({ ...context, records: run.history.records, policy: options.policy }); // (5)
      const leftovers = refuseAbandonedUp(plan.pending);
      if (!isChecked) await refuseOperations(context, plan.pending, options);
      for (const message of [...leftovers, ...await warnOfOtherScopes(context, plan.pending)]) {
        context.emit({ type: "warned", message });
      }
      const warnings = reverted.map(({ id }) =>
        `Migration "${id}" was rolled back first: a rollback had been interrupted`
      );
      return await applyAll(run, { ...plan, warnings });
    },
  });
  return result ?? nothingPending(undefined);
}

/**
 * Makes sure that there is a ledger, when no lease was found. Where nobody has run yet, what can't work is refused before even the ledger is created; else only
 * the holder of the lease can tell.
 *
 * @returns whether it was looked at what can't work
 * @throws what stands in the way of a beginning
 */
async function begin(
  context: RunContext,
  { early: { plan, hasRecords }, ...options }: UpOptions & { readonly early: EarlyPlan },
): Promise<boolean> {
  try {
    // Records without a lease are a history all the same: somebody deleted the lease's document, and it is restored from them.
    const createLedger = await prepareLedger(context, { init: options.init || hasRecords });
    const isFirstRun = plan !== undefined && !hasRecords;
    if (isFirstRun) await refuseOperations(context, plan.pending, options);
    await createLedger();
    return isFirstRun;
  } catch (error) {
    // Another process may have begun meanwhile, and what stands in the way be its work.
    if (await readLease(context.connection.ledger, context) === undefined) throw error;
    return false;
  }
}

interface EarlyPlan {
  /** `undefined` when only the holder of the lease can tell. */
  readonly plan: UpPlan | undefined;
  readonly hasRecords: boolean;
}

/**
 * Plans from what can be read without the lease. Its conflicts count only while nobody holds the lease: a holder may be about to change what they rest on.
 * Nor do they count while a rollback is unfinished, which comes first whoever holds the lease next, also when the lease that carried its intent is gone.
 */
async function planEarly(
  context: RunContext,
  options: UpOptions,
  lease: ObservedLease | undefined,
): Promise<EarlyPlan> {
  if (lease !== undefined && lease.state.payload.intent !== null) {
    return { plan: undefined, hasRecords: true };
  }
  const records = await readRecords(context.connection.ledger, context);
  const hasRecords = records.length > 0;
  const isStale = lease !== undefined && !isFresh(lease.state.payload.digest, records);
  if (isStale || records.some(({ status }) => status === "reverting")) return { plan: undefined, hasRecords };
  try {
    return { plan: planUp({ ...context, records, policy: options.policy }), hasRecords };
  } catch (error) {
    if (lease === undefined || lease.state.holder === null) throw error;
    return { plan: undefined, hasRecords };
  }
}

async function applyAll(
  run: ActiveRun,
  plan: UpPlan & { readonly warnings: readonly string[] },
): Promise<RunReport> {
  const finished: FinishedMigration[] = [];
  const report = (): RunReport => ({
    command: "up",
    finished,
    notExecuted: plan.pending.slice(finished.length).map(({ entry }) => entry.id),
    ahead: plan.ahead,
    drifted: plan.drifted,
    warnings: plan.warnings,
  });
  for (const [index, pending] of plan.pending.entries()) {
    run.signal.throwIfAborted();
    try {
      finished.push(await applyMigration(run, pending, { position: index + 1, total: plan.pending.length }));
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      const { id } = pending.entry;
      const left = run.context.maxAttempts - error.attempts;
      throw new RunFailedError(`Migration "${id}" failed: ${error.message}`, {
        failed: id,
        report: report(),
        cause: error.cause,
        hint: left > 0
          ? `Its finished steps are recorded and the next run goes on from there; it is parked after ${left} more failed ${
            left === 1 ? "attempt" : "attempts"
          }`
          : `It is parked now: ship a corrected version of it, or try again with "repair --retry ${id}"`,
      });
    }
  }
  return report();
}
