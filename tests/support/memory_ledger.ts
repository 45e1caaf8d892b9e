import type { Clock } from "../../lib/base/clock.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import type {
  LedgerOperation,
  LedgerRead,
  LedgerReply,
  LedgerRequestOptions,
  LedgerStore,
  StoredDocument,
} from "../../lib/cosmos/port.ts";

/** What happens to one request: its answer is lost after or before it took effect, or the service is busy. */
export type LedgerFault = "lost-after-commit" | "lost-before-commit" | "unavailable";

/** One request as it was seen. */
export interface SeenRequest {
  readonly kind: "read" | "create" | "replace" | "batch" | "list";
  readonly id?: string;
}

/** A ledger in memory with the semantics of one logical partition: ETags that change with every write, atomic conditional batches. */
export class MemoryLedger implements LedgerStore {
  readonly documents = new Map<string, StoredDocument>();
  readonly requests: SeenRequest[] = [];
  /** Asked for each request, in order; the fault is used up. */
  faults: ((request: SeenRequest) => LedgerFault | undefined) | undefined;
  /** Added to what the server believes the time to be. */
  serverOffsetMs = 0;
  /** Ignores conditions, as some emulators do. */
  ignoresConditions = false;
  readonly #clock: Clock;
  #etags = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(id: string, options: LedgerRequestOptions = {}): Promise<LedgerReply<LedgerRead>> {
    return this.#exchange({ kind: "read", id }, options, (): LedgerReply<LedgerRead> => {
      const document = this.documents.get(id);
      if (document === undefined) return { kind: "not-found" };
      return { kind: "ok", value: { document, serverTimeMs: this.#serverMs() }, charge: 1 };
    });
  }

  create(document: JsonObject, options: LedgerRequestOptions = {}): Promise<LedgerReply<StoredDocument>> {
    const id = String(document["id"]);
    return this.#exchange({ kind: "create", id }, options, (): LedgerReply<StoredDocument> => {
      if (this.documents.has(id)) return { kind: "conflict" };
      return { kind: "ok", value: this.#store(document), charge: 5 };
    });
  }

  replace(
    document: JsonObject,
    options: LedgerRequestOptions & { readonly ifMatch: string },
  ): Promise<LedgerReply<StoredDocument>> {
    const id = String(document["id"]);
    return this.#exchange({ kind: "replace", id }, options, (): LedgerReply<StoredDocument> => {
      const failure = this.#check({ kind: "replace", document, ifMatch: options.ifMatch });
      return failure ?? { kind: "ok", value: this.#store(document), charge: 10 };
    });
  }

  batch(
    operations: readonly LedgerOperation[],
    options: LedgerRequestOptions = {},
  ): Promise<LedgerReply<readonly string[]>> {
    return this.#exchange({ kind: "batch" }, options, (): LedgerReply<readonly string[]> => {
      for (const operation of operations) {
        const failure = this.#check(operation);
        if (failure !== undefined) return failure;
      }
      const etags = operations.map((operation) => {
        if (operation.kind !== "delete") return this.#store(operation.document)._etag;
        this.documents.delete(operation.id);
        return "";
      });
      return { kind: "ok", value: etags, charge: 20 };
    });
  }

  list(prefix: string, options: LedgerRequestOptions = {}): Promise<LedgerReply<readonly StoredDocument[]>> {
    return this.#exchange(
      { kind: "list", id: prefix },
      options,
      (): LedgerReply<readonly StoredDocument[]> => ({
        kind: "ok",
        value: [...this.documents.values()].filter(({ id }) => id.startsWith(prefix)),
        charge: 3,
      }),
    );
  }

  #check(operation: LedgerOperation): LedgerReply<never> | undefined {
    if (operation.kind === "upsert") return undefined;
    const id = operation.kind === "delete" ? operation.id : String(operation.document["id"]);
    const existing = this.documents.get(id);
    if (operation.kind === "create") return existing === undefined ? undefined : { kind: "conflict" };
    if (existing === undefined) return { kind: "not-found" };
    if (operation.kind === "replace" && existing._etag !== operation.ifMatch && !this.ignoresConditions) {
      return { kind: "precondition-failed" };
    }
    return undefined;
  }

  #store(document: JsonObject): StoredDocument {
    const stored = {
      ...structuredClone(document),
      id: String(document["id"]),
      _etag: `"${++this.#etags}"`,
      _ts: Math.floor(this.#serverMs() / 1_000),
    };
    this.documents.set(stored.id, stored);
    return stored;
  }

  #serverMs(): number {
    return this.#clock.wallMs() + this.serverOffsetMs;
  }

  async #exchange<Value>(
    request: SeenRequest,
    options: LedgerRequestOptions,
    execute: () => LedgerReply<Value>,
  ): Promise<LedgerReply<Value>> {
    await Promise.resolve();
    options.beforeSend?.();
    this.requests.push(request);
    const fault = this.faults?.(request);
    if (fault === "unavailable") return { kind: "unavailable", error: new Error("busy"), retryAfterMs: 100 };
    const isRead = request.kind === "read" || request.kind === "list";
    if (fault !== undefined) {
      if (fault === "lost-after-commit" && !isRead) execute();
      const error = new Error("connection lost");
      return isRead ? { kind: "unavailable", error, retryAfterMs: 0 } : { kind: "ambiguous", error };
    }
    return execute();
  }
}
