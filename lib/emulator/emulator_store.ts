import { CosmigError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { EmulatorClock } from "./clock.ts";
import { performOperation } from "./document_operation.ts";
import { GatewayError } from "./gateway_error.ts";
import type { QueryEngine } from "./query_engine.ts";
import {
  type ContainerSeed,
  DEFAULT_DATABASE,
  definitionOf,
  escapePointer,
  parseSeed,
  type Seed,
} from "./seed.ts";
import { containerSnapshot, documentsOf } from "./snapshot.ts";
import type { Account } from "./store/account.ts";
import type { Container } from "./store/container.ts";
import type { Database } from "./store/database.ts";
import { partitionKeyOf } from "./store/partition_key.ts";
import type { PhysicalRange } from "./store/physical_range.ts";

/** Names a container; the database is the first one when it is left out. */
export interface ContainerAddress {
  readonly database?: string | undefined;
  readonly container: string;
}

/** A physical partition as tests see it. */
export interface RangeFacts {
  readonly id: string;
  readonly minInclusive: string;
  readonly maxExclusive: string;
  readonly parents: readonly string[];
}

/**
 * The state of an emulator, for the program that runs it: reads and changes it at once, without requests, charges or faults.
 *
 * Methods that name a database or container throw a CosmigError (`emulator`) when it does not exist.
 */
export class EmulatorStore {
  readonly #account: Account;
  readonly #clock: EmulatorClock;
  readonly #engine: QueryEngine;

  constructor(
    options: { readonly account: Account; readonly clock: EmulatorClock; readonly engine: QueryEngine },
  ) {
    this.#account = options.account;
    this.#clock = options.clock;
    this.#engine = options.engine;
  }

  /** Names of the databases. */
  databases(): readonly string[] {
    return [...this.#account.databases.keys()];
  }

  /** Names of the containers of a database. */
  containers(database?: string): readonly string[] {
    return [...this.#database(database).containers.keys()];
  }

  /** The settings of a container, as a client reads them. */
  settings(address: string | ContainerAddress): JsonObject {
    return this.#container(address).resource();
  }

  /** All documents of a container with their system properties, in the order of their creation. */
  documents(address: string | ContainerAddress): readonly JsonObject[] {
    return documentsOf(this.#container(address));
  }

  /** One document, found by its id alone; the first one where several partitions have it. */
  document(address: string | ContainerAddress, id: string): JsonObject | undefined {
    return this.documents(address).find((document) => document.id === id);
  }

  /** Creates a database. */
  createDatabase(id: string): void {
    orEmulatorError({ action: `create database "${id}"` }, () => this.#account.createDatabase(id));
  }

  /** Creates a container with its documents. */
  createContainer(
    address: string | ContainerAddress,
    seed: ContainerSeed,
    options: { readonly partitions?: number } = {},
  ): void {
    const { database, container } = addressOf(address);
    orEmulatorError({
      action: `create container "${container}"`,
      path: `/containers/${escapePointer(container)}`,
    }, () => {
      this.#account.createContainer(this.#database(database), definitionOf(container, seed), {
        partitions: options.partitions,
        throughput: seed.throughput === undefined
          ? undefined
          : { kind: "manual", ruPerSecond: seed.throughput },
      });
    });
    this.#write("create", { address, documents: seed.documents ?? [] });
  }

  /** Creates or replaces documents, one after the other. */
  insert(address: string | ContainerAddress, documents: Iterable<JsonObject>): void {
    this.#write("upsert", { address, documents });
  }

  /** Deletes a container, as an administrator would. */
  deleteContainer(address: string | ContainerAddress): void {
    const { database, container } = addressOf(address);
    this.#database(database).containers.delete(this.#container({ database, container }).id);
  }

  /** The physical partitions of a container, in the order of their bounds. */
  ranges(address: string | ContainerAddress): readonly RangeFacts[] {
    return this.#container(address).documents.ranges.all.map(factsOf);
  }

  /** Splits a physical partition in the middle; requests that name it are answered with 410/1002 from now on. @returns its children */
  split(address: string | ContainerAddress, rangeId: string): readonly RangeFacts[] {
    const { ranges } = this.#container(address).documents;
    return orEmulatorError({ action: `split range "${rangeId}"` }, () => ranges.split(rangeId).map(factsOf));
  }

  /** Merges a physical partition with its right neighbour. @returns the one that replaces both */
  merge(address: string | ContainerAddress, rangeId: string): RangeFacts {
    const { ranges } = this.#container(address).documents;
    return orEmulatorError({ action: `merge range "${rangeId}"` }, () => factsOf(ranges.merge(rangeId)));
  }

  /** Moves the time of the service forward. */
  advanceClock(ms: number): void {
    this.#clock.advance(ms);
  }

  /** Databases, containers and documents of a seed. */
  plant(seed: Seed): void {
    const database = seed.database ?? DEFAULT_DATABASE;
    if (this.#account.database(database) === undefined) this.createDatabase(database);
    for (const [container, containerSeed] of Object.entries(seed.containers)) {
      this.createContainer({ database, container }, containerSeed);
    }
  }

  /** The state of a database as a seed: without system properties, documents sorted by id and partition key, ready to be compared. */
  snapshot(database?: string): Seed {
    const source = this.#database(database);
    const containers = [...source.containers].sort(([left], [right]) => left < right ? -1 : 1);
    return parseSeed({
      database: source.id,
      containers: Object.fromEntries(containers.map(([id, container]) => [id, containerSnapshot(container)])),
    });
  }

  #write(
    kind: "create" | "upsert",
    input: { readonly address: string | ContainerAddress; readonly documents: Iterable<JsonObject> },
  ): void {
    const container = this.#container(input.address);
    let at = 0;
    for (const body of input.documents) {
      orEmulatorError({
        action: `store document ${JSON.stringify(body.id)}`,
        path: documentPath(container, at++),
      }, () =>
        performOperation({ kind, body, partitionKey: undefined }, {
          container,
          partition: partitionKeyOf(body, container.documents.scheme),
          engine: this.#engine,
          nowMs: this.#clock.wallMs(),
        }));
    }
  }

  #database(name: string | undefined): Database {
    const database = name === undefined
      ? this.#account.databases.values().next().value
      : this.#account.database(name);
    if (database === undefined) throw missing("database", name ?? "");
    return database;
  }

  #container(address: string | ContainerAddress): Container {
    const { database, container } = addressOf(address);
    const found = this.#database(database).container(container);
    if (found === undefined) throw missing("container", container);
    return found;
  }
}

function addressOf(address: string | ContainerAddress): ContainerAddress {
  return typeof address === "string" ? { container: address } : address;
}

function factsOf({ id, minInclusive, maxExclusive, parents }: PhysicalRange): RangeFacts {
  return { id, minInclusive, maxExclusive, parents };
}

function missing(kind: string, name: string): CosmigError {
  return new CosmigError(
    "emulator",
    `Cannot find ${kind} "${name}" as the emulator has none of that name: current value is missing`,
  );
}

function documentPath({ id }: Container, index: number): string {
  return `/containers/${escapePointer(id)}/documents/${index}`;
}

/** Turns a refusal into an error of whoever prepares the state; `path` is where a seed has what was refused. */
function orEmulatorError<Result>(
  { action, path }: { readonly action: string; readonly path?: string },
  work: () => Result,
): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const { message, status, substatus } = error;
    throw new CosmigError(
      "emulator",
      `Cannot ${action} as the service accepts it: current value is refused with ${status}, ${message}`,
      {
        details: { status, substatus, ...path !== undefined && { path } },
      },
    );
  }
}
