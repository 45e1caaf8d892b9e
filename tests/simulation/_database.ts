import type { JsonObject } from "../../lib/base/json.ts";
import type {
  ContainerProperties,
  CosmosContainer,
  CosmosDatabase,
  DocumentWrite,
  Page,
  PartitionKey,
  PartitionKeyRange,
  RangeQuery,
  RequestOptions,
  StoredDocument,
  WriteResult,
} from "../../lib/cosmos/port.ts";
import type { ConnectionOptions, SimulatedGuard } from "./_connection.ts";
import type { ServerContainer } from "./_service.ts";

/** What a database is made of. */
export interface DatabaseOptions extends ConnectionOptions {
  readonly guard: SimulatedGuard;
}

interface Request<Value> {
  readonly what: string;
  readonly isWrite: boolean;
  /** A write that takes effect whatever has happened since it was sent. */
  readonly isUnconditional?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly execute: () => Value;
  /** The status of a value that stands for a refusal. */
  readonly refusal?: (value: Value) => number | undefined;
}

/** The physical partitions of every container; ids that end in an even digit are in the first. */
const RANGES: readonly PartitionKeyRange[] = [
  { id: "0", minInclusive: "", maxExclusive: "20", parents: [] },
  { id: "1", minInclusive: "20", maxExclusive: "FF", parents: [] },
];
const PATIENCE_MS = 10_000;

/** How requests outside the ledger are sent: once, or as often as is worth it. */
class Sender {
  readonly #options: DatabaseOptions;

  constructor(options: DatabaseOptions) {
    this.#options = options;
  }

  async once<Value>(request: Request<Value>): Promise<Value> {
    const { what, isWrite, isUnconditional, signal, execute, refusal } = request;
    const { network, process, guard, requestTimeoutMs } = this.#options;
    const outcome = await network.exchange(process, {
      what,
      signal,
      isUnconditional,
      isWrite,
      timeoutMs: requestTimeoutMs,
      beforeSend: () => isWrite && guard.check(),
      onSent: () => isWrite && guard.unanswered++,
      execute,
    });
    if (isWrite && (outcome.kind === "answered" || outcome.kind === "throttled")) guard.unanswered--;
    switch (outcome.kind) {
      case "answered": {
        const status = refusal?.(outcome.value);
        if (status !== undefined) throw this.error(status, { what });
        return outcome.value;
      }
      case "throttled":
        throw this.error(429, { what, retryAfterMs: outcome.retryAfterMs });
      case "lost":
        if (outcome.cause === "aborted") throw signal?.reason;
        throw this.error(0, { what, ambiguous: isWrite });
      case "undelivered":
        throw signal?.reason;
    }
  }

  /** @param recognise decides about a refusal that may be the echo of our own success, after an attempt without an answer */
  async patiently<Value>(
    request: Request<Value>,
    recognise?: () => Promise<Value | undefined>,
  ): Promise<Value> {
    const { subject, process, random } = this.#options;
    const { CosmosError } = subject.errors;
    let inDoubt = false;
    return await subject.retry.retry(async () => {
      try {
        return await this.once(request);
      } catch (error) {
        if (!(error instanceof CosmosError)) throw error;
        const known = inDoubt && !error.failure.retryable ? await recognise?.() : undefined;
        inDoubt ||= error.failure.ambiguous;
        if (known === undefined) throw error;
        return known;
      }
    }, {
      clock: process,
      patienceMs: PATIENCE_MS,
      signal: request.signal,
      strategy: subject.retry.exponentialBackoff({
        random,
        isTemporary: (error) => error instanceof CosmosError && error.failure.retryable,
      }),
    });
  }

  error(
    status: number,
    { what, ambiguous = false, retryAfterMs }: {
      readonly what: string;
      readonly ambiguous?: boolean;
      readonly retryAfterMs?: number;
    },
  ): Error {
    return new this.#options.subject.errors.CosmosError(`Cannot ${what}: ${status}`, {
      status,
      operation: what,
      retryable: status === 0 || status === 429,
      ambiguous,
      retryAfterMs,
    }, { details: status === 404 ? { missing: "container" } : {} });
  }
}

/** The database as one process reaches it. */
export class SimulatedDatabase implements CosmosDatabase {
  readonly id = "simulated";
  readonly throughput = { read: notSimulated, replace: notSimulated };
  readonly changeFeed = notSimulated;
  readonly scripts = notSimulated;
  readonly #options: DatabaseOptions;
  readonly #sender: Sender;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#sender = new Sender(options);
  }

  container(id: string): CosmosContainer {
    return new SimulatedContainer(id, { ...this.#options, sender: this.#sender });
  }

  containers({ signal }: RequestOptions = {}): Promise<readonly ContainerProperties[]> {
    return this.#sender.patiently({
      what: "lists the containers",
      isWrite: false,
      signal,
      execute: () => [...this.#options.service.containers.values()].map(({ properties }) => properties),
    });
  }

  async createContainer(
    definition: JsonObject,
    { signal }: RequestOptions,
  ): Promise<ContainerProperties> {
    const { service } = this.#options;
    const id = String(definition["id"]);
    const created = await this.#sender.patiently({
      what: `creates the container ${id}`,
      isWrite: true,
      isUnconditional: true,
      signal,
      execute: () => service.createContainer(definition),
      refusal: (properties) => properties === undefined ? 409 : undefined,
    }, () => this.container(id).properties({ signal }));
    if (created === undefined) throw new Error("A refusal was taken for a container");
    return created;
  }

  replaceContainer(): never {
    throw new Error("No simulated migration changes settings");
  }

  deleteContainer(rid: string, { signal }: RequestOptions = {}): Promise<void> {
    const { service } = this.#options;
    const execute = () => service.deleteContainer(rid);
    return this.#sender.patiently({ what: `deletes the container ${rid}`, isWrite: true, signal, execute });
  }
}

