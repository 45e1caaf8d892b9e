import { isApplied, isTakenOver, type MigrationRecord } from "../definition/record.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import { isDrifted } from "./plan_up.ts";

/** Where a migration stands, seen from this binary. */
export type MigrationState =
  | "applied"
  | "baselined"
  | "pending"
  | "running"
  /** Begun, and nobody is at it: the next run resumes it. */
  | "interrupted"
  | "failed"
  | "held";

/** One migration that this binary or the history knows. */
export interface MigrationStatus {
  readonly id: string;
  readonly name: string;
  readonly state: MigrationState;
  /** The history knows it, this binary does not. */
  readonly ahead: boolean;
  /** Changed after it was applied. */
  readonly drifted: boolean;
  /** `undefined` when it was never begun. */
  readonly record: MigrationRecord | undefined;
}

/** What is compared. */
export interface StatusInput {
  /** The migrations of this binary. */
  readonly registry: readonly RegistryEntry[];
  readonly records: readonly MigrationRecord[];
  /** Term of whoever holds the lease; `undefined` when nobody does. */
  readonly activeTerm: number | undefined;
}

/**
 * Compares the history with the migrations of this binary, in the order of their ids. Pure. A migration that
 * was rolled back without a hold is pending again.
 */
export function compareStatus({ registry, records, activeTerm }: StatusInput): readonly MigrationStatus[] {
  const entries = new Map(registry.map((entry) => [entry.id, entry]));
  const byId = new Map(records.map((record) => [record.id, record]));
  const ids = [...new Set([...entries.keys(), ...byId.keys()])].sort();
  return ids.flatMap((id): MigrationStatus[] => {
    const entry = entries.get(id);
    const record = byId.get(id);
    if (entry === undefined && (record === undefined || record.status === "reverted")) return [];
    return [{
      id,
      name: entry?.name ?? record?.name ?? "",
      state: stateOf(record, activeTerm),
      ahead: entry === undefined && record !== undefined && !isTakenOver(record),
      drifted: entry !== undefined && isDrifted(entry, record),
      record,
    }];
  });
}

/** Whether nothing is left to do or to decide: what `status --check` asks. */
export function isSettled(migrations: readonly MigrationStatus[]): boolean {
  return migrations.every(({ state, ahead, drifted }) =>
    !drifted && (state === "applied" || state === "baselined" || (ahead && state === "held"))
  );
}

function stateOf(record: MigrationRecord | undefined, activeTerm: number | undefined): MigrationState {
  if (record === undefined) return "pending";
  if (isApplied(record)) return record.status === "baselined" ? "baselined" : "applied";
  switch (record.status) {
    case "failed":
    case "held":
      return record.status;
    case "running":
    case "reverting":
      return activeTerm === record.term ? "running" : "interrupted";
    default:
      return "pending";
  }
}
