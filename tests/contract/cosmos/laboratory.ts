/**
 * What checks work with: a database of their own at an endpoint, containers in it, the SDK, requests by hand, and the means to make time pass and
 * partitions split. It does not know what is right; a means that an endpoint does not offer is thrown as {@linkcode Unobservable}.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { CosmosClient, type Database } from "@azure/cosmos";
import type { JsonObject } from "../../../lib/base/json.ts";
import { Unobservable } from "./check.ts";
import type { Endpoint } from "./endpoint.ts";
import { keepAliveAgent, type RawAnswer, type RawRequest, sendSigned } from "./signed_request.ts";
import { Specimen } from "./specimen.ts";

/** Time that is waited for in earnest where no clock can be moved. */
const MAX_WAIT_SECONDS = 4;

/** How a container is made for a check. */
export interface SpecimenOptions {
  readonly definition?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** See the module. */
export class Laboratory implements AsyncDisposable {
  readonly client: CosmosClient;
  readonly databaseId: string;
  readonly #endpoint: Endpoint;
  readonly #agent: http.Agent;
  #shared: Promise<Specimen> | undefined;
  #made = 0;

  private constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#agent = keepAliveAgent(endpoint.endpoint);
    this.databaseId = `cosmig-conformance-${randomUUID()}`;
    this.client = new CosmosClient({
      endpoint: endpoint.endpoint,
      key: endpoint.key,
      consistencyLevel: "Session",
      connectionPolicy: {
        enableEndpointDiscovery: false,
        requestTimeout: 5_000,
        retryOptions: {
          maxRetryAttemptCount: 0,
          fixedRetryIntervalInMilliseconds: 0,
          maxWaitTimeInSeconds: 0,
        },
      },
    });
  }

  /** Creates the database; disposing drops it. */
  static async open(endpoint: Endpoint): Promise<Laboratory> {
    const laboratory = new Laboratory(endpoint);
    await laboratory.client.databases.create({ id: laboratory.databaseId });
    return laboratory;
  }

  get database(): Database {
    return this.client.database(this.databaseId);
  }

  /** For signatures that are wrong on purpose. */
  get masterKey(): string {
    return this.#endpoint.key;
  }

  get databasePath(): string {
    return `/dbs/${this.databaseId}`;
  }

  /** A container `/pk` that checks share; each uses a partition key of its own. */
  shared(): Promise<Specimen> {
    return this.#shared ??= this.container();
  }

  /** A partition key value that no other check has. */
  newKey(): string {
    return `key-${++this.#made}`;
  }

  /** A new container, `/pk` unless its definition says otherwise. */
  async container({ definition = {}, headers = {} }: SpecimenOptions = {}): Promise<Specimen> {
    const id = `specimen-${++this.#made}`;
    const { outcome, text } = await this.send({
      method: "POST",
      path: `${this.databasePath}/colls`,
      headers,
      body: { id, partitionKey: { paths: ["/pk"], kind: "Hash", version: 2 }, ...definition },
    });
    if (outcome !== "201") throw new Error(`no container: ${outcome} ${text.slice(0, 100)}`);
    return new Specimen(this, id);
  }

  /** Sends a request by hand. */
  send(request: RawRequest): Promise<RawAnswer> {
    return sendSigned({ ...this.#endpoint, agent: this.#agent }, request);
  }

  /** Lets time pass: on the clock of the endpoint where it can be moved, else by waiting. */
  async pass(seconds: number): Promise<void> {
    if (await this.#command("clock", { advanceMs: seconds * 1_000 }) !== undefined) return;
    if (seconds > MAX_WAIT_SECONDS) throw new Unobservable(`no clock that can be moved by ${seconds} s`);
    await sleep(seconds * 1_000);
  }

  /** Moves the clock of the endpoint. */
  async moveClock(seconds: number): Promise<void> {
    if (await this.#command("clock", { advanceMs: seconds * 1_000 }) === undefined) {
      throw new Unobservable("no clock that can be moved");
    }
  }

  /** Splits a physical partition of a container, or merges it with its right neighbour. */
  async repartition(command: "split" | "merge", container: string, range: string): Promise<void> {
    if (await this.#command(command, { database: this.databaseId, container, range }) === undefined) {
      throw new Unobservable(`no means to ${command} a partition`);
    }
  }

  /** The authorization header of a principal. */
  bearer(role: "reader" | "contributor" | "none"): string {
    const token = this.#endpoint.tokens?.[role];
    if (token === undefined) throw new Unobservable("no bearer tokens");
    return encodeURIComponent(`type=aad&ver=1.0&sig=${token}`);
  }

  /** Runs a check at the endpoint whose reads lag behind. */
  async whereReadsLag<Result>(work: (laboratory: Laboratory) => Promise<Result>): Promise<Result> {
    const { stale } = this.#endpoint;
    if (stale === undefined) throw new Unobservable("no reads that lag behind on purpose");
    await using laboratory = await Laboratory.open({ ...stale, async [Symbol.asyncDispose]() {} });
    return await work(laboratory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.delete().catch(() => {});
    this.client.dispose();
    this.#agent.destroy();
  }

  async #command(name: string, body: JsonObject): Promise<JsonObject | undefined> {
    const { outcome, json } = await this.send({ method: "POST", path: `/_emulator/${name}`, body });
    return outcome === "200" ? json : undefined;
  }
}
