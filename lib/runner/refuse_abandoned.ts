import { ConflictError } from "../base/errors.ts";
import type { Operation } from "../definition/operation.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import type { Direction, MigrationRecord, StepRecord } from "../definition/record.ts";
import { unfinishedRebuilds } from "../operations/unfinished_rebuild.ts";
import type { RevertedMigration } from "../planner/plan_rollback.ts";
import type { PendingMigration } from "../planner/plan_up.ts";

/**
 * Refuses to leave behind what only its own step can bring to an end: a rebuild that has dropped its container, where the changed migration has the step no
 * longer. Pure.
 *
 * @returns what stays behind otherwise, in words
 * @throws {ConflictError} `unfinished`
 */
export function refuseAbandonedUp(pending: readonly PendingMigration[]): readonly string[] {
  return pending.flatMap(({ entry, start }) => {
    if (start.kind !== "fix-forward") return [];
    const begun = stepsOf(start.record, { direction: "up", cycle: start.record.cycle });
    return refuse(without(begun, entry.migration.up), entry);
  });
}

/** The same before a rollback, where a migration with a `down` of its own does not undo its steps one by one. */
export function refuseAbandonedDown(reverts: readonly RevertedMigration[]): void {
  for (const { entry, record } of reverts) {
    const isBegun = record.status === "reverting";
    const there = stepsOf(record, { direction: "up", cycle: record.cycle - (isBegun ? 1 : 0) });
    const back = isBegun ? stepsOf(record, { direction: "down", cycle: record.cycle }) : [];
    refuse(without(there, entry.migration.down === undefined ? entry.migration.up : []), entry);
    refuse(without(back, entry.migration.down ?? entry.migration.up), entry);
  }
}

function stepsOf(
  { steps }: MigrationRecord,
  { direction, cycle }: { readonly direction: Direction; readonly cycle: number },
): readonly StepRecord[] {
  return steps.filter((step) => step.direction === direction && step.cycle === cycle);
}

function without(steps: readonly StepRecord[], operations: readonly Operation[]): readonly StepRecord[] {
  return steps.filter(({ key, kind }) =>
    !operations.some((operation) => operation.step === key && operation.kind === kind)
  );
}

function refuse(left: readonly StepRecord[], { id }: RegistryEntry): readonly string[] {
  return left.flatMap((step) =>
    unfinishedRebuilds(step).map(({ container, shadow, isOnlyCopy }) => {
      if (!isOnlyCopy) {
        return `The container "${shadow}" of the rebuild that "${id}" no longer has stays behind; "${container}" is as it was. Delete it when nothing is running`;
      }
      throw new ConflictError(
        "unfinished",
        `Cannot go on with "${id}" as its rebuild of "${container}" is unfinished and the step "${step.key}" that would complete it is gone: the only copy of the documents may be in "${shadow}"`,
        {
          hint:
            `Complete it with "up" of the version that began it; or put the step back as it was, with name: "${step.key}" if need be. Nothing was changed`,
          details: { id, container, shadow, step: step.key },
        },
      );
    })
  );
}
