import type { JsonObject } from "../../base/json.ts";
import type { Container } from "./container.ts";
import { etagOf } from "./etag.ts";
import { databaseRid } from "./rids.ts";
import type { ProvisionedThroughput } from "./throughput.ts";

/** A database and its containers. */
export class Database {
  readonly id: string;
  readonly number: number;
  readonly rid: string;
  readonly self: string;
  readonly containers = new Map<string, Container>();
  /** Throughput that its containers share. */
  throughput: ProvisionedThroughput | undefined;
  readonly #createdMs: number;

  constructor(id: string, options: { readonly number: number; readonly nowMs: number }) {
    this.id = id;
    this.number = options.number;
    this.rid = databaseRid(options.number);
    this.self = `dbs/${this.rid}/`;
    this.#createdMs = options.nowMs;
  }

  get etag(): string {
    return etagOf(0, this.number);
  }

  /** By name, or else by `_rid`. */
  container(nameOrRid: string): Container | undefined {
    return this.containers.get(nameOrRid) ??
      [...this.containers.values()].find(({ rid }) => rid === nameOrRid);
  }

  /** The database as clients see it. */
  resource(): JsonObject {
    return {
      id: this.id,
      _rid: this.rid,
      _self: this.self,
      _etag: this.etag,
      _colls: "colls/",
      _users: "users/",
      _ts: Math.floor(this.#createdMs / 1_000),
    };
  }
}
