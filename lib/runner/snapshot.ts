import type { MigrationRecord } from "../definition/record.ts";
import { readLease, readRecords } from "../history/read_history.ts";
import type { ObservedLease } from "../lock/lease_document.ts";
import type { ReadContext } from "./context.ts";

/** The ledger as it was read, without a lease. */
export interface Snapshot {
  /** `undefined` when there is no ledger yet. */
  readonly lease: ObservedLease | undefined;
  /** In the order of their ids. */
  readonly records: readonly MigrationRecord[];
}

/** Reads lease and records: two requests, nothing is written or created. */
export async function readSnapshot(context: ReadContext): Promise<Snapshot> {
  const { ledger } = context.connection;
  return { lease: await readLease(ledger, context), records: await readRecords(ledger, context) };
}
