import type { Clock } from "../../../lib/base/clock.ts";
import { CosmosError } from "../../../lib/base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../lib/base/json.ts";
import { RuBudget } from "../../../lib/bulk/ru_budget.ts";
import type {
  ContainerProperties,
  CosmosContainer,
  CosmosDatabase,
  DocumentWrite,
  Page,
  PartitionKey,
  PartitionKeyRange,
  StoredDocument,
  WriteResult,
} from "../../../lib/cosmos/port.ts";
import type { StepContext } from "../../../lib/operations/handler.ts";

const RANGES: readonly PartitionKeyRange[] = [
  { id: "0", minInclusive: "", maxExclusive: "80", parents: [] },
  { id: "1", minInclusive: "80", maxExclusive: "FF", parents: [] },
];

/** The process died. */
export class Crash extends Error {}

interface MemoryContainer {
  rid: string;
  etag: string;
  definition: JsonObject;
  readonly documents: Map<string, StoredDocument>;
}

/** Says what happens at a call: nothing, or a throw before or after it takes effect. */
export type CallHook = (call: string, phase: "before" | "after") => void;

/** A database in memory: the port as far as handlers of single containers and documents need it. */
export class MemoryDatabase implements CosmosDatabase {
  readonly id = "shop";
  readonly #containers = new Map<string, MemoryContainer>();
  #counter = 0;
  onCall: CallHook = () => {};
  readonly throughput = { read: unexpected, replace: unexpected };
  readonly changeFeed = unexpected;
  readonly scripts = unexpected;

