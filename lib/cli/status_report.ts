import type { RegistryEntry } from "../definition/registry.ts";
import type { ObservedLease } from "../lock/lease_document.ts";
import { compareStatus, type MigrationStatus } from "../planner/compare_status.ts";
import type { Snapshot } from "../runner/snapshot.ts";

/** What `status` shows. */
export interface StatusReport {
  readonly lease: ObservedLease | undefined;
  /** In the order of their ids. */
  readonly migrations: readonly MigrationStatus[];
}

/** The report of a ledger that was read. */
export function statusReport(registry: readonly RegistryEntry[], snapshot: Snapshot): StatusReport {
  const { lease, records } = snapshot;
  return { lease, migrations: compareStatus({ registry, records, activeTerm: activeTermOf(lease) }) };
}

function activeTermOf(lease: ObservedLease | undefined): number | undefined {
  return lease?.state.holder == null ? undefined : lease.state.term;
}
