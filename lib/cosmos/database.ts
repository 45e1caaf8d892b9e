import { CosmosError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { Caller } from "./_caller.ts";
import { containerProperties, covers, throughputHeaders } from "./_definition.ts";
import type { Answer } from "./_outcome.ts";
import { containerByRidResource, containerResource, containersResource } from "./_resource.ts";
import { SdkChangeFeed } from "./change_feed.ts";
import { SdkContainer } from "./container.ts";
import { SdkScripts } from "./scripts.ts";
import { SdkThroughput } from "./throughput.ts";
import type {
  ChangeFeed,
  ContainerAddressing,
  ContainerProperties,
  CosmosContainer,
  CosmosDatabase,
  CosmosScripts,
  CosmosThroughput,
  RequestOptions,
  Throughput,
} from "./port.ts";

/** A database of Cosmos DB. */
export class SdkDatabase implements CosmosDatabase {
  readonly id: string;
  readonly throughput: CosmosThroughput;
  readonly #caller: Caller;

  constructor(options: { readonly id: string; readonly caller: Caller }) {
    this.id = options.id;
    this.#caller = options.caller;
    this.throughput = new SdkThroughput(options.caller);
  }

  container(id: string, options: ContainerAddressing = {}): CosmosContainer {
    return new SdkContainer({ caller: this.#caller, database: this.id, id, ...options });
  }

  changeFeed(container: string, options: ContainerAddressing = {}): ChangeFeed {
    return new SdkChangeFeed({ caller: this.#caller, database: this.id, container, ...options });
  }

  scripts(container: string): CosmosScripts {
    return new SdkScripts({ caller: this.#caller, database: this.id, container });
  }

  async containers({ signal }: RequestOptions = {}): Promise<readonly ContainerProperties[]> {
    const containers: ContainerProperties[] = [];
    let continuation: string | undefined;
    do {
      const { body, headers } = await this.#caller.patiently({
        request: {
          resource: containersResource(this.id),
          action: { kind: "read" },
          signal,
          headers: continuation === undefined ? {} : { "x-ms-continuation": continuation },
        },
        operation: `list the containers of "${this.id}"`,
      });
      const page = body as unknown as { readonly DocumentCollections: readonly JsonObject[] };
      containers.push(...page.DocumentCollections.map(containerProperties));
      continuation = headers["x-ms-continuation"];
    } while (continuation !== undefined);
    return containers;
  }

  async createContainer(
    definition: JsonObject,
    { throughput, signal }: RequestOptions & { readonly throughput: Throughput },
  ): Promise<ContainerProperties> {
    const { body } = await this.#caller.patiently({
      request: {
        resource: containersResource(this.id),
        action: { kind: "create", body: definition },
        headers: throughputHeaders(throughput),
        signal,
      },
      operation: `create container "${definition["id"]}"`,
      isWrite: true,
    }, (refusal) => this.#recognise(definition, { status: 409, refusal, signal }));
    this.#caller.forgetSession(containerResource(this.id, String(definition["id"])));
    return containerProperties(body as JsonObject);
  }

  async replaceContainer(
    definition: JsonObject,
    { ifMatch, signal }: RequestOptions & { readonly ifMatch: string },
  ): Promise<ContainerProperties> {
    const id = String(definition["id"]);
    const { body } = await this.#caller.patiently({
      request: {
        resource: containerResource(this.id, id),
        action: { kind: "replace", body: definition },
        headers: { "if-match": ifMatch },
        signal,
      },
      operation: `change container "${id}"`,
      isWrite: true,
      container: id,
    }, (refusal) => this.#recognise(definition, { status: 412, refusal, signal }));
    return containerProperties(body as JsonObject);
  }

  async deleteContainer(rid: string, { signal }: RequestOptions = {}): Promise<void> {
    const operation = `delete the container with _rid "${rid}"`;
    try {
      await this.#caller.patiently({
        request: { resource: containerByRidResource(rid), action: { kind: "delete" }, signal },
        operation,
        isWrite: true,
      });
    } catch (error) {
      if (!(error instanceof CosmosError) || error.status !== 404) throw error;
      await this.#assertGone(rid, { operation, signal });
    }
  }

  /** An endpoint that takes the identifier for a name answers 404 as well. */
  async #assertGone(rid: string, options: RequestOptions & { readonly operation: string }): Promise<void> {
    const containers = await this.containers(options);
    const found = containers.find((container) => container.rid === rid);
    if (found === undefined) return;
    throw new CosmosError(
      `Cannot ${options.operation} as this endpoint does not address containers by identifier: "${found.id}" is still there`,
      { status: 404, operation: options.operation, retryable: false, ambiguous: false },
    );
  }

  /** Whether the container that stands in the way is the one that a lost answer was about. */
  async #recognise(
    definition: JsonObject,
    { status, refusal, signal }: RequestOptions & { readonly status: number; readonly refusal: CosmosError },
  ): Promise<Answer | undefined> {
    if (refusal.status !== status) return undefined;
    const found = await this.container(String(definition["id"])).properties({ signal });
    if (!covers(found.definition, definition)) return undefined;
    const { definition: body } = found;
    return { status: 200, substatus: 0, headers: {}, body, charge: 0, retryAfterMs: undefined };
  }
}
