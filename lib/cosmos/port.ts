/**
 * What the tool needs of Cosmos DB, as small ports. Nothing outside this folder knows the SDK.
 *
 * Two ways to talk to the service exist, because they fail differently: the ledger ({@linkcode LedgerStore}) decides about every answer
 * itself, so nothing is retried for it; work on documents and containers ({@linkcode CosmosDatabase}) is cut off when the lease runs out.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../base/json.ts";

/** A document as it is stored, with `id`, `_etag`, `_ts` and the other system properties. */
export interface StoredDocument extends JsonObject {
  readonly id: string;
  readonly _etag: string;
  /** Seconds since the Unix epoch. */
  readonly _ts: number;
}

/** What the account says about itself. */
export interface AccountFacts {
  /** Name of the one region that takes writes. */
  readonly writeRegion: string;
  readonly defaultConsistency: string;
  readonly multipleWriteLocations: boolean;
  /**
   * The service's clock minus that of this machine when the connection was opened, milliseconds; right to a second or two. `undefined` where the service does
   * not say what time it is.
   */
  readonly clockOffsetMs?: number | undefined;
}

// --- the ledger -------------------------------------------------------------------------------------------------------------

/** The outcome of one ledger request. */
export type LedgerReply<Value> =
  | { readonly kind: "ok"; readonly value: Value; readonly charge: number }
  | { readonly kind: "not-found" }
  /** The document exists already (409). */
  | { readonly kind: "conflict" }
  /** Its ETag is another one (412). */
  | { readonly kind: "precondition-failed" }
  /** A write without an answer, or with one that does not tell: it may have taken effect, or may still take effect. Never a read. */
  | { readonly kind: "ambiguous"; readonly error: Error }
  /** Certainly without effect, and worth another try: throttled, unavailable, never sent, or a read without an answer. */
  | { readonly kind: "unavailable"; readonly error: Error; readonly retryAfterMs: number };

/** A read of one ledger document. */
export interface LedgerRead {
  readonly document: StoredDocument;
  /** The server's clock when it answered, milliseconds since the Unix epoch; `undefined` without a usable `Date` header. */
  readonly serverTimeMs: number | undefined;
}

/** One operation of an atomic batch. */
export type LedgerOperation =
  | { readonly kind: "create"; readonly document: JsonObject }
  | { readonly kind: "replace"; readonly document: JsonObject; readonly ifMatch: string }
  | { readonly kind: "upsert"; readonly document: JsonObject }
  | { readonly kind: "delete"; readonly id: string };

/** Options of every ledger request. */
export interface LedgerRequestOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Called last thing before the request is handed to the socket, after it has been signed; what it throws is thrown to the caller and nothing is
   * sent. For the fence's own deadline.
   */
  readonly beforeSend?: (() => void) | undefined;
}

/**
 * The documents of one scope: a single logical partition of the ledger container, where Cosmos gives transactions and read-your-writes.
 * Exactly one HTTP request a call (a page for {@linkcode LedgerStore.list}); nothing is retried or replayed. An aborted signal counts as an answer
 * that did not come. An id may hold none of `/`, `\`, `?` and `#`.
 *
 * Answers that no caller can handle are thrown as CosmosError: wrong credential (401, 403), a malformed or too large request (400, 413), a missing
 * container (404 with `details.missing` = `"container"` or `"database"`; one more request finds out which).
 */
export interface LedgerStore {
  read(id: string, options?: LedgerRequestOptions): Promise<LedgerReply<LedgerRead>>;
  create(document: JsonObject, options?: LedgerRequestOptions): Promise<LedgerReply<StoredDocument>>;
  replace(
    document: JsonObject,
    options: LedgerRequestOptions & { readonly ifMatch: string },
  ): Promise<LedgerReply<StoredDocument>>;
  /**
   * All or nothing, at most 100 operations; the value holds the new ETag of each operation in order (empty for a delete). The reply of a refused batch
   * is that of the operation which failed: `not-found` for a replace or delete of a document that does not exist.
   */
  batch(
    operations: readonly LedgerOperation[],
    options?: LedgerRequestOptions,
  ): Promise<LedgerReply<readonly string[]>>;
  /** Every document of the scope whose id starts with `prefix`. */
  list(prefix: string, options?: LedgerRequestOptions): Promise<LedgerReply<readonly StoredDocument[]>>;
}

// --- documents and containers -----------------------------------------------------------------------------------------------

/** The value of a partition key, a component for each path; `undefined` where the document lacks it. */
export type PartitionKey = readonly (string | number | boolean | null | undefined)[];

/** A physical partition: effective partition keys from `minInclusive` (`""` is the lowest) to `maxExclusive` (`"FF"` is the end). */
export interface PartitionKeyRange {
  readonly id: string;
  readonly minInclusive: string;
  readonly maxExclusive: string;
  /** Ids of the ranges that this one came from. */
  readonly parents: readonly string[];
}

