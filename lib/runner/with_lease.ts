import { RuBudget } from "../bulk/ru_budget.ts";
import { History } from "../history/history.ts";
import { digestOf, digestToJson } from "../history/digest.ts";
import { intentToJson } from "../history/intent.ts";
import { readFreshRecords, readRecords } from "../history/read_history.ts";
import { acquireLease, type RestoredLease } from "../lock/acquire.ts";
import type { Lease } from "../lock/lease.ts";
import type { LeaseState } from "../lock/lease_document.ts";
import type { RunContext } from "./context.ts";

/** What runs under a lease. */
export interface ActiveRun {
  readonly context: RunContext;
  readonly lease: Lease;
  readonly history: History;
  /** Of everything that the run does to documents. */
  readonly budget: RuBudget;
  /** Aborted when the lease is lost or the run is to stop. */
  readonly signal: AbortSignal;
  /** Waits until no request of an earlier holder can arrive, and opens writes outside the ledger. To be called before the first of them. */
  openWrites(): Promise<void>;
}

/** How {@linkcode withLease} behaves. */
export interface WithLeaseOptions<Result> {
  /** Ends the waiting for the lease when nothing is left to do. */
  isDone(lease: LeaseState): boolean;
  run(run: ActiveRun): Promise<Result>;
}

/**
 * Acquires the lease, reads the history again, runs, and gives the lease back.
 *
 * @returns `undefined` when it turned out while waiting that nothing is left to do
 */
export async function withLease<Result>(
  context: RunContext,
  options: WithLeaseOptions<Result>,
): Promise<Result | undefined> {
  const { connection } = context;
  const acquisition = await acquireLease({
    ...context,
    store: connection.ledger,
    region: connection.account.writeRegion,
    restore: () => restoreLease(context),
    isDone: options.isDone,
  });
  if (acquisition.kind === "not-needed") return undefined;
  if (connection.account.multipleWriteLocations) {
    context.emit({
      type: "warned",
      message:
        `The account takes writes in several regions; the ledger is kept in "${connection.account.writeRegion}", and a failover during a migration can make two ledgers`,
    });
  }
  const { lease } = acquisition;
  const signal = AbortSignal.any([context.signal, lease.signal]);
  try {
    const records = await readFreshRecords(connection.ledger, {
      clock: context.clock,
      signal,
      patienceMs: context.patienceMs,
      digest: lease.payload.digest,
      renew: () => lease.renew(),
    });
    return await options.run({
      context,
      lease,
      signal,
      budget: new RuBudget(context),
      history: new History(lease, records),
      openWrites: async () => {
        await lease.settle(signal);
        connection.setWriteGate(() => lease.assertMayWriteOutside());
      },
    });
  } finally {
    connection.setWriteGate(undefined);
    await lease.release({ unanswered: connection.unanswered });
  }
}

/** What the records say about a lease whose document is gone. A rollback that was under way has left its mark on them. */
async function restoreLease(context: RunContext): Promise<RestoredLease> {
  const records = await readRecords(context.connection.ledger, context);
  const reverting = records.filter(({ status }) => status === "reverting").sort((left, right) =>
    right.sequence - left.sequence
  );
  const intent = reverting.length === 0 ? null : intentToJson({
    command: "rollback",
    ids: reverting.map(({ id }) => id),
    hold: false,
    by: reverting[0]?.by ?? "",
  });
  return {
    term: Math.max(0, ...records.map(({ term }) => term)),
    hasRecords: records.length > 0,
    payload: {
      sequence: Math.max(0, ...records.map(({ sequence }) => sequence)),
      digest: digestToJson(digestOf(records)),
      intent,
    },
  };
}
