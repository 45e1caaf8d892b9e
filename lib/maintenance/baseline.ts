import { CosmigError } from "../base/errors.ts";
import { type BaselinePlan, planBaseline, type WantedBaseline } from "../planner/plan_baseline.ts";
import type { RunContext } from "../runner/context.ts";
import { prepareLedger } from "../runner/ledger_setup.ts";
import { recordBaseline } from "../runner/record_baseline.ts";
import { completeIntent } from "../runner/run_rollback.ts";
import { readSnapshot } from "../runner/snapshot.ts";
import { withLease } from "../runner/with_lease.ts";
import { readCosmigratorHistory } from "./read_cosmigrator.ts";

/** What to record as applied. */
export type BaselineSource =
  /** The migrations of this binary up to `id`, which is the last of them. */
  | { readonly kind: "up-to"; readonly id: string }
  /** What Cosmigrator's container says. */
  | { readonly kind: "cosmigrator" };

/** What a baseline did. */
export interface BaselineReport {
  /** In the order of application. */
  readonly recorded: readonly Pick<WantedBaseline, "id" | "name" | "status" | "at">[];
  /** Ids that the history had already. */
  readonly kept: readonly string[];
}

/**
 * Records migrations as applied without running them. Creates the ledger where there is none. With nothing to
 * record it neither writes nor takes the lease.
 *
 * @throws {CosmigError} with code `usage` when this binary contains no migration of that id, `resource-missing`
 * without a history to take over
 * @throws {ConflictError} `refused` when one of the migrations was begun and is not finished
 * @throws {LeaseHeldError} when another process held the lease for too long
 * @throws {LeaseLostError} the next holder of the lease completes what is not recorded yet
 */
export async function runBaseline(context: RunContext, source: BaselineSource): Promise<BaselineReport> {
  const wanted = await wantedBy(source, context);
  const { lease, records } = await readSnapshot(context);
  const early = planBaseline({ wanted, records, nextSequence: 1 });
  const hasIntent = lease !== undefined && lease.state.payload.intent !== null;
  if (early.migrations.length === 0 && !hasIntent) return reportOf(early);
  if (lease === undefined) await (await prepareLedger(context, { init: true }))();

  const result = await withLease(context, {
    isDone: () => false,
    run: async (run) => {
      await completeIntent(run);
      const { records, nextSequence } = run.history;
      const plan = planBaseline({ wanted, records, nextSequence });
      const by = `${context.holder.host}:${context.holder.pid}`;
      await recordBaseline(run, { migrations: plan.migrations, by });
      return reportOf(plan);
    },
  });
  return result ?? reportOf(early);
}

async function wantedBy(source: BaselineSource, context: RunContext): Promise<readonly WantedBaseline[]> {
  if (source.kind === "cosmigrator") return await readCosmigratorHistory(context);
  const { registry, clock } = context;
  if (!registry.some(({ id }) => id === source.id)) {
    throw new CosmigError(
      "usage",
      `Cannot record what is applied up to "${source.id}" as this binary contains no migration of that id`,
      { hint: 'See "list" for the ids' },
    );
  }
  const at = new Date(clock.wallMs()).toISOString();
  return registry.filter(({ id }) => id <= source.id).map(({ id, name, checksum }) => ({
    id,
    name,
    checksum,
    status: "baselined",
    at,
  }));
}

function reportOf({ migrations, kept }: BaselinePlan): BaselineReport {
  return { recorded: migrations.map(({ id, name, status, at }) => ({ id, name, status, at })), kept };
}
