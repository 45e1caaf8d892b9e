import { isApplied, type MigrationRecord } from "../definition/record.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import type { ObservedLease } from "../lock/lease_document.ts";
import { isDrifted } from "../planner/plan_up.ts";
import type { Snapshot } from "../runner/snapshot.ts";

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

/** The whole state. */
export interface StatusReport {
  readonly lease: ObservedLease | undefined;
  /** In the order of their ids. */
  readonly migrations: readonly MigrationStatus[];
}

/** Compares the history with the migrations of this binary. A migration that was rolled back without a hold is pending again. */
export function compareStatus(
  registry: readonly RegistryEntry[],
  { lease, records }: Snapshot,
): StatusReport {
  const entries = new Map(registry.map((entry) => [entry.id, entry]));
  const byId = new Map(records.map((record) => [record.id, record]));
  const ids = [...new Set([...entries.keys(), ...byId.keys()])].sort();
  const migrations = ids.flatMap((id): MigrationStatus[] => {
    const entry = entries.get(id);
    const record = byId.get(id);
    if (entry === undefined && (record === undefined || record.status === "reverted")) return [];
    return [{
      id,
      name: entry?.name ?? record?.name ?? "",
      state: stateOf(record, lease),
      ahead: entry === undefined,
      drifted: entry !== undefined && isDrifted(entry, record),
      record,
    }];
  });
  return { lease, migrations };
}

/** Whether nothing is left to do or to decide: what `status --check` asks. */
export function isSettled({ migrations }: StatusReport): boolean {
  return migrations.every(({ state, ahead, drifted }) =>
    !drifted && (state === "applied" || state === "baselined" || (ahead && state === "held"))
  );
}

function stateOf(record: MigrationRecord | undefined, lease: ObservedLease | undefined): MigrationState {
  if (record === undefined) return "pending";
  if (isApplied(record)) return record.status === "baselined" ? "baselined" : "applied";
  switch (record.status) {
    case "failed":
    case "held":
      return record.status;
    case "running":
    case "reverting":
      return lease?.state.holder != null && lease.state.term === record.term ? "running" : "interrupted";
    default:
      return "pending";
  }
}
