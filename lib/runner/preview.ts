import { RuBudget } from "../bulk/ru_budget.ts";
import { CosmosError } from "../base/errors.ts";
import { reversibilityOf } from "../definition/migration.ts";
import type { Operation, Reversibility } from "../definition/operation.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import type { Estimate, EstimateContext } from "../operations/handler.ts";
import { handlerOf } from "../operations/registry.ts";
import { stepsBack } from "./revert_migration.ts";
import { type RequestLimit, requestRate } from "./request_rate.ts";
import { readSnapshot } from "./snapshot.ts";
import { warnOfOtherScopes } from "./other_scopes.ts";
import { refuseAbandonedDown, refuseAbandonedUp } from "./refuse_abandoned.ts";
import { finishedSteps } from "./steps_at_start.ts";
import { planRollback, type RollbackPlan, type RollbackSelection } from "../planner/plan_rollback.ts";
import { planUp, type UpPlan, type UpPolicy } from "../planner/plan_up.ts";
import type { ReadContext } from "./context.ts";

/** One operation of a previewed migration. */
export interface PreviewedOperation {
  readonly operation: Operation;
  /** `undefined` when it depends on what an earlier pending migration does, when nothing was to be counted, and for what is finished. */
  readonly estimate: Estimate | undefined;
  /** What that takes at the least; `undefined` when it is not known, or nothing. */
  readonly time: EstimatedTime | undefined;
  /** An earlier attempt finished it, and it is not done again. */
  readonly isFinished: boolean;
}

/** How long document work takes, with all request units that are to be had. */
export interface EstimatedTime {
  readonly seconds: number;
  /** Request units a second. */
  readonly ruPerSecond: number;
}

/** One migration of a preview. */
export interface PreviewedMigration {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** How well it undoes: the worst of its operations, unless it has a `down` of its own. */
  readonly reversibility: Reversibility | "own-down";
  readonly operations: readonly PreviewedOperation[];
}

/** What `up` would do. */
export interface UpPreview {
  readonly plan: UpPlan;
  /** What a person should know before. */
  readonly warnings: readonly string[];
  readonly migrations: readonly PreviewedMigration[];
}

/** What `rollback` would do. */
export interface RollbackPreview {
  readonly plan: RollbackPlan;
  readonly migrations: readonly PreviewedMigration[];
}

/**
 * Says what `up` would do. Reads only, documents within the limit that `up` would have.
 *
 * @throws what `up` would refuse with
 */
export async function previewUp(
  context: ReadContext & { readonly maxAttempts: number },
  options: {
    readonly policy: UpPolicy;
    readonly count: EstimateContext["count"];
    readonly limit: RequestLimit;
  },
): Promise<UpPreview> {
  const { records } = await readSnapshot(context);
  const plan = planUp({ ...context, records, policy: options.policy });
  const leftovers = refuseAbandonedUp(plan.pending);
  const warnings = [...leftovers, ...await warnOfOtherScopes(context, plan.pending)];
  const budget = new RuBudget({ clock: context.clock, settings: options.limit });
  const touched = new Set<string>();
  const migrations: PreviewedMigration[] = [];
  for (const pending of plan.pending) {
    const { entry } = pending;
    const finished = finishedSteps(pending);
    const operations: PreviewedOperation[] = [];
    for (const operation of entry.migration.up) {
      if (finished.has(operation.step)) {
        operations.push({ operation, estimate: undefined, time: undefined, isFinished: true });
        continue;
      }
      const depends = operation.containers.some((container) => touched.has(container));
      const estimate = await estimateOf(operation, {
        database: context.connection.database,
        clock: context.clock,
        random: context.random,
        signal: context.signal,
        budget,
        count: depends ? "none" : options.count,
      });
      const time = await timeOf(operation, { estimate, limit: options.limit, context });
      operations.push({ operation, estimate, time, isFinished: false });
      for (const container of operation.containers) touched.add(container);
    }
    migrations.push({ ...headOf(entry), operations });
  }
  return { plan, warnings, migrations };
}

/** Says what `rollback` would do. Reads only. @throws what `rollback` would refuse with */
export async function previewRollback(
  context: ReadContext,
  options: { readonly selection: RollbackSelection },
): Promise<RollbackPreview> {
  const { records } = await readSnapshot(context);
  const plan = planRollback({ ...context, records, selection: options.selection });
  refuseAbandonedDown(plan.reverts);
  const migrations = plan.reverts.map(({ entry, record }) => ({
    ...headOf(entry),
    operations: stepsBack(entry.migration, record).map(({ operation }) => ({
      operation,
      estimate: undefined,
      time: undefined,
      isFinished: false,
    })),
  }));
  return { plan, migrations };
}

function headOf({ id, name, migration }: RegistryEntry) {
  return { id, name, description: migration.description, reversibility: reversibilityOf(migration) };
}

async function estimateOf(operation: Operation, context: EstimateContext): Promise<Estimate | undefined> {
  try {
    return await handlerOf(operation).estimate(operation, context);
  } catch (error) {
    // A container that an earlier pending migration creates is not there yet.
    if (error instanceof CosmosError && error.status === 404) return undefined;
    throw error;
  }
}

async function timeOf(
  { containers }: Operation,
  { estimate, limit, context }: {
    readonly estimate: Estimate | undefined;
    readonly limit: RequestLimit;
    readonly context: ReadContext;
  },
): Promise<EstimatedTime | undefined> {
  const { requestUnits = 0 } = estimate ?? {};
  const container = containers.at(-1);
  if (requestUnits === 0 || container === undefined) return undefined;
  const { connection: { database }, signal } = context;
  const ruPerSecond = await requestRate(container, { database, limit, signal });
  if (ruPerSecond === undefined) return undefined;
  return { ruPerSecond, seconds: Math.ceil(requestUnits / ruPerSecond) };
}
