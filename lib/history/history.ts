/**
 * The history while a lease is held: the records as they are known, and the only way to change them. Every change is one transaction with the lease,
 * so that a process that lost the lease can't record anything. Does not decide what to record.
 *
 * @module
 */
import type { LedgerOperation } from "../cosmos/port.ts";
import { type MigrationRecord, recordToDocument } from "../definition/record.ts";
import type { Lease } from "../lock/lease.ts";
import type { LeasePayload } from "../lock/lease_document.ts";
import { digestOf, digestToJson } from "./digest.ts";
import { type Intent, intentFromJson, intentToJson } from "./intent.ts";

/** What goes with a record into the same transaction. */
export interface RecordOptions {
  /** Replaces the intent; `null` clears it. */
  readonly intent?: Intent | null | undefined;
  /** Further writes, at most 90. */
  readonly operations?: readonly LedgerOperation[] | undefined;
}

/** Of a transaction's 100 operations some are left for the lease and the record. */
export const BATCH_SIZE = 90;

/** Records, written through a lease. */
export class History {
  readonly #lease: Lease;
  readonly #records: Map<string, MigrationRecord>;

  constructor(lease: Lease, records: readonly MigrationRecord[]) {
    this.#lease = lease;
    this.#records = new Map(records.map((record) => [record.id, record]));
  }

  /** All records, in the order of their ids. */
  get records(): readonly MigrationRecord[] {
    return [...this.#records.values()].sort((left, right) => left.id < right.id ? -1 : 1);
  }

  get(id: string): MigrationRecord | undefined {
    return this.#records.get(id);
  }

  /** What a command is in the middle of. @throws {ConflictError} when this version does not understand it */
  get intent(): Intent | undefined {
    return intentFromJson(this.#lease.payload.intent);
  }

  /** The next position in the order of application. */
  get nextSequence(): number {
    return this.#lease.payload.sequence + 1;
  }

  /**
   * Writes a record; durable when it resolves. The record's term is set to the lease's.
   *
   * @returns the record as written
   * @throws {LeaseLostError} when the lease is gone; then nothing was written
   */
  async put(record: MigrationRecord, options: RecordOptions = {}): Promise<MigrationRecord> {
    const written = { ...record, term: this.#lease.term };
    const records = new Map(this.#records).set(record.id, written);
    await this.#lease.write(
      [{ kind: "upsert", document: recordToDocument(written) }, ...(options.operations ?? [])],
      { payload: this.#payload([...records.values()], options.intent) },
    );
    this.#records.set(record.id, written);
    return written;
  }

  /**
   * Writes records together, at most 90; durable when it resolves.
   *
   * @throws {LeaseLostError} when the lease is gone; then none was written
   */
  async putAll(
    records: readonly MigrationRecord[],
    options: Pick<RecordOptions, "intent"> = {},
  ): Promise<void> {
    const written = records.map((record) => ({ ...record, term: this.#lease.term }));
    const all = new Map(this.#records);
    for (const record of written) all.set(record.id, record);
    await this.#lease.write(
      written.map((record) => ({ kind: "upsert", document: recordToDocument(record) })),
      { payload: this.#payload([...all.values()], options.intent) },
    );
    for (const record of written) this.#records.set(record.id, record);
  }

  /** Writes other documents of the ledger; durable when it resolves. @throws {LeaseLostError} */
  async write(operations: readonly LedgerOperation[]): Promise<void> {
    for (let start = 0; start < operations.length; start += BATCH_SIZE) {
      await this.#lease.write(operations.slice(start, start + BATCH_SIZE));
    }
  }

  #payload(records: readonly MigrationRecord[], intent: Intent | null | undefined): LeasePayload {
    const { payload } = this.#lease;
    return {
      sequence: Math.max(payload.sequence, ...records.map((record) => record.sequence)),
      digest: digestToJson(digestOf(records)),
      intent: intent === undefined ? payload.intent : intent && intentToJson(intent),
    };
  }
}
