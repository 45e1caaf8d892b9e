import type { MigrationRecord } from "../definition/record.ts";
import { readLease, readRecords } from "../history/read_history.ts";
import type { ObservedLease } from "../lock/lease_document.ts";
import { refuseForeignContainer } from "./ledger_setup.ts";
import type { ReadContext } from "./context.ts";

/** The ledger as it was read, without a lease. */
export interface Snapshot {
  /** `undefined` when there is no ledger yet. */
  readonly lease: ObservedLease | undefined;
  /** In the order of their ids. */
  readonly records: readonly MigrationRecord[];
}

/** Reads lease and records: two requests (one more where there is nothing yet), nothing is written or created. @throws {CosmigError} `ledger-unusable` */
export async function readSnapshot(context: ReadContext): Promise<Snapshot> {
  const { ledger } = context.connection;
  const lease = await readLease(ledger, context);
  const records = await readRecords(ledger, context);
  if (lease === undefined && records.length === 0) await refuseForeignContainer(context);
  return { lease, records };
}
