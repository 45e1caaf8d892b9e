/**
 * The state of the emulated account: databases, containers, physical partitions, documents. It knows nothing of HTTP; what is wrong with a request
 * is thrown as GatewayError. Every change happens within one call, so that requests are atomic.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import { refuseDuplicate } from "../gateway_error.ts";
import { Container } from "./container.ts";
import { checkResourceId } from "./container_definition.ts";
import { Database } from "./database.ts";
import { DEFAULT_THROUGHPUT, type ProvisionedThroughput, refuseOnServerless } from "./throughput.ts";

/** What holds for the whole account. */
export interface AccountOptions {
  /** Physical partitions of a new container. */
  readonly partitions: number;
  readonly serverless: boolean;
  readonly staleForMs: number | undefined;
  readonly indexTransformationMs: number;
  readonly nowMs: () => number;
}

/** The account. */
export class Account {
  readonly databases = new Map<string, Database>();
  readonly #options: AccountOptions;
  #databasesMade = 0;
  #containersMade = 0;

  constructor(options: AccountOptions) {
    this.#options = options;
  }

  get serverless(): boolean {
    return this.#options.serverless;
  }

  /** By name, or else by `_rid`. */
  database(nameOrRid: string): Database | undefined {
    return this.databases.get(nameOrRid) ?? [...this.databases.values()].find(({ rid }) => rid === nameOrRid);
  }

  /** @throws GatewayError (400, 409) */
  createDatabase(id: unknown, throughput?: ProvisionedThroughput): Database {
    const name = checkResourceId(id);
    refuseDuplicate(this.databases.has(name));
    if (this.#options.serverless) refuseOnServerless(throughput);
    const database = new Database(name, { number: ++this.#databasesMade, nowMs: this.#options.nowMs() });
    database.throughput = throughput;
    this.databases.set(name, database);
    return database;
  }

  /** @throws GatewayError (400, 409) */
  createContainer(
    database: Database,
    definition: JsonObject,
    options: {
      readonly throughput?: ProvisionedThroughput | undefined;
      readonly partitions?: number | undefined;
    } = {},
  ): Container {
    refuseDuplicate(database.containers.has(checkResourceId(definition.id)));
    const { serverless, partitions, nowMs, staleForMs, indexTransformationMs } = this.#options;
    if (serverless) refuseOnServerless(options.throughput);
    const container = new Container(definition, {
      databaseNumber: database.number,
      databaseRid: database.rid,
      number: ++this.#containersMade,
      rangeCount: options.partitions ?? partitions,
      nowMs,
      staleForMs,
      indexTransformationMs,
    });
    const shared = serverless || database.throughput !== undefined;
    container.throughput = options.throughput ?? (shared ? undefined : DEFAULT_THROUGHPUT);
    database.containers.set(container.id, container);
    return container;
  }
}