/** A container's settings. */
export interface ContainerProperties {
  readonly id: string;
  /** The service's own identifier; a container that is dropped and created anew has another one. */
  readonly rid: string;
  readonly etag: string;
  /** JSON Pointers, one a level. */
  readonly partitionKeyPaths: readonly string[];
  /** The definition as the service gives it, to be sent back whole. */
  readonly definition: JsonObject;
  /** Documents in it, as of late; only of {@linkcode CosmosContainer.properties}, and only where the service says so. */
  readonly documentCount?: number | undefined;
}

/** A query against one physical range, or a part of it. */
export interface RangeQuery {
  readonly range: PartitionKeyRange;
  readonly query: string;
  readonly parameters?: Readonly<Record<string, JsonValue>> | undefined;
  /** Where the page begins; from {@linkcode Page.continuation}. */
  readonly continuation?: string | undefined;
  readonly maxItems: number;
  /** Restricts the query to a part of the range (both bounds), after a split. */
  readonly bounds?: { readonly minInclusive: string; readonly maxExclusive: string } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A page of results. */
export interface Page<Row = JsonObject> {
  readonly rows: readonly Row[];
  /** Absent after the last page. */
  readonly continuation: string | undefined;
  /** Request units. */
  readonly charge: number;
}

/** One patch operation; `path` is a JSON Pointer. */
export type PatchOperation =
  | { readonly op: "add" | "set" | "replace"; readonly path: string; readonly value: JsonValue }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "incr"; readonly path: string; readonly value: number };

/** A write of one document, each judged for itself. */
export type DocumentWrite =
  & { readonly partitionKey: PartitionKey }
  & (
    | { readonly kind: "create"; readonly document: JsonObject }
    | { readonly kind: "upsert"; readonly document: JsonObject }
    | {
      readonly kind: "replace";
      readonly id: string;
      readonly document: JsonObject;
      readonly ifMatch: string;
    }
    | {
      readonly kind: "patch";
      readonly id: string;
      readonly operations: readonly PatchOperation[];
      readonly ifMatch: string;
      readonly condition?: string | undefined;
    }
    | { readonly kind: "delete"; readonly id: string; readonly ifMatch: string }
  );

/** What became of one write. */
export interface WriteResult {
  /** 200, 201, 204; 404, 409, 412 (condition or ETag), 413, 424, 429, 449 …; 0 when the request was sent and no answer came. */
  readonly status: number;
  readonly substatus: number;
  readonly etag: string | undefined;
  /** Request units. */
  readonly charge: number;
  readonly retryAfterMs: number | undefined;
  readonly message: string | undefined;
}

/** Options of requests outside the ledger. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * One container. {@linkcode CosmosContainer.query} and {@linkcode CosmosContainer.write} send one request and throw CosmosError on a failure of the whole
 * request, since their caller paces and retries; a range that split or merged is status 410. All other methods retry what is worth it by themselves.
 * An aborted signal ends any of them with its reason.
 */
export interface CosmosContainer {
  readonly id: string;
  /** @throws CosmosError (404) when the container does not exist */
  properties(options?: RequestOptions): Promise<ContainerProperties>;
  ranges(options?: RequestOptions): Promise<readonly PartitionKeyRange[]>;
  query(request: RangeQuery): Promise<Page>;
  /** Up to 100 writes to documents of one range, not atomic; one result a write, in order. */
  write(
    range: PartitionKeyRange,
    writes: readonly DocumentWrite[],
    options?: RequestOptions,
  ): Promise<readonly WriteResult[]>;
  /** A point read. */
  read(
    id: string,
    options: RequestOptions & { readonly partitionKey: PartitionKey },
  ): Promise<StoredDocument | undefined>;
  /** The range that documents of this partition key belong to. Reads the definition once; {@linkcode CosmosContainer.ranges} makes it read again. */
  rangeOf(partitionKey: PartitionKey, ranges: readonly PartitionKeyRange[]): Promise<PartitionKeyRange>;
}

/** Throughput of a new container: request units a second, or none where the database has shared or serverless throughput. */
export type Throughput =
  | { readonly kind: "none" }
  | { readonly kind: "manual"; readonly ruPerSecond: number }
  | { readonly kind: "autoscale"; readonly maxRuPerSecond: number };

/** Throughput that is provisioned for one container. */
export interface ThroughputSetting {
  readonly throughput: Exclude<Throughput, { readonly kind: "none" }>;
  /** The resource as the service gives it, to be sent back whole. */
  readonly offer: JsonObject;
}

/** Provisioned throughput. */
export interface CosmosThroughput {
  /**
   * What is provisioned for the container with this `_rid`; `undefined` when it has none of its own, since its database shares it or the account is
   * serverless.
   */
  read(rid: string, options?: RequestOptions): Promise<ThroughputSetting | undefined>;
  /**
   * Takes effect at once, or within hours where the service has to add physical partitions.
   *
   * @throws CosmosError (412) when the setting changed since it was read, (400) when it is of another kind or not within the container's limits
   */
  replace(
    setting: ThroughputSetting,
    options: RequestOptions & { readonly throughput: ThroughputSetting["throughput"] },
  ): Promise<void>;
}

/** Code that a container stores, by the segment of its path. */
export type ScriptKind = "sprocs" | "triggers" | "udfs";

