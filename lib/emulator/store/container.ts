import { jsonEquals, type JsonObject } from "../../base/json.ts";
import {
  checkReplacement,
  completeDefinition,
  type ContainerDefinition,
  schemeOf,
  uniqueKeyPaths,
} from "./container_definition.ts";
import { type DocumentEntry, idOf, type Version } from "./document_entry.ts";
import { DocumentStore } from "./document_store.ts";
import { etagOf } from "./etag.ts";
import type { PhysicalRange } from "./physical_range.ts";
import { childRids, containerRid, documentNumber } from "./rids.ts";
import { ScriptStore } from "./script_store.ts";
import type { ProvisionedThroughput } from "./throughput.ts";
import { UniqueIndex } from "./unique_index.ts";

/** What a container takes from the account that holds it. */
export interface ContainerSurroundings {
  readonly databaseNumber: number;
  readonly databaseRid: string;
  /** Of this container within the account; never used again. */
  readonly number: number;
  readonly rangeCount: number;
  readonly nowMs: () => number;
  readonly staleForMs: number | undefined;
  /** How long a change of the indexing policy takes. */
  readonly indexTransformationMs: number;
}

/** A container: its settings, its scripts and its documents. */
export class Container {
  readonly rid: string;
  readonly number: number;
  readonly self: string;
  readonly documents: DocumentStore;
  readonly scripts: ScriptStore;
  /** Its own throughput; `undefined` where the database or the account has it. */
  throughput: ProvisionedThroughput | undefined;
  readonly #surroundings: ContainerSurroundings;
  readonly #documentRid: (number: number) => string;
  #definition: ContainerDefinition;
  #writes = 1;
  #writtenMs: number;
  #indexedSinceMs = -Infinity;

  /** @throws GatewayError (400) when the definition is wrong */
  constructor(body: JsonObject, surroundings: ContainerSurroundings) {
    this.#surroundings = surroundings;
    this.#definition = completeDefinition(body);
    this.#writtenMs = surroundings.nowMs();
    this.number = surroundings.number;
    this.rid = containerRid(surroundings.databaseNumber, surroundings.number);
    this.self = `dbs/${surroundings.databaseRid}/colls/${this.rid}/`;
    this.#documentRid = childRids(surroundings.databaseNumber, surroundings.number);
    this.scripts = new ScriptStore({
      self: this.self,
      rid: (number) => this.#documentRid(2 ** 40 + number),
      number: surroundings.number,
      nowMs: surroundings.nowMs,
    });
    this.documents = new DocumentStore({
      scheme: schemeOf(this.#definition),
      rangeCount: surroundings.rangeCount,
      uniqueIndex: new UniqueIndex(uniqueKeyPaths(this.#definition)),
      nowMs: surroundings.nowMs,
      staleForMs: surroundings.staleForMs,
    });
    this.#applyTtl();
  }

  get id(): string {
    return this.#definition.id;
  }

  get definition(): ContainerDefinition {
    return this.#definition;
  }

  get etag(): string {
    return etagOf(this.number, 2 ** 44 + this.#writes);
  }

  /** The definition as clients see it. */
  resource(): JsonObject {
    return {
      ...this.#definition,
      _rid: this.rid,
      _ts: Math.floor(this.#writtenMs / 1_000),
      _self: this.self,
      _etag: this.etag,
      _docs: "docs/",
      _sprocs: "sprocs/",
      _triggers: "triggers/",
      _udfs: "udfs/",
      _conflicts: "conflicts/",
    };
  }

  /** Changes the settings. @throws GatewayError (400) when they are wrong or change what is fixed */
  replace(body: JsonObject): void {
    const next = completeDefinition(body);
    checkReplacement(this.#definition, next);
    if (!jsonEquals(this.#definition.indexingPolicy, next.indexingPolicy)) {
      this.#indexedSinceMs = this.#surroundings.nowMs();
    }
    this.#definition = next;
    this.#writes++;
    this.#writtenMs = this.#surroundings.nowMs();
    this.#applyTtl();
  }

  /** Progress of the index transformation, 0 to 100. */
  indexProgress(): number {
    const { nowMs, indexTransformationMs } = this.#surroundings;
    const elapsedMs = nowMs() - this.#indexedSinceMs;
    return elapsedMs >= indexTransformationMs ? 100 : Math.floor(100 * elapsedMs / indexTransformationMs);
  }

  etagOf(version: Version): string {
    return etagOf(this.number, version.lsn);
  }

  /** A document as JSON text, with its system properties. */
  textOf(entry: DocumentEntry, version: Version = entry): string {
    const rid = this.#documentRid(entry.number);
    const text = this.documents.textOf(version);
    return `${text.slice(0, -1)},"_rid":"${rid}","_self":"${this.self}docs/${rid}/","_etag":${
      JSON.stringify(this.etagOf(version))
    },"_attachments":"attachments/","_ts":${Math.floor(version.writtenMs / 1_000)}}`;
  }

  /** A document with its system properties. */
  documentOf(entry: DocumentEntry, version: Version = entry): JsonObject {
    return JSON.parse(this.textOf(entry, version));
  }

  idOf(entry: DocumentEntry): string {
    return idOf(entry.key);
  }

  /** The id of the document with this `_rid` in a physical partition. */
  idOfRid(rid: string, range: PhysicalRange): string | undefined {
    if (!/^[\w+-]{22}==$/.test(rid)) return undefined;
    const [entry] = range.documents.after(documentNumber(rid) - 1);
    return entry !== undefined && this.#documentRid(entry.number) === rid ? this.idOf(entry) : undefined;
  }

  #applyTtl(): void {
    const { defaultTtl } = this.#definition;
    this.documents.defaultTtl = typeof defaultTtl === "number" ? defaultTtl : undefined;
  }
}
