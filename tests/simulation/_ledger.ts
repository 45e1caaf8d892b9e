import type { JsonObject } from "../../lib/base/json.ts";
import type {
  LedgerOperation,
  LedgerRead,
  LedgerReply,
  LedgerRequestOptions,
  LedgerStore,
  StoredDocument,
} from "../../lib/cosmos/port.ts";
import type { Network, Outcome } from "./_network.ts";
import type { Partition } from "./_partition.ts";
import type { SimulatedProcess } from "./_process.ts";
import type { SeededRandom } from "./_random.ts";
import type { Subject } from "./_subject.ts";

/** What a client of the ledger is made of. */
export interface LedgerOptions {
  readonly network: Network;
  readonly partition: Partition;
  readonly process: SimulatedProcess;
  readonly random: SeededRandom;
  readonly subject: Subject;
  readonly requestTimeoutMs: number;
  /** Whether the account gives sessions: a client then reads its own writes and what it has seen before. */
  readonly consistency: "session" | "eventual";
}

/** The ledger as one process reaches it. */
export class SimulatedLedger implements LedgerStore {
  readonly #options: LedgerOptions;
  /** The session token: the newest transaction that this client knows of. */
  #seenLsn = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  read(id: string, options: LedgerRequestOptions = {}): Promise<LedgerReply<LedgerRead>> {
    return this.#read(`reads ${id}`, options, (lsn): LedgerReply<LedgerRead> => {
      const { partition } = this.#options;
      const document = partition.at(id, lsn);
      if (document === undefined) return { kind: "not-found" };
      return { kind: "ok", value: { document, serverTimeMs: partition.gatewayTimeMs() }, charge: 1 };
    });
  }

  list(prefix: string, options: LedgerRequestOptions = {}): Promise<LedgerReply<readonly StoredDocument[]>> {
    return this.#read(`lists ${prefix}`, options, (lsn): LedgerReply<readonly StoredDocument[]> => ({
      kind: "ok",
      value: this.#options.partition.list(prefix, lsn),
      charge: 3,
    }));
  }

  async create(
    document: JsonObject,
    options: LedgerRequestOptions = {},
  ): Promise<LedgerReply<StoredDocument>> {
    return first(await this.#write([{ kind: "create", document }], options));
  }

  async replace(
    document: JsonObject,
    options: LedgerRequestOptions & { readonly ifMatch: string },
  ): Promise<LedgerReply<StoredDocument>> {
    const { ifMatch } = options;
    return first(await this.#write([{ kind: "replace", document, ifMatch }], options));
  }

  async batch(
    operations: readonly LedgerOperation[],
    options: LedgerRequestOptions = {},
  ): Promise<LedgerReply<readonly string[]>> {
    const reply = await this.#write(operations, options);
    return reply.kind === "ok"
      ? { ...reply, value: reply.value.map((document) => document?._etag ?? "") }
      : reply;
  }

  async #read<Value>(
    what: string,
    options: LedgerRequestOptions,
    read: (lsn: number) => LedgerReply<Value>,
  ): Promise<LedgerReply<Value>> {
    const { network, process, partition, random, consistency, requestTimeoutMs } = this.#options;
    const seenLsn = this.#seenLsn;
    const outcome = await network.exchange(process, {
      ...options,
      timeoutMs: requestTimeoutMs,
      what,
      execute: () => {
        const replicaLsn = partition.lsnOfReplica(random.next() * network.stalenessMs);
        const lsn = consistency === "session" ? Math.max(seenLsn, replicaLsn) : replicaLsn;
        return { lsn, reply: read(lsn) };
      },
    });
    if (outcome.kind !== "answered") return this.#unavailable(what, outcome);
    this.#seenLsn = Math.max(this.#seenLsn, outcome.value.lsn);
    return outcome.value.reply;
  }

  async #write(
    operations: readonly LedgerOperation[],
    options: LedgerRequestOptions,
  ): Promise<LedgerReply<readonly (StoredDocument | undefined)[]>> {
    const { network, process, partition, requestTimeoutMs } = this.#options;
    const what = inWords(operations);
    const outcome = await network.exchange(process, {
      ...options,
      timeoutMs: requestTimeoutMs,
      what,
      execute: () => ({ reply: this.#commit(operations), lsn: partition.lsn }),
    });
    if (outcome.kind === "lost") return { kind: "ambiguous", error: this.#error(what, { ambiguous: true }) };
    if (outcome.kind !== "answered") return this.#unavailable(what, outcome);
    this.#seenLsn = Math.max(this.#seenLsn, outcome.value.lsn);
    return outcome.value.reply;
  }

  #unavailable(
    what: string,
    outcome: Exclude<Outcome<unknown>, { readonly kind: "answered" }>,
  ): LedgerReply<never> {
    const retryAfterMs = outcome.kind === "throttled" ? outcome.retryAfterMs : 0;
    return { kind: "unavailable", error: this.#error(what, { ambiguous: false }), retryAfterMs };
  }

  #error(what: string, { ambiguous }: { readonly ambiguous: boolean }): Error {
    const { CosmosError } = this.#options.subject.errors;
    const failure = { status: 0, operation: what, retryable: true, ambiguous };
    return new CosmosError(`No answer: ${what}`, failure);
  }

  #commit(
    operations: readonly LedgerOperation[],
  ): LedgerReply<readonly (StoredDocument | undefined)[]> {
    const { partition, process } = this.#options;
    const writes = new Map<string, JsonObject | undefined>();
    for (const operation of operations) {
      const id = idOf(operation);
      const existing = partition.current(id);
      if (operation.kind === "create" && existing !== undefined) return { kind: "conflict" };
      if (operation.kind === "replace" || operation.kind === "delete") {
        if (existing === undefined) return { kind: "not-found" };
        if (operation.kind === "replace" && existing._etag !== operation.ifMatch) {
          return { kind: "precondition-failed" };
        }
      }
      writes.set(id, operation.kind === "delete" ? undefined : operation.document);
    }
    const changes = partition.commit(process, writes);
    return { kind: "ok", value: changes.map(({ after }) => after), charge: 10 };
  }
}

function first(
  reply: LedgerReply<readonly (StoredDocument | undefined)[]>,
): LedgerReply<StoredDocument> {
  if (reply.kind !== "ok") return reply;
  const [document] = reply.value;
  if (document === undefined) throw new Error("A write of one document gave none");
  return { ...reply, value: document };
}

function idOf(operation: LedgerOperation): string {
  return operation.kind === "delete" ? operation.id : String(operation.document["id"]);
}

function inWords(operations: readonly LedgerOperation[]): string {
  return operations.map((operation) => {
    const status = operation.kind === "delete" ? undefined : operation.document["status"];
    return `${operation.kind} ${idOf(operation)}${status === undefined ? "" : ` (${status})`}`;
  }).join(" + ");
}
