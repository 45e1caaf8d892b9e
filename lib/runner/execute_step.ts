import { sleep } from "../base/clock.ts";
import { NO_DOCUMENTS } from "../base/document_counts.ts";
import { CosmosError, TemporaryError } from "../base/errors.ts";
import { isPassing } from "../base/exit_code.ts";
import type { JsonValue } from "../base/json.ts";
import { startStopwatch } from "../lock/stopwatch.ts";
import type { Operation } from "../definition/operation.ts";
import type { Direction } from "../definition/record.ts";
import type { OperationHandler, StepContext } from "../operations/handler.ts";
import { handlerOf } from "../operations/registry.ts";
import { type CheckpointLedger, openCheckpoints } from "./checkpoint_ledger.ts";
import type { MigrationProgress, PlannedStep } from "./migration_progress.ts";
import type { ActiveRun } from "./with_lease.ts";

/** Where a step stands in its migration. */
export interface StepPosition {
  /** The step after it. */
  readonly next?: PlannedStep | undefined;
  readonly progress: MigrationProgress;
  readonly direction: Direction;
  readonly position: number;
  readonly total: number;
}

/**
 * Carries out one step, unless it is recorded as done, and records it.
 *
 * @throws {LeaseLostError} when the lease is gone; the step goes on from its last checkpoint next time
 */
export async function executeStep(
  run: ActiveRun,
  options: StepPosition & { readonly step: PlannedStep },
): Promise<void> {
  const { step, progress, position, total, next } = options;
  const { emit, clock } = run.context;
  const { id } = progress.record;
  const elapsed = startStopwatch(clock);
  emit({
    type: "step-started",
    id,
    step: step.key,
    description: step.operation.description,
    position,
    total,
  });

  const before = progress.step(step.key);
  if (before?.status === "done" || before?.status === "skipped") {
    emit({
      type: "step-finished",
      id,
      step: step.key,
      outcome: "done-before",
      documents: before.documents,
      requestUnits: before.requestUnits,
      durationMs: 0,
    });
    return;
  }
  run.signal.throwIfAborted();
  // A step that has noted what it found goes on: a rebuild may itself have dropped its container.
  if (before?.captured === undefined && await isToSkip(run, step.operation)) {
    await progress.updateStep(step, { change: { status: "skipped" }, next });
    emit({
      type: "step-finished",
      id,
      step: step.key,
      outcome: "skipped",
      documents: NO_DOCUMENTS,
      requestUnits: 0,
      durationMs: elapsed(),
    });
    return;
  }
  const checkpoints = openCheckpoints(run, { ...options, step: step.key });
  const outcome = await handlerOf(step.operation).apply(
    step.operation,
    stepContext(run, { ...options, checkpoints }),
  );
  await progress.updateStep(step, {
    change: { status: "done", selection: undefined, ...outcome },
    operations: checkpoints.removal(),
    next,
  });
  emit({ type: "step-finished", id, step: step.key, outcome: "done", ...outcome, durationMs: elapsed() });
}

/**
 * Ends what lasts only as long as the migration, the last step first.
 *
 * @param options.reopen the attempt failed: the next one applies those steps again
 */
export async function concludeSteps(
  run: ActiveRun,
  options: {
    readonly progress: MigrationProgress;
    readonly steps: readonly PlannedStep[];
    readonly reopen: boolean;
  },
): Promise<void> {
  const { progress, steps, reopen } = options;
  for (const [index, step] of [...steps.entries()].reverse()) {
    const handler: OperationHandler = handlerOf(step.operation);
    const before = progress.step(step.key);
    if (handler.conclude === undefined || before === undefined || before.status === "skipped") continue;
    if (reopen && before.status === "done") {
      await progress.updateStep(step, { change: { status: "running" } });
    }
    const where = { progress, direction: "up", position: index + 1, total: steps.length, step } as const;
    const checkpoints = openCheckpoints(run, { ...where, step: step.key });
    await handler.conclude(step.operation, stepContext(run, { ...where, checkpoints }));
  }
}

/** `ifContainerExists` is the one condition that a migration may depend on. */
async function isToSkip(run: ActiveRun, operation: Operation): Promise<boolean> {
  if (!operation.ifContainerExists) return false;
  const existing = new Set(
    (await run.context.connection.database.containers({ signal: run.signal })).map(({ id }) => id),
  );
  return operation.containers.some((container) => !existing.has(container));
}

function stepContext(
  run: ActiveRun,
  options: StepPosition & { readonly step: PlannedStep; readonly checkpoints: CheckpointLedger },
): StepContext {
  const { context, signal } = run;
  const { progress, step, direction, checkpoints } = options;
  const { id: migrationId, cycle } = progress.record;
  return {
    database: context.connection.database,
    clock: context.clock,
    random: context.random,
    settings: context.settings,
    budget: run.budget,
    signal,
    migrationId,
    cycle,
    direction,
    checkpoints,
    captured: progress.step(step.key)?.captured,
    capture: (captured) => progress.updateStep(step, { change: { captured } }),
    once: (name, action) => once(name, { action, progress, step }),
    // Whatever an earlier holder sent was waited for before the first write of this run.
    settle: async () => {
      if (context.connection.unanswered === 0) return;
      await sleep(context.clock, { ms: context.timings.settleMs, signal });
    },
    progress: (passProgress) =>
      context.emit({ type: "step-progressed", id: migrationId, step: step.key, progress: passProgress }),
    log: (message) => context.emit({ type: "step-logged", id: migrationId, step: step.key, message }),
    sdkDatabase: () => context.connection.sdkDatabase(),
  };
}

async function once(
  name: string,
  { action, progress, step }: {
    action: () => Promise<JsonValue | void>;
    progress: MigrationProgress;
    step: PlannedStep;
  },
): Promise<JsonValue | undefined> {
  const done = progress.step(step.key)?.once ?? {};
  if (Object.hasOwn(done, name)) return done[name];
  const result = await action() ?? null;
  await progress.updateStep(step, { change: { once: { ...progress.step(step.key)?.once, [name]: result } } });
  return result;
}

/** Whether an error says "not now": it counts as no attempt, and the process exits with 75. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof TemporaryError) return true;
  return error instanceof CosmosError && isPassing(error);
}
