import type { RunEvent } from "../../../lib/base/events.ts";
import type { CosmosConnection } from "../../../lib/cosmos/port.ts";
import {
  type MigrationRecord,
  recordFromDocument,
  recordToDocument,
} from "../../../lib/definition/record.ts";
import type { RegistryEntry } from "../../../lib/definition/registry.ts";
import { digestOf, digestToJson } from "../../../lib/history/digest.ts";
import { LEASE_FORMAT, type LeaseState, leaseToDocument } from "../../../lib/lock/lease_document.ts";
import { leaseTimings } from "../../../lib/lock/timings.ts";
import type { RunContext } from "../../../lib/runner/context.ts";
import { fakeDatabase } from "../../support/fake_container.ts";
import { MemoryLedger } from "../../support/memory_ledger.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

/** A ledger in memory with records and a lease, and a process that looks at it. */
export class LedgerFixture {
  readonly clock = new VirtualClock();
  readonly ledger = new MemoryLedger(this.clock);
  readonly events: RunEvent[] = [];
  #nonces = 0;

  /** Writes records, and the lease as their writer would have left it. */
  async plant(records: readonly MigrationRecord[], lease: Partial<LeaseState> = {}): Promise<void> {
    for (const record of records) await this.#write(recordToDocument(record));
    const sequence = Math.max(0, ...records.map((record) => record.sequence));
    await this.#write(leaseToDocument({
      format: LEASE_FORMAT,
      nonce: "nonce-of-the-one-before",
      term: 1,
      revision: 3,
      holder: null,
      durationMs: 30_000,
      renewedAt: "2024-01-01T00:00:00.000Z",
      unsettled: false,
      provisional: false,
      fenceProven: true,
      region: "West Europe",
      payload: { sequence, digest: digestToJson(digestOf(records)), intent: null },
      unknown: {},
      ...lease,
    }));
    this.ledger.requests.length = 0;
  }

  context(registry: readonly RegistryEntry[], overrides: Partial<RunContext> = {}): RunContext {
    return {
      connection: this.#connection(),
      registry,
      clock: this.clock,
      random: () => 0.5,
      newNonce: () => `nonce-${++this.#nonces}`,
      signal: new AbortController().signal,
      patienceMs: 10_000,
      timings: leaseTimings(),
      holder: {
        host: "pod-9",
        pid: 9,
        version: "test",
        command: "repair",
        since: "2024-01-01T00:00:00.000Z",
      },
      lockTimeoutMs: 600_000,
      maxAttempts: 5,
      settings: { ruPerSecond: undefined, concurrency: 1, pageSize: 10, maxFailures: 10, patienceMs: 10_000 },
      unsafeNoFence: false,
      redact: (text) => text,
      emit: (event) => this.events.push(event),
      ...overrides,
    };
  }

  record(id: string): MigrationRecord | undefined {
    const document = this.ledger.documents.get(`migration:${id}`);
    return document && recordFromDocument(document);
  }

  /** Writes that took place, the reads left out. */
  get writes(): number {
    return this.ledger.requests.filter(({ kind }) => kind !== "read" && kind !== "list").length;
  }

  async #write(document: Parameters<MemoryLedger["create"]>[0]): Promise<void> {
    await this.ledger.batch([{ kind: "upsert", document }]);
  }

  #connection(): CosmosConnection {
    const unused = (): never => {
      throw new Error("The test did not expect this");
    };
    const { ledger } = this;
    return {
      endpoint: "memory",
      account: { writeRegion: "West Europe", defaultConsistency: "Session", multipleWriteLocations: false },
      ledger,
      ledgerContainerId: "__migrations",
      scope: "default",
      ledgerContainer: unused,
      createLedgerContainer: unused,
      database: fakeDatabase(),
      sdkDatabase: unused,
      setWriteGate: () => {},
      unanswered: 0,
      // A request costs one here; what matters is that it is counted.
      spent: () => ({ requests: ledger.requests.length, charge: ledger.requests.length, throttled: 0 }),
      close: () => {},
    };
  }
}