class SimulatedContainer implements CosmosContainer {
  readonly id: string;
  readonly #options: DatabaseOptions & { readonly sender: Sender };

  constructor(id: string, options: DatabaseOptions & { readonly sender: Sender }) {
    this.id = id;
    this.#options = options;
  }

  properties({ signal }: RequestOptions = {}): Promise<ContainerProperties> {
    return this.#patiently("reads the container", signal, ({ properties }) => properties);
  }

  ranges({ signal }: RequestOptions = {}): Promise<readonly PartitionKeyRange[]> {
    return this.#patiently("reads the ranges of", signal, () => RANGES);
  }

  rangeOf([key]: PartitionKey, ranges: readonly PartitionKeyRange[]): Promise<PartitionKeyRange> {
    const place = placeOf(String(key));
    const range = ranges.find((candidate) => isWithin(place, candidate));
    return range === undefined ? Promise.reject(new Error("No range")) : Promise.resolve(range);
  }

  read(
    id: string,
    { signal }: RequestOptions & { readonly partitionKey: PartitionKey },
  ): Promise<StoredDocument | undefined> {
    return this.#patiently(`reads document ${id} of`, signal, ({ documents }) => documents.get(id));
  }

  async query(request: RangeQuery): Promise<Page> {
    const { sender, subject } = this.#options;
    const query = subject.compileQuery(request.query).bind({ parameters: request.parameters });
    const isStreaming = subject.compileQuery(request.query).shape.streaming;
    return await this.#found(
      await sender.once({
        what: `queries range ${request.range.id} of ${this.id}`,
        isWrite: false,
        signal: request.signal,
        execute: () => this.#execute(({ documents }) => page(documents, { request, query, isStreaming })),
      }),
    );
  }

  async write(
    range: PartitionKeyRange,
    writes: readonly DocumentWrite[],
    { signal }: RequestOptions = {},
  ): Promise<readonly WriteResult[]> {
    const { sender, service, subject } = this.#options;
    const what = `writes to range ${range.id} of ${this.id}: ${writes.map(inWords).join(", ")}`;
    const isUnconditional = writes.some(({ kind }) => kind === "create" || kind === "upsert");
    const execute = () =>
      this.#execute((container) => writes.map((write) => service.write(container, write)));
    try {
      return await this.#found(await sender.once({ what, isWrite: true, isUnconditional, signal, execute }));
    } catch (error) {
      const { CosmosError } = subject.errors;
      if (!(error instanceof CosmosError) || error.status !== 0) throw error;
      const lost = { status: 0, substatus: 0, etag: undefined, charge: 0, retryAfterMs: undefined };
      return writes.map(() => ({ ...lost, message: error.message }));
    }
  }

  #execute<Value>(action: (container: ServerContainer) => Value): { readonly value: Value } | undefined {
    const container = this.#options.service.containers.get(this.id);
    return container && { value: action(container) };
  }

  async #patiently<Value>(
    what: string,
    signal: AbortSignal | undefined,
    action: (container: ServerContainer) => Value,
  ): Promise<Value> {
    const request = {
      what: `${what} ${this.id}`,
      isWrite: false,
      signal,
      execute: () => this.#execute(action),
    };
    return await this.#found(await this.#options.sender.patiently(request));
  }

  #found<Value>(result: { readonly value: Value } | undefined): Promise<Value> {
    if (result !== undefined) return Promise.resolve(result.value);
    return Promise.reject(this.#options.sender.error(404, { what: `use the container ${this.id}` }));
  }
}

/** Where a partition key lies between `""` and `"FF"`. */
export function placeOf(id: string): string {
  const digit = id.charCodeAt(id.length - 1);
  return (digit % 2 === 0 ? "1" : "2") + (digit % 16).toString(16).toUpperCase();
}

function isWithin(
  place: string,
  { minInclusive, maxExclusive }: { readonly minInclusive: string; readonly maxExclusive: string },
): boolean {
  return minInclusive <= place && (place < maxExclusive || maxExclusive === "FF");
}

function page(
  documents: ReadonlyMap<string, StoredDocument>,
  { request, query, isStreaming }: {
    readonly request: RangeQuery;
    readonly query: ReturnType<ReturnType<ConnectionOptions["subject"]["compileQuery"]>["bind"]>;
    readonly isStreaming: boolean;
  },
): Page {
  const { range, bounds, continuation, maxItems } = request;
  const inRange = [...documents.values()].filter(({ id }) =>
    isWithin(placeOf(id), range) && (bounds === undefined || isWithin(placeOf(id), bounds))
  ).sort((left, right) => left.id < right.id ? -1 : 1);
  if (!isStreaming) {
    return { rows: query.execute(inRange) as readonly JsonObject[], continuation: undefined, charge: 3 };
  }
  const rows: JsonObject[] = [];
  for (const document of inRange) {
    if (continuation !== undefined && document.id <= continuation) continue;
    if (rows.length >= Math.min(maxItems, query.top ?? maxItems)) {
      return { rows, continuation: lastIdBefore(inRange, document), charge: 3 };
    }
    rows.push(...query.rows(document) as readonly JsonObject[]);
  }
  return { rows, continuation: undefined, charge: 3 };
}

function lastIdBefore(documents: readonly StoredDocument[], document: StoredDocument): string | undefined {
  return documents[documents.indexOf(document) - 1]?.id;
}

function inWords(write: DocumentWrite): string {
  const id = write.kind === "create" || write.kind === "upsert" ? write.document["id"] : write.id;
  return `${write.kind} ${id}`;
}

function notSimulated(): never {
  throw new Error("No simulated migration uses this");
}