/** A stored procedure, trigger or user-defined function as the service gives it. */
export interface StoredScript extends JsonObject {
  readonly id: string;
  readonly body: string;
  readonly _etag: string;
}

/** The code that one container stores. */
export interface CosmosScripts {
  list(kind: ScriptKind, options?: RequestOptions): Promise<readonly StoredScript[]>;
  read(
    id: string,
    options: RequestOptions & { readonly kind: ScriptKind },
  ): Promise<StoredScript | undefined>;
  /** @throws CosmosError (409) when there is one of that name */
  create(script: JsonObject, options: RequestOptions & { readonly kind: ScriptKind }): Promise<void>;
  /** @throws CosmosError (412) when it changed since `ifMatch` was read */
  replace(
    script: JsonObject,
    options: RequestOptions & { readonly kind: ScriptKind; readonly ifMatch: string },
  ): Promise<void>;
  /** One that is gone already is fine. @throws CosmosError (412) when it changed since `ifMatch` was read */
  delete(
    id: string,
    options: RequestOptions & { readonly kind: ScriptKind; readonly ifMatch: string },
  ): Promise<void>;
}

/** Where a page of a change feed begins. A position belongs to the range that gave it; after a split it is valid on the ranges that came from it. */
export type FeedStart =
  | { readonly kind: "beginning" }
  /** Behind everything that is written by now. */
  | { readonly kind: "now" }
  | { readonly kind: "after"; readonly position: string };

/** A page of changes. */
export interface ChangePage {
  /** As they are now; empty when there is nothing new. */
  readonly documents: readonly StoredDocument[];
  /** Where to go on. */
  readonly position: string;
  /** Request units. */
  readonly charge: number;
}

/**
 * The latest-version change feed of one container: every document that was written, once, as it is by then. Deletes and expiries leave no trace in it.
 */
export interface ChangeFeed {
  /** One request, like {@linkcode CosmosContainer.query}. */
  read(
    request: RequestOptions & {
      readonly range: PartitionKeyRange;
      readonly start: FeedStart;
      readonly maxItems: number;
      readonly bounds?: RangeQuery["bounds"];
    },
  ): Promise<ChangePage>;
}

/** How a container is addressed. */
export interface ContainerAddressing {
  /**
   * Only the container with this `_rid`: requests fail with 404 when the one of that name is another one by now.
   *
   * @default whichever has the name
   */
  readonly rid?: string | undefined;
}

/** One database. */
export interface CosmosDatabase {
  readonly id: string;
  readonly throughput: CosmosThroughput;
  container(id: string, options?: ContainerAddressing): CosmosContainer;
  changeFeed(container: string, options?: ContainerAddressing): ChangeFeed;
  scripts(container: string): CosmosScripts;
  /** @throws CosmosError (404) when the database does not exist */
  containers(options?: RequestOptions): Promise<readonly ContainerProperties[]>;
  /** @throws CosmosError (409) when a container of that name exists */
  createContainer(
    definition: JsonObject,
    options: RequestOptions & { readonly throughput: Throughput },
  ): Promise<ContainerProperties>;
  /** @throws CosmosError (412) when the settings changed since `ifMatch` was read */
  replaceContainer(
    definition: JsonObject,
    options: RequestOptions & { readonly ifMatch: string },
  ): Promise<ContainerProperties>;
  /** Deletes by the service's own identifier, never by name; a container that is gone already is fine. */
  deleteContainer(rid: string, options?: RequestOptions): Promise<void>;
}

/** Decides whether a request that changes something outside the ledger may still be sent; throws when not. */
export type WriteGate = () => void;

/** What a connection has spent. */
export interface Spending {
  readonly requests: number;
  /** Request units. */
  readonly charge: number;
  readonly throttled: number;
}

/** An open connection to one account and database. */
export interface CosmosConnection {
  readonly endpoint: string;
  readonly account: AccountFacts;
  /** Name of the container that holds the ledger. */
  readonly ledgerContainerId: string;
  /** The logical partition of the ledger that belongs to this application. */
  readonly scope: string;
  readonly ledger: LedgerStore;
  /** The ledger's own container, or `undefined` when it is missing. @throws CosmosError (404, `details.missing` = `"database"`) */
  ledgerContainer(options?: RequestOptions): Promise<ContainerProperties | undefined>;
  /** Creates the ledger's container with partition key `/scope`; one that exists already is fine. Not behind the gate. */
  createLedgerContainer(
    options: RequestOptions & { readonly throughput: Throughput },
  ): Promise<ContainerProperties>;
  /** Work on documents and containers. Writes are refused until a gate is set. */
  readonly database: CosmosDatabase;
  /** The SDK's own client of the database, for `run`; behind the same gate. Loaded on first use. */
  sdkDatabase(): unknown;
  /** Opens writes outside the ledger for as long as the gate allows each. */
  setWriteGate(gate: WriteGate | undefined): void;
  /**
   * Requests outside the ledger that may change something and whose outcome is not known: on their way, without an answer, or with one (408, 5xx) after
   * which the service may still be working on them.
   */
  readonly unanswered: number;
  spent(): Spending;
  close(): void;
}
