import { type Clock, sleep } from "../base/clock.ts";
import { ConflictError, CosmigError, messageOf, TemporaryError } from "../base/errors.ts";
import { delayNotice } from "../base/retry.ts";
import type { JsonValue } from "../base/json.ts";
import type { LedgerReply, LedgerStore, StoredDocument } from "../cosmos/port.ts";
import { type MigrationRecord, RECORD_PREFIX, recordFromDocument } from "../definition/record.ts";
import { LEASE_ID, leaseFromDocument, type ObservedLease } from "../lock/lease_document.ts";
import { isFresh } from "./digest.ts";

/** How to read. */
export interface ReadOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long to go on while the service does not answer or is busy. */
  readonly patienceMs: number;
  /**
   * How long to wait for a database that does not exist yet, as when everything is started at once.
   *
   * @default {0}
   */
  readonly databasePatienceMs?: number | undefined;
  /** Told once, in words, when reading takes more than a moment. */
  readonly onDelay?: ((message: string) => void) | undefined;
}

const RETRY_MS = 500;

/**
 * Reads the lease without taking it: one request, about 1 RU.
 *
 * @returns `undefined` when there is none, or no ledger at all
 */
export async function readLease(
  store: LedgerStore,
  options: ReadOptions,
): Promise<ObservedLease | undefined> {
  const read = await patiently(options, () => store.read(LEASE_ID, { signal: options.signal }));
  return read === undefined ? undefined : leaseFromDocument(read.document);
}

/**
 * Reads all records, in the order of their ids: one query in one logical partition. A ledger that does not exist has none.
 *
 * @throws {ConflictError} `unreadable` when a record is not one
 */
export async function readRecords(
  store: LedgerStore,
  options: ReadOptions,
): Promise<readonly MigrationRecord[]> {
  const documents = await readDocuments(store, { ...options, prefix: RECORD_PREFIX });
  return documents.map(toRecord).sort((left, right) => left.id < right.id ? -1 : 1);
}

/** Reads every document of the ledger whose id starts with `prefix`. A ledger that does not exist has none. */
export async function readDocuments(
  store: LedgerStore,
  options: ReadOptions & { readonly prefix: string },
): Promise<readonly StoredDocument[]> {
  return await patiently(options, () => store.list(options.prefix, { signal: options.signal })) ?? [];
}

/**
 * Reads all records as the holder of the lease, again and again until they are those that the lease was last written with: on an account with weak
 * consistency a read may be older than what the holder before wrote.
 *
 * @throws {ConflictError} `digest-mismatch` when they still differ after the time to wait
 */
export async function readFreshRecords(
  store: LedgerStore,
  options: ReadOptions & { readonly digest: JsonValue; readonly renew: () => Promise<void> },
): Promise<readonly MigrationRecord[]> {
  const deadlineMs = options.clock.monotonicMs() + options.patienceMs;
  for (;;) {
    const records = await readRecords(store, options);
    if (isFresh(options.digest, records)) return records;
    if (options.clock.monotonicMs() >= deadlineMs) {
      throw new ConflictError(
        "digest-mismatch",
        "Cannot use the history as it is not the one that the lease was last written with",
        {
          hint:
            'Was a ledger document restored from a backup, edited or deleted? Nothing was changed. Look at "status --history"; when the records are right, delete the document "lease" while nothing runs: it is made anew from them',
        },
      );
    }
    await options.renew();
    await sleep(options.clock, { ms: RETRY_MS, signal: options.signal });
  }
}

function toRecord(document: StoredDocument): MigrationRecord {
  try {
    return recordFromDocument(document);
  } catch (error) {
    throw new ConflictError("unreadable", messageOf(error), {
      hint: "Somebody else wrote into the ledger container, or a newer version of the tool did",
      cause: error,
    });
  }
}

/** Repeats a read while the service is busy or the database is not there yet. @returns `undefined` for something that is not there */
async function patiently<Value>(
  options: ReadOptions,
  request: () => Promise<LedgerReply<Value>>,
): Promise<Value | undefined> {
  const { clock, signal, patienceMs, databasePatienceMs = 0, onDelay } = options;
  const startedMs = clock.monotonicMs();
  const tellMissing = delayNotice({ patienceMs: databasePatienceMs, onDelay });
  const tellBusy = delayNotice({ patienceMs, onDelay });
  for (;;) {
    signal.throwIfAborted();
    const reply = await orMissing(request);
    if (reply.kind === "ok") return reply.value;
    if (reply.kind === "not-found") return undefined;
    const waitedMs = clock.monotonicMs() - startedMs;
    if (reply.kind === "database-missing") {
      if (waitedMs >= databasePatienceMs) throw reply.error;
      tellMissing(reply.error, waitedMs);
    } else {
      const cause = "error" in reply ? reply.error : undefined;
      if (waitedMs >= patienceMs) {
        throw new TemporaryError(`The ledger could not be read: ${messageOf(cause)}`, {
          cause,
          hint: "Try again later",
        });
      }
      tellBusy(cause, waitedMs);
    }
    const retryAfterMs = reply.kind === "unavailable" ? reply.retryAfterMs : 0;
    await sleep(clock, { ms: Math.max(retryAfterMs, RETRY_MS), signal });
  }
}

async function orMissing<Value>(
  request: () => Promise<LedgerReply<Value>>,
): Promise<LedgerReply<Value> | { readonly kind: "database-missing"; readonly error: CosmigError }> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof CosmigError)) throw error;
    if (error.details["missing"] === "container") return { kind: "not-found" };
    if (error.details["missing"] === "database") return { kind: "database-missing", error };
    throw error;
  }
}
