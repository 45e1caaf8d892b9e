import { ConflictError, CosmigError } from "../base/errors.ts";
import { downOf, reversibilityOf } from "../definition/migration.ts";
import type { MigrationRecord } from "../definition/record.ts";
import type { RegistryEntry } from "../definition/registry.ts";

/** Which migrations to roll back. */
export type RollbackSelection =
  | { readonly kind: "steps"; readonly steps: number }
  /** Everything applied after `id`, which stays applied. */
  | { readonly kind: "to"; readonly id: string }
  | { readonly kind: "all" }
  /** Just these, in this order; for completing what was begun. */
  | { readonly kind: "ids"; readonly ids: readonly string[] };

/** What a plan of `rollback` is made from. */
export interface RollbackInput {
  readonly registry: readonly RegistryEntry[];
  readonly records: readonly MigrationRecord[];
  readonly selection: RollbackSelection;
}

/** A migration that is to be rolled back. */
export interface RevertedMigration {
  readonly entry: RegistryEntry;
  readonly record: MigrationRecord;
}

/** What `rollback` would do, in order: the last applied first. */
export interface RollbackPlan {
  readonly reverts: readonly RevertedMigration[];
}

/**
 * Decides what `rollback` does. Pure; refuses as a whole before anything is touched.
 *
 * @throws {ConflictError} `missing`, `drift`, `irreversible`
 * @throws {CosmigError} with code `usage` when `to` names no applied migration
 */
export function planRollback({ registry, records, selection }: RollbackInput): RollbackPlan {
  const effective = records.filter((record) => record.status !== "reverted" && record.status !== "held")
    .sort((left, right) => right.sequence - left.sequence);
  const byId = new Map(registry.map((entry) => [entry.id, entry]));
  const reverts = select(effective, selection).map((record) => toRevert(record, byId.get(record.id)));
  return { reverts };
}

function select(
  effective: readonly MigrationRecord[],
  selection: RollbackSelection,
): readonly MigrationRecord[] {
  switch (selection.kind) {
    case "steps":
      return effective.slice(0, selection.steps);
    case "all":
      return effective;
    case "ids":
      return selection.ids.map((id) => effective.find((record) => record.id === id)).filter((record) =>
        record !== undefined
      );
    case "to": {
      const target = effective.findIndex(({ id }) => id === selection.id);
      if (target < 0) {
        throw new CosmigError(
          "usage",
          `Cannot roll back to "${selection.id}" as no migration of that id is applied`,
          {
            hint: 'See "status" for what is applied',
          },
        );
      }
      return effective.slice(0, target);
    }
  }
}

function toRevert(record: MigrationRecord, entry: RegistryEntry | undefined): RevertedMigration {
  if (record.status === "baselined") {
    throw new ConflictError(
      "irreversible",
      `Cannot roll back "${record.id}" as it was recorded as applied without being run`,
      {
        details: { id: record.id },
        hint: "Choose fewer steps",
      },
    );
  }
  if (entry === undefined) {
    throw new ConflictError("missing", `Cannot roll back "${record.id}" as this binary does not contain it`, {
      hint: "Use the binary that applied it, or a newer one",
      details: { id: record.id },
    });
  }
  if (!record.checksums.includes(entry.checksum)) {
    throw new ConflictError("drift", `Cannot roll back "${record.id}" as it changed after it was applied`, {
      hint:
        `Use the binary that applied it, or accept the change with "repair --accept-checksum ${record.id}"`,
      details: { id: record.id },
    });
  }
  if (downOf(entry.migration) === undefined || reversibilityOf(entry.migration) === "none") {
    throw new ConflictError(
      "irreversible",
      `Cannot roll back "${record.id}" as it does not say how to undo it`,
      {
        hint: "Give the migration a `down`; nothing was changed",
        details: { id: record.id },
      },
    );
  }
  return { entry, record };
}