  container(id: string): CosmosContainer {
    const within = <Value>(call: string, effect: (container: MemoryContainer) => Value) =>
      this.call(`${call} ${id}`, () => effect(this.#require(id)));
    return {
      id,
      properties: () => within("properties", propertiesOf),
      ranges: () => within("ranges", () => RANGES),
      query: ({ range }) => within("query", (container) => pageOf(container, range)),
      write: (range, writes) =>
        within("write", (container) => writes.map((write) => this.#write(container, { range, write }))),
      read: (documentId, { partitionKey }) =>
        within("read", ({ documents }) => documents.get(keyOf(documentId, partitionKey))),
      rangeOf: (partitionKey) => Promise.resolve(rangeFor(partitionKey)),
    };
  }

  containers(): Promise<readonly ContainerProperties[]> {
    return this.call("containers", () => [...this.#containers.values()].map(propertiesOf));
  }

  createContainer(definition: JsonObject): Promise<ContainerProperties> {
    return this.call("createContainer", () => {
      const id = String(definition["id"]);
      if (this.#containers.has(id)) throw failure(409);
      const [rid, etag] = [`rid-${++this.#counter}`, `etag-${++this.#counter}`];
      const container = { rid, etag, definition: { ...definition, _etag: etag }, documents: new Map() };
      this.#containers.set(id, container);
      return propertiesOf(container);
    });
  }

  replaceContainer(
    definition: JsonObject,
    { ifMatch }: { readonly ifMatch: string },
  ): Promise<ContainerProperties> {
    return this.call("replaceContainer", () => {
      const container = this.#require(String(definition["id"]));
      if (container.etag !== ifMatch) throw failure(412);
      container.etag = `etag-${++this.#counter}`;
      container.definition = { ...definition, _etag: container.etag };
      return propertiesOf(container);
    });
  }

  deleteContainer(rid: string): Promise<void> {
    return this.call("deleteContainer", () => {
      for (const [id, container] of this.#containers) if (container.rid === rid) this.#containers.delete(id);
    });
  }

  async call<Value>(name: string, effect: () => Value): Promise<Value> {
    await Promise.resolve();
    this.onCall(name, "before");
    const value = effect();
    this.onCall(name, "after");
    return value;
  }

  /** Puts a container there, as somebody else would. */
  plant(definition: JsonObject, documents: readonly JsonObject[] = []): void {
    const [rid, etag] = [`rid-${++this.#counter}`, `etag-${++this.#counter}`];
    const container: MemoryContainer = {
      rid,
      etag,
      definition: { ...definition, _etag: etag },
      documents: new Map(),
    };
    this.#containers.set(String(definition["id"]), container);
    for (const document of documents) this.put(String(definition["id"]), document);
  }

  /** Writes a document, as the live application would. */
  put(id: string, document: JsonObject): void {
    const { documents, definition } = this.#require(id);
    documents.set(
      keyOf(String(document["id"]), partitionKeyOf(document, definition)),
      this.#stored(document),
    );
  }

  /** Settings and documents without what the service adds. */
  snapshot(): JsonObject {
    return Object.fromEntries(
      [...this.#containers].sort().map(([id, { definition, documents }]) => [id, {
        definition: own(definition),
        documents: [...documents.values()].map(own).sort((left, right) =>
          JSON.stringify(left) < JSON.stringify(right) ? -1 : 1
        ),
      }]),
    );
  }

  etagOf(id: string, documentId: string): string | undefined {
    return [...this.#require(id).documents.values()].find((document) => document.id === documentId)?._etag;
  }

  #require(id: string): MemoryContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw failure(404);
    return container;
  }

  #stored(document: JsonObject): StoredDocument {
    return { ...document, id: String(document["id"]), _etag: `etag-${++this.#counter}`, _ts: 1 };
  }

  #write(
    { documents, definition }: MemoryContainer,
    { range, write }: { readonly range: PartitionKeyRange; readonly write: DocumentWrite },
  ): WriteResult {
    const id = "document" in write ? String(write.document["id"]) : write.id;
    const key = keyOf(id, write.partitionKey);
    const found = documents.get(key);
    if (rangeFor(write.partitionKey).id !== range.id) throw new Error("A write was sent to the wrong range");
    if (write.kind === "create" && found !== undefined) return result(409);
    if (write.kind === "create" && breaksUniqueKey(write.document, { definition, documents })) {
      return result(409);
    }
    if ("ifMatch" in write) {
      if (found === undefined) return result(404);
      if (found._etag !== write.ifMatch) return result(412);
    }
    if (write.kind === "delete") {
      documents.delete(key);
      return result(204);
    }
    documents.set(key, this.#stored(write.kind === "patch" ? found ?? {} : write.document));
    return result(200);
  }
}

/** The context of a step whose captures survive the process. */
export class StepMemory {
  captured: JsonValue | undefined;
  readonly captures: JsonValue[] = [];
  readonly once = new Map<string, JsonValue | undefined>();
  readonly logged: string[] = [];
  nowMs = 0;

  constructor(readonly database: MemoryDatabase) {}

  context(overrides: Partial<StepContext> = {}): StepContext {
    const { database } = this;
    const clock: Clock = {
      monotonicMs: () => this.nowMs,
      wallMs: () => this.nowMs,
      schedule: (callback, delayMs) => {
        queueMicrotask(() => {
          this.nowMs += delayMs;
          callback();
        });
        return () => {};
      },
    };
    const settings = {
      ruPerSecond: undefined,
      concurrency: 4,
      pageSize: 100,
      maxFailures: 10,
      patienceMs: 5_000,
      ...overrides.settings,
    };
    return {
      database,
      clock,
      signal: new AbortController().signal,
      random: () => 0.5,
      migrationId: "20240101_000001",
      cycle: 1,
      direction: "up",
      settings,
      budget: new RuBudget({ clock, settings }),
      checkpoints: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
      captured: this.captured,
      capture: (value) =>
        database.call("capture", () => {
          this.captured = value;
          this.captures.push(value);
        }),
      settle: () => Promise.resolve(),
      once: async (name, action) => {
        if (!this.once.has(name)) this.once.set(name, await action() ?? undefined);
        return this.once.get(name);
      },
      progress: () => {},
      log: (message) => void this.logged.push(message),
      sdkDatabase: () => ({ id: database.id }),
      ...overrides,
    };
  }
}

/** An answer that is an error. */
export function failure(status: number, retryable = false): CosmosError {
  return new CosmosError(`Cosmos DB answered ${status}`, {
    status,
    operation: "test",
    retryable,
    ambiguous: false,
  });
}

/** What this database does not have; such operations are tested on the embedded one. */
function unexpected(): never {
  throw new Error("This database has documents and settings only");
}

function propertiesOf({ rid, etag, definition }: MemoryContainer): ContainerProperties {
  return { id: String(definition["id"]), rid, etag, partitionKeyPaths: pathsOf(definition), definition };
}

function pathsOf({ partitionKey }: JsonObject): readonly string[] {
  const paths = isJsonObject(partitionKey) ? partitionKey["paths"] : [];
  return Array.isArray(paths) ? paths.map(String) : [];
}

function partitionKeyOf(document: JsonObject, definition: JsonObject): PartitionKey {
  return pathsOf(definition).map((path) => document[path.slice(1)] as string);
}

function keyOf(id: string, partitionKey: PartitionKey): string {
  return JSON.stringify([id, partitionKey]);
}

function rangeFor(partitionKey: PartitionKey): PartitionKeyRange {
  const index = [...JSON.stringify(partitionKey)].reduce((sum, char) => sum + char.charCodeAt(0), 0) % 2;
  return RANGES[index] as PartitionKeyRange;
}

function pageOf({ documents }: MemoryContainer, range: PartitionKeyRange): Page {
  const rows = range.id === "1" ? [...documents.values()].slice(0, 1) : [];
  return { rows, continuation: undefined, charge: 1 };
}

function breaksUniqueKey(
  document: JsonObject,
  { definition, documents }: Pick<MemoryContainer, "definition" | "documents">,
): boolean {
  if (definition["uniqueKeyPolicy"] === undefined) return false;
  return [...documents.values()].some(({ email }) => email === document["email"]);
}

function own(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !name.startsWith("_")));
}

function result(status: number): WriteResult {
  return { status, substatus: 0, etag: undefined, charge: 5, retryAfterMs: undefined, message: undefined };
}
