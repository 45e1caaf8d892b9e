import type { Caller } from "./_caller.ts";
import { documentsByRidResource, documentsResource, type Resource } from "./_resource.ts";
import { isJsonObject } from "../base/json.ts";
import type {
  ChangeFeed,
  ChangePage,
  ContainerAddressing,
  FeedStart,
  PartitionKeyRange,
  RangeQuery,
  RequestOptions,
  StoredDocument,
} from "./port.ts";

/** What a change feed is reached by. */
export interface ChangeFeedOptions extends ContainerAddressing {
  readonly caller: Caller;
  readonly database: string;
  readonly container: string;
}

/** The change feed of a container of Cosmos DB. The position of a page is the ETag of its answer, also of the answer "nothing new" (304). */
export class SdkChangeFeed implements ChangeFeed {
  readonly #caller: Caller;
  readonly #container: string;
  readonly #documents: Resource;

  constructor({ caller, database, container, rid }: ChangeFeedOptions) {
    this.#caller = caller;
    this.#container = container;
    this.#documents = rid === undefined
      ? documentsResource(database, container)
      : documentsByRidResource(rid);
  }

  async read(
    { range, start, maxItems, bounds, signal }: RequestOptions & {
      readonly range: PartitionKeyRange;
      readonly start: FeedStart;
      readonly maxItems: number;
      readonly bounds?: RangeQuery["bounds"];
    },
  ): Promise<ChangePage> {
    const { body, headers, charge } = await this.#caller.once({
      request: {
        resource: this.#documents,
        action: { kind: "read" },
        headers: {
          "a-im": "Incremental Feed",
          "x-ms-documentdb-partitionkeyrangeid": range.id,
          "x-ms-max-item-count": String(maxItems),
          ...startHeaders(start),
          ...(bounds === undefined ? {} : {
            "x-ms-start-epk": bounds.minInclusive,
            "x-ms-end-epk": bounds.maxExclusive,
            "x-ms-read-key-type": "EffectivePartitionKeyRange",
          }),
        },
        signal,
      },
      operation: `read the change feed of "${this.#container}"`,
      container: this.#container,
    });
    const documents = isJsonObject(body) && Array.isArray(body["Documents"]) ? body["Documents"] : [];
    return { documents: documents as readonly StoredDocument[], position: headers["etag"] ?? "", charge };
  }
}

function startHeaders(start: FeedStart): Record<string, string> {
  switch (start.kind) {
    case "beginning":
      return {};
    case "now":
      return { "if-none-match": "*" };
    case "after":
      return { "if-none-match": start.position };
  }
}
