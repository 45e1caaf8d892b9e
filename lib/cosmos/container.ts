import type { JsonObject } from "../base/json.ts";
import { bulkOperations, bulkResults, lostResults } from "./_bulk.ts";
import type { Caller } from "./_caller.ts";
import { containerProperties } from "./_definition.ts";
import type { RequestAction } from "./_gateway.ts";
import type { Answer } from "./_outcome.ts";
import {
  containerByRidResource,
  containerResource,
  documentResource,
  documentsByRidResource,
  documentsResource,
  isAddressable,
  rangesByRidResource,
  rangesResource,
  type Resource,
} from "./_resource.ts";
import { effectivePartitionKey, hashingOf, type PartitionHashing } from "./effective_partition_key.ts";
import { CosmigError, CosmosError } from "../base/errors.ts";
import type {
  ContainerProperties,
  CosmosContainer,
  DocumentWrite,
  Page,
  PartitionKey,
  PartitionKeyRange,
  RangeQuery,
  RequestOptions,
  StoredDocument,
  WriteResult,
} from "./port.ts";

/** What a container is reached by. */
export interface ContainerOptions {
  readonly caller: Caller;
  readonly database: string;
  readonly id: string;
  /** Addresses the container by this identifier. */
  readonly rid?: string | undefined;
}

/** A container of Cosmos DB. */
export class SdkContainer implements CosmosContainer {
  readonly id: string;
  readonly #caller: Caller;
  readonly #documents: Resource;
  readonly #self: Resource;
  readonly #ranges: Resource;
  readonly #isPinned: boolean;
  #hashing: Promise<PartitionHashing> | undefined;

  constructor({ caller, database, id, rid }: ContainerOptions) {
    this.id = id;
    this.#caller = caller;
    this.#isPinned = rid !== undefined;
    this.#self = rid === undefined ? containerResource(database, id) : containerByRidResource(rid);
    this.#documents = rid === undefined ? documentsResource(database, id) : documentsByRidResource(rid);
    this.#ranges = rid === undefined ? rangesResource(database, id) : rangesByRidResource(rid);
  }

