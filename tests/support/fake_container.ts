import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Clock, sleep } from "../../lib/base/clock.ts";
import { CosmosError } from "../../lib/base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/base/json.ts";
import { parsePartitionKeyPaths, partitionKeyOf } from "../../lib/bulk/document_key.ts";
import type {
  ContainerProperties,
  CosmosContainer,
  CosmosDatabase,
  DocumentWrite,
  Page,
  PartitionKey,
  PartitionKeyRange,
  PatchOperation,
  RangeQuery,
  StoredDocument,
  WriteResult,
} from "../../lib/cosmos/port.ts";
import { parsePlainPath } from "../../lib/definition/path.ts";
import { compileQuery, executeQuery } from "../../lib/sql/mod.ts";

/** A request, before it is executed. */
export type FakeRequest =
  | { readonly kind: "query"; readonly request: RangeQuery }
  | { readonly kind: "write"; readonly range: PartitionKeyRange; readonly writes: readonly DocumentWrite[] }
  | { readonly kind: "read"; readonly id: string };

/** What happens to a request instead of its answer. */
export type FakeFault =
  | { readonly kind: "refused"; readonly status: number; readonly retryAfterMs?: number }
  /** Executed, and the answer is lost. */
  | { readonly kind: "lost" }
  /** Some of the writes are refused with a status of their own; the others are executed. */
  | {
    readonly kind: "items";
    readonly status: number;
    readonly retryAfterMs?: number;
    refuses(index: number): boolean;
  };

export interface FakeContainerOptions {
  readonly clock: Clock;
  readonly id?: string;
  readonly rid?: string;
  readonly partitionKeyPaths?: readonly string[];
  readonly ranges?: number;
  readonly latencyMs?: number;
  readonly definition?: JsonObject;
  /**
   * Whether its properties say how many documents it has.
   *
   * @default {false}
   */
  readonly saysCount?: boolean;
  /** Request units that each range serves a second; more is refused with 429 until the second is over. */
  readonly ruPerSecondPerRange?: number;
}

interface Stored {
  readonly epk: string;
  readonly order: number;
  readonly document: StoredDocument;
}

export const READ_RU = 1;
export const WRITE_RU = 10;
const SPACE = 0x4000;

/** A container in memory with physical ranges, ETags and faults. Its continuations are valid for the range and bounds that gave them, and nowhere else. */
export class FakeContainer implements CosmosContainer {
  readonly id: string;
  rid: string;
  /** Decides about each request; no fault when it returns `undefined`. */
  fault: (request: FakeRequest) => FakeFault | undefined = () => undefined;
  /** Called before a request is executed, in its place in time. */
  before: (request: FakeRequest) => void = () => {};
  /** How often each document was written through the port, by id. */
  readonly writesById = new Map<string, number>();
  /** Range ids of the queries that were executed. */
  readonly queriedRanges: string[] = [];
  readonly charges: { readonly atMs: number; readonly charge: number }[] = [];
  requests = 0;
  throttled = 0;
  readonly #options: FakeContainerOptions;
  readonly #paths;
  readonly #documents = new Map<string, Stored>();
  readonly #windows = new Map<string, { startMs: number; spent: number }>();
  #ranges: PartitionKeyRange[];
  #nextRange: number;
  #counter = 0;

