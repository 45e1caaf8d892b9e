import type { JsonObject } from "../../lib/base/json.ts";
import type { StoredDocument } from "../../lib/cosmos/port.ts";
import { EPOCH_MS, type SimulatedProcess } from "./_process.ts";
import type { SeededRandom } from "./_random.ts";
import type { Timeline } from "./_timeline.ts";

/** One document of a transaction that took effect; `undefined` stands for "not there". */
export interface Change {
  readonly id: string;
  readonly before: StoredDocument | undefined;
  readonly after: StoredDocument | undefined;
}

/** Looks at every transaction as it takes effect. */
export interface PartitionObserver {
  committed(process: SimulatedProcess | undefined, changes: readonly Change[]): void;
}

interface Version {
  readonly lsn: number;
  readonly document: StoredDocument | undefined;
}

/** The ledger's logical partition at the service, with all its past, since replicas may serve it. */
export class Partition {
  readonly #timeline: Timeline;
  readonly #random: SeededRandom;
  readonly #observer: PartitionObserver;
  readonly #clockSkewMs: number;
  readonly #versions = new Map<string, Version[]>();
  /** When each transaction took effect, in order. */
  readonly #commitMs: number[] = [];

  constructor(options: {
    readonly timeline: Timeline;
    readonly random: SeededRandom;
    readonly observer: PartitionObserver;
    readonly clockSkewMs: number;
  }) {
    this.#timeline = options.timeline;
    this.#random = options.random;
    this.#observer = options.observer;
    this.#clockSkewMs = options.clockSkewMs;
  }

  /** The number of the newest transaction. */
  get lsn(): number {
    return this.#commitMs.length;
  }

  /** The newest transaction that a replica must have seen which is `ageMs` behind. */
  lsnOfReplica(ageMs: number): number {
    // What was there at the beginning has reached every replica.
    const visibleMs = Math.max(0, this.#timeline.nowMs - ageMs);
    let lsn = this.lsn;
    while (lsn > 0 && (this.#commitMs[lsn - 1] ?? 0) > visibleMs) lsn--;
    return lsn;
  }

  at(id: string, lsn: number): StoredDocument | undefined {
    return this.#versions.get(id)?.findLast((version) => version.lsn <= lsn)?.document;
  }

  current(id: string): StoredDocument | undefined {
    return this.#versions.get(id)?.at(-1)?.document;
  }

  list(prefix: string, lsn: number): readonly StoredDocument[] {
    return [...this.#versions.keys()].filter((id) => id.startsWith(prefix)).sort()
      .map((id) => this.at(id, lsn)).filter((document) => document !== undefined);
  }

  /** Makes changes take effect together; `undefined` deletes. */
  commit(
    process: SimulatedProcess | undefined,
    writes: ReadonlyMap<string, JsonObject | undefined>,
  ): readonly Change[] {
    this.#commitMs.push(this.#timeline.nowMs);
    const changes = [...writes].map(([id, document], index) => {
      const before = this.current(id);
      const after = document && this.#stamp(id, document, index);
      const versions = this.#versions.get(id) ?? [];
      versions.push({ lsn: this.lsn, document: after });
      this.#versions.set(id, versions);
      return { id, before, after };
    });
    this.#observer.committed(process, changes);
    return changes;
  }

  /** The clock of the gateway that answers. */
  gatewayTimeMs(): number {
    return this.#serverMs();
  }

  #stamp(id: string, document: JsonObject, index: number): StoredDocument {
    const _ts = Math.floor(this.#serverMs() / 1_000);
    return { ...document, id, _etag: `"${this.lsn}-${index}"`, _ts };
  }

  /** Machines of the service differ by a little; together with the fraction of a second that `_ts` lacks this stays below six seconds. */
  #serverMs(): number {
    return EPOCH_MS + this.#clockSkewMs + this.#timeline.nowMs + this.#random.between(-2_400, 2_400);
  }
}