  async properties({ signal }: RequestOptions = {}): Promise<ContainerProperties> {
    const { body, headers } = await this.#caller.patiently({
      request: {
        resource: this.#self,
        action: { kind: "read" },
        signal,
        headers: { "x-ms-documentdb-populatequotainfo": "true" },
      },
      operation: `read container "${this.id}"`,
      container: this.id,
    });
    return { ...containerProperties(body as JsonObject), documentCount: documentCountOf(headers) };
  }

  async ranges({ signal }: RequestOptions = {}): Promise<readonly PartitionKeyRange[]> {
    this.#hashing = undefined;
    const ranges: PartitionKeyRange[] = [];
    let continuation: string | undefined;
    do {
      const { body, headers } = await this.#caller.patiently({
        request: {
          resource: this.#ranges,
          action: { kind: "read" },
          signal,
          headers: continuation === undefined ? {} : { "x-ms-continuation": continuation },
        },
        operation: `read the physical partitions of "${this.id}"`,
        container: this.id,
      });
      const page = body as unknown as { readonly PartitionKeyRanges: readonly PartitionKeyRange[] };
      ranges.push(...page.PartitionKeyRanges.map(rangeFrom));
      continuation = headers["x-ms-continuation"];
    } while (continuation !== undefined);
    return ranges;
  }

  async query(
    { range, query, parameters, continuation, maxItems, bounds, signal }: RangeQuery,
  ): Promise<Page> {
    const answer = await this.#caller.once({
      request: {
        resource: this.#documents,
        action: { kind: "query", query, parameters, continuation, maxItems, range, bounds },
        signal,
      },
      operation: `query "${this.id}"`,
      container: this.id,
    });
    return pageOf(answer);
  }

  async write(
    range: PartitionKeyRange,
    writes: readonly DocumentWrite[],
    { signal }: RequestOptions = {},
  ): Promise<readonly WriteResult[]> {
    if (writes.length === 0) return [];
    const operation = `write ${writes.length} documents to "${this.id}"`;
    try {
      const { body } = await this.#caller.once({
        request: {
          resource: this.#documents,
          action: { kind: "bulk", range, body: bulkOperations(writes) },
          signal,
        },
        operation,
        isWrite: true,
        container: this.id,
      });
      return bulkResults(body, writes.length) ??
        lostResults(writes.length, `Cannot ${operation}: the answer is not readable`);
    } catch (error) {
      const isLost = error instanceof CosmosError && error.failure.ambiguous && error.status === 0;
      if (!isLost) throw error;
      return lostResults(writes.length, error.message);
    }
  }

  async read(
    id: string,
    { partitionKey, signal }: RequestOptions & { readonly partitionKey: PartitionKey },
  ): Promise<StoredDocument | undefined> {
    // A path is either of names or of identifiers, and those of documents are not known here.
    if (this.#isPinned || !isAddressable(id)) return await this.#find(id, { partitionKey, signal });
    const { status, body } = await this.#caller.patiently({
      request: {
        resource: documentResource(this.#documents, id),
        action: { kind: "read" },
        partitionKey,
        signal,
      },
      operation: `read document "${id}" in "${this.id}"`,
      container: this.id,
      accepts404: true,
    });
    return status === 404 ? undefined : body as unknown as StoredDocument;
  }

  async rangeOf(
    partitionKey: PartitionKey,
    ranges: readonly PartitionKeyRange[],
  ): Promise<PartitionKeyRange> {
    const hashing = await (this.#hashing ??= this.#readHashing());
    const key = effectivePartitionKey(partitionKey, hashing);
    const range = ranges.find(({ minInclusive, maxExclusive }) =>
      minInclusive <= key && (key < maxExclusive || maxExclusive === "FF")
    );
    if (range !== undefined) return range;
    throw new CosmigError(
      "internal",
      `Cannot place a document of "${this.id}" as no range covers its partition key: ranges are incomplete`,
    );
  }

  /** A new reading follows when this one failed. */
  #readHashing(): Promise<PartitionHashing> {
    const reading = this.properties().then(({ definition }) => hashingOf(definition));
    reading.catch(() => this.#hashing = undefined);
    return reading;
  }

  /** Some ids cannot be part of a URL, but such documents exist. */
  async #find(
    id: string,
    { partitionKey, signal }: RequestOptions & { readonly partitionKey: PartitionKey },
  ): Promise<StoredDocument | undefined> {
    let continuation: string | undefined;
    do {
      const action: RequestAction = {
        kind: "query",
        query: "SELECT * FROM c WHERE c.id = @id",
        parameters: { id },
        maxItems: 1,
        continuation,
      };
      const page = pageOf(
        await this.#caller.patiently({
          request: { resource: this.#documents, action, partitionKey, signal },
          operation: `read document "${id}" in "${this.id}"`,
          container: this.id,
        }),
      );
      const [row] = page.rows;
      if (row !== undefined) return row as StoredDocument;
      continuation = page.continuation;
    } while (continuation !== undefined);
    return undefined;
  }
}

/** From a list such as `documentsSize=12;documentsCount=34;`. */
function documentCountOf(headers: Answer["headers"]): number | undefined {
  const [, count] = /(?:^|;)documentsCount=(\d+)/.exec(headers["x-ms-resource-usage"] ?? "") ?? [];
  return count === undefined ? undefined : Number(count);
}

function pageOf({ body, headers, charge }: Answer): Page {
  const { Documents: rows } = body as unknown as { readonly Documents: readonly JsonObject[] };
  return { rows, continuation: headers["x-ms-continuation"], charge };
}

function rangeFrom({ id, minInclusive, maxExclusive, parents }: PartitionKeyRange): PartitionKeyRange {
  return { id, minInclusive, maxExclusive, parents: parents ?? [] };
}