  constructor(options: FakeContainerOptions) {
    this.#options = options;
    this.id = options.id ?? "Users";
    this.rid = options.rid ?? "rid-1";
    this.#paths = parsePartitionKeyPaths(options.partitionKeyPaths ?? ["/id"]);
    const count = options.ranges ?? 1;
    this.#nextRange = count;
    this.#ranges = Array.from({ length: count }, (_, index) => ({
      id: String(index),
      minInclusive: index === 0 ? "" : hex(SPACE * index / count),
      maxExclusive: index === count - 1 ? "FF" : hex(SPACE * (index + 1) / count),
      parents: [],
    }));
  }

  // --- what a test does behind the back of the pass

  put(document: JsonObject & { readonly id: string }): StoredDocument {
    const key = partitionKeyOf(document, this.#paths);
    const name = nameOf(document.id, key);
    const known = this.#documents.get(name);
    const stored = {
      epk: epkOf(key),
      order: known?.order ?? ++this.#counter,
      document: {
        ...withoutSystem(document),
        id: document.id,
        _rid: known?.document["_rid"] ?? `rid-${this.#counter}`,
        _self: "self",
        _etag: `"${++this.#counter}"`,
        _attachments: "attachments/",
        _ts: Math.floor(this.#options.clock.wallMs() / 1_000),
      } as StoredDocument,
    };
    this.#documents.set(name, stored);
    return stored.document;
  }

  remove(id: string, partitionKey: PartitionKey = [id]): void {
    this.#documents.delete(nameOf(id, partitionKey));
  }

  /** All documents, without what the service sets, by id. */
  contents(): JsonObject[] {
    return [...this.#documents.values()].map(({ document }) => withoutSystem(document))
      .sort((left, right) => JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);
  }

  document(id: string): JsonObject | undefined {
    return [...this.#documents.values()].find(({ document }) => document.id === id)?.document;
  }

  rangeIds(): string[] {
    return this.#ranges.map(({ id }) => id);
  }

  split(id = this.#ranges[0]!.id): void {
    const range = this.#ranges.find((candidate) => candidate.id === id)!;
    const [low, high] = [position(range.minInclusive), position(range.maxExclusive)];
    const middle = hex((low + high) / 2);
    if (middle === range.minInclusive || middle === hex(low)) return;
    this.#replace([range], [
      { minInclusive: range.minInclusive, maxExclusive: middle },
      { minInclusive: middle, maxExclusive: range.maxExclusive },
    ]);
  }

  /** Makes one range of the first two. */
  merge(): void {
    const [left, right] = this.#ranges;
    if (left === undefined || right === undefined) return;
    this.#replace([left, right], [{
      minInclusive: left.minInclusive,
      maxExclusive: right.maxExclusive,
    }]);
  }

  #replace(
    old: readonly PartitionKeyRange[],
    bounds: readonly { readonly minInclusive: string; readonly maxExclusive: string }[],
  ): void {
    const parents = old.map(({ id }) => id);
    const made = bounds.map((bound) => ({ id: String(this.#nextRange++), ...bound, parents }));
    this.#ranges = [...this.#ranges.filter((range) => !old.includes(range)), ...made]
      .sort((left, right) => left.minInclusive < right.minInclusive ? -1 : 1);
  }

  // --- the port

  properties(): Promise<ContainerProperties> {
    return Promise.resolve({
      id: this.id,
      rid: this.rid,
      etag: '"c"',
      partitionKeyPaths: this.#options.partitionKeyPaths ?? ["/id"],
      definition: this.#options.definition ?? { id: this.id, partitionKey: { version: 2 } },
      ...(this.#options.saysCount ? { documentCount: this.#documents.size } : {}),
    });
  }

  ranges(): Promise<readonly PartitionKeyRange[]> {
    return Promise.resolve([...this.#ranges]);
  }

  async query(request: RangeQuery): Promise<Page> {
    const fault = await this.#arrive({ kind: "query", request }, request.signal);
    const { range, bounds = range, continuation, maxItems } = request;
    this.#admit(range);
    this.queriedRanges.push(range.id);
    const place = `${range.id} ${bounds.minInclusive}-${bounds.maxExclusive} `;
    if (continuation !== undefined) {
      assert.ok(continuation.startsWith(place), "a continuation is used where it was given");
    }
    const after = Number(continuation?.slice(place.length) ?? 0);
    const candidates = [...this.#documents.values()]
      .filter(({ epk, order }) => order > after && bounds.minInclusive <= epk && epk < bounds.maxExclusive)
      .sort((left, right) => left.order - right.order);
    const compiled = compileQuery(request.query);
    const { parameters } = request;
    if (!compiled.shape.streaming) {
      const documents = candidates.map(({ document }) => document);
      const rows = executeQuery(compiled, documents, { parameters }) as unknown as readonly JsonObject[];
      return { rows, continuation: undefined, charge: READ_RU };
    }
    const bound = compiled.bind({ parameters });
    const rows: JsonObject[] = [];
    let last: number | undefined;
    for (const { document, order } of candidates) {
      const found = bound.rows(document).filter(isJsonObject);
      if (rows.length + found.length > maxItems) {
        last = order - 0.5;
        break;
      }
      rows.push(...found);
    }
    const charge = Math.max(1, rows.length) * READ_RU;
    this.#spend(range, charge);
    if (fault?.kind === "lost") throw cosmosError(0);
    return { rows, continuation: last === undefined ? undefined : `${place}${last}`, charge };
  }

  async write(
    range: PartitionKeyRange,
    writes: readonly DocumentWrite[],
  ): Promise<readonly WriteResult[]> {
    assert.ok(writes.length > 0 && writes.length <= 100, "a request has 1 to 100 writes");
    const fault = await this.#arrive({ kind: "write", range, writes }, undefined);
    this.#admit(range);
    const results = writes.map((write, index): WriteResult => {
      if (fault?.kind === "items" && fault.refuses(index)) {
        return resultOf(fault.status, { retryAfterMs: fault.retryAfterMs });
      }
      return this.#write(range, write);
    });
    this.#spend(range, results.reduce((sum, { charge }) => sum + charge, 0));
    return fault?.kind === "lost" ? results.map(() => resultOf(0)) : results;
  }

  async read(
    id: string,
    { partitionKey, signal }: {
      readonly partitionKey: PartitionKey;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<StoredDocument | undefined> {
    const fault = await this.#arrive({ kind: "read", id }, signal);
    if (fault?.kind === "lost") throw cosmosError(0);
    return this.#documents.get(nameOf(id, partitionKey))?.document;
  }

  rangeOf(partitionKey: PartitionKey, ranges: readonly PartitionKeyRange[]): Promise<PartitionKeyRange> {
    const epk = epkOf(partitionKey);
    const range = ranges.find(({ minInclusive, maxExclusive }) => minInclusive <= epk && epk < maxExclusive);
    assert.ok(range);
    return Promise.resolve(range);
  }

  async #arrive(request: FakeRequest, signal: AbortSignal | undefined): Promise<FakeFault | undefined> {
    this.requests++;
    if (this.#options.latencyMs !== undefined) {
      await sleep(this.#options.clock, { ms: this.#options.latencyMs, signal });
    }
    this.before(request);
    const fault = this.fault(request);
    if (fault?.kind === "refused") {
      if (fault.status === 429) this.throttled++;
      throw cosmosError(fault.status, fault.retryAfterMs);
    }
    return fault;
  }

  #admit(range: PartitionKeyRange): void {
    if (!this.#ranges.some(({ id }) => id === range.id)) throw cosmosError(410);
    const limit = this.#options.ruPerSecondPerRange;
    const window = this.#windows.get(range.id);
    if (limit === undefined || window === undefined) return;
    const leftMs = window.startMs + 1_000 - this.#options.clock.monotonicMs();
    if (leftMs <= 0 || window.spent < limit) return;
    this.throttled++;
    throw cosmosError(429, leftMs);
  }

  #spend(range: PartitionKeyRange, charge: number): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.charges.push({ atMs: nowMs, charge });
    const window = this.#windows.get(range.id);
    if (window === undefined || nowMs >= window.startMs + 1_000) {
      this.#windows.set(range.id, { startMs: nowMs, spent: charge });
    } else window.spent += charge;
  }

  #write(range: PartitionKeyRange, write: DocumentWrite): WriteResult {
    assert.ok(
      write.kind === "replace" || write.kind === "patch" || write.kind === "create",
      "nothing is deleted or upserted",
    );
    const id = write.kind === "create" ? String(write.document["id"]) : write.id;
    const name = nameOf(id, write.partitionKey);
    const epk = epkOf(write.partitionKey);
    assert.ok(
      range.minInclusive <= epk && epk < range.maxExclusive,
      "a write goes to the range of its document",
    );
    const stored = this.#documents.get(name);
    if (write.kind === "create") {
      if (stored !== undefined) return resultOf(409, { charge: 1 });
      this.put({ ...write.document, id });
      return resultOf(201, { charge: WRITE_RU });
    }
    if (stored === undefined) return resultOf(404, { charge: 1 });
    if (stored.document._etag !== write.ifMatch) return resultOf(412, { charge: 1 });
    const next = write.kind === "replace" ? write.document : patched(stored.document, write.operations);
    if (write.kind === "replace") {
      for (const name of ["_rid", "_self", "_etag", "_ts", "_attachments", "_lsn"]) {
        assert.ok(!(name in next), `"${name}" is not written back`);
      }
    }
    assert.equal(next["id"], write.id);
    this.writesById.set(write.id, (this.writesById.get(write.id) ?? 0) + 1);
    this.put({ ...next, id: write.id });
    return resultOf(200, { charge: WRITE_RU });
  }
}

/** A database of fake containers. */
export function fakeDatabase(...containers: readonly FakeContainer[]): CosmosDatabase {
  const unexpected = () => {
    throw new Error("A pass does not touch containers");
  };
  return {
    id: "db",
    container: (id) =>
      containers.find((container) => container.id === id) ?? assert.fail(`no container ${id}`),
    containers: () => Promise.all(containers.map((container) => container.properties())),
    createContainer: unexpected,
    replaceContainer: unexpected,
    deleteContainer: unexpected,
    throughput: { read: unexpected, replace: unexpected },
    changeFeed: unexpected,
    scripts: unexpected,
  };
}

export function cosmosError(status: number, retryAfterMs?: number): CosmosError {
  const retryable = [0, 408, 410, 429, 449, 500, 502, 503].includes(status);
  return new CosmosError(`Cosmos DB answered ${status}`, {
    status,
    operation: "a request",
    retryAfterMs,
    retryable,
    ambiguous: status === 0 || status === 408 || status >= 500,
  });
}

function resultOf(
  status: number,
  options: { retryAfterMs?: number | undefined; charge?: number } = {},
): WriteResult {
  const { retryAfterMs, charge = 0 } = options;
  return { status, substatus: 0, etag: undefined, charge, retryAfterMs, message: `status ${status}` };
}

function patched(document: JsonObject, operations: readonly PatchOperation[]): JsonObject {
  assert.ok(operations.length > 0 && operations.length <= 10, "a patch has 1 to 10 operations");
  return operations.reduce<JsonObject>((current, operation) => {
    assert.ok(operation.op !== "incr");
    const value = operation.op === "remove" ? undefined : operation.value;
    return putAt(current, parsePlainPath(operation.path), value) as JsonObject;
  }, document);
}

function putAt(
  value: JsonValue | undefined,
  path: readonly string[],
  next: JsonValue | undefined,
): JsonValue {
  const [name, ...rest] = path;
  assert.ok(name !== undefined && isJsonObject(value), "a patch operation leads to an existing object");
  const { [name]: inner, ...others } = value;
  if (rest.length > 0) return { ...value, [name]: putAt(inner, rest, next) };
  if (next === undefined) {
    assert.notEqual(inner, undefined, "a patch removes what is there");
    return others;
  }
  return { ...others, [name]: next };
}

function withoutSystem(document: JsonObject): JsonObject {
  const { _rid, _self, _etag, _ts, _attachments, ...own } = document;
  return own;
}

function nameOf(id: string, partitionKey: PartitionKey): string {
  return JSON.stringify([id, partitionKey.map((value) => value === undefined ? {} : value)]);
}

function epkOf(partitionKey: PartitionKey): string {
  const text = JSON.stringify(partitionKey.map((value) => value === undefined ? {} : value));
  const hash = createHash("sha256").update(text).digest();
  return hex(hash.readUInt16BE(0) % SPACE) + hash.subarray(2, 6).toString("hex").toUpperCase();
}

function position(bound: string): number {
  return bound === "" ? 0 : bound === "FF" ? SPACE : Number.parseInt(bound.slice(0, 4), 16);
}

function hex(value: number): string {
  return Math.floor(value).toString(16).toUpperCase().padStart(4, "0");
}
