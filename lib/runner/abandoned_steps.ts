/**
 * Steps that were given up unfinished: by a rollback, by a changed version of the migration, or by a person who marked it as applied. A dead run may have
 * left writes on their way that carry the ETags it read, so every document that such a step selected gets a new ETag before anything else is done. The
 * record says which are still to do, so that a run which dies on the way leaves the rest to the next one, whatever that is.
 *
 * @module
 */
import { canonicalJson } from "../base/json.ts";
import { runPass } from "../bulk/run_pass.ts";
import type { Migration } from "../definition/migration.ts";
import type { AbandonedStep, Direction, MigrationRecord } from "../definition/record.ts";
import { touchPass } from "../operations/documents/touch_pass.ts";
import { openCheckpoints } from "./checkpoint_ledger.ts";
import { fingerprintOf, type MigrationProgress, selectionOf } from "./migration_progress.ts";
import type { ActiveRun } from "./with_lease.ts";

/**
 * What is given up when the way up of a cycle is not completed, together with what was given up before and is not touched yet. Pure.
 *
 * @param migration what this binary has; only for records of versions that did not note what a step selects
 * @param cycle that of the way up
 */
export function abandonedSteps(
  migration: Migration,
  record: MigrationRecord,
  cycle: number = record.cycle,
): readonly AbandonedStep[] {
  const unfinished = record.steps.filter((step) =>
    step.direction === "up" && step.cycle === cycle && step.status === "running"
  ).map(({ key, kind, selection }) => {
    const operation = migration.up.find((operation) => operation.step === key && operation.kind === kind);
    return { key, selection: selection ?? (operation && selectionOf(operation, record.id)) };
  }).filter((step): step is AbandonedStep => step.selection !== undefined);
  const all = [...record.abandoned ?? [], ...unfinished];
  return [...new Map(all.map((step) => [canonicalJson({ ...step.selection }), step])).values()];
}

/**
 * Touches what the record says is still to be touched. A container that is gone has taken its documents with it.
 *
 * @throws {LeaseLostError} when the lease is gone; the next run goes on
 */
export async function touchAbandoned(
  run: ActiveRun,
  { progress, direction }: { readonly progress: MigrationProgress; readonly direction: Direction },
): Promise<void> {
  for (const step of progress.record.abandoned ?? []) {
    run.signal.throwIfAborted();
    await touch(run, { step, progress, direction });
  }
}

async function touch(
  run: ActiveRun,
  { step, progress, direction }: {
    readonly step: AbandonedStep;
    readonly progress: MigrationProgress;
    readonly direction: Direction;
  },
): Promise<void> {
  const { context, budget, signal } = run;
  const { connection: { database }, clock, random, settings, emit } = context;
  const { id } = progress.record;
  const key = `${step.key}:touch`;
  const checkpoints = openCheckpoints(run, {
    ...{ progress, direction },
    step: `${key}:${fingerprintOf({ ...step.selection })}`,
  });
  const existing = await database.containers({ signal });
  const { requestUnits } = existing.some((container) => container.id === step.selection.container)
    ? await runPass(touchPass(step.selection), {
      ...{ database, clock, random, settings, budget, signal, checkpoints },
      progress: (progress) => emit({ type: "step-progressed", id, step: key, progress }),
    })
    : { requestUnits: 0 };
  await progress.noteTouched(step, { key, requestUnits, operations: checkpoints.removal() });
}
