import type { JsonObject } from "../../base/json.ts";
import { badRequest, notFound, preconditionFailed, refuseDuplicate } from "../gateway_error.ts";
import { checkResourceId } from "./container_definition.ts";
import { etagMatches, etagOf } from "./etag.ts";

/** The three kinds of code that a container can store, by the segment of their path. */
export type ScriptKind = "sprocs" | "triggers" | "udfs";

interface ScriptStoreOptions {
  readonly self: string;
  readonly rid: (number: number) => string;
  readonly number: number;
  readonly nowMs: () => number;
}

const SYSTEM_MEMBERS = ["_rid", "_self", "_etag", "_ts"];

/** Stored procedures, triggers and user-defined functions of a container: kept and returned, never run. */
export class ScriptStore {
  readonly #options: ScriptStoreOptions;
  readonly #scripts = new Map<string, JsonObject>();
  #writes = 0;
  #created = 0;

  constructor(options: ScriptStoreOptions) {
    this.#options = options;
  }

  list(kind: ScriptKind): readonly JsonObject[] {
    return [...this.#scripts].flatMap(([key, script]) => key.startsWith(`${kind}/`) ? [script] : []);
  }

  /** @throws GatewayError (404) */
  read(kind: ScriptKind, id: string): JsonObject {
    const script = this.#scripts.get(`${kind}/${id}`) ?? this.list(kind).find(({ _rid }) => _rid === id);
    if (script === undefined) throw notFound();
    return script;
  }

  /** @throws GatewayError (400, 409) */
  create(kind: ScriptKind, body: JsonObject): JsonObject {
    const id = checkResourceId(body.id);
    refuseDuplicate(this.#scripts.has(`${kind}/${id}`));
    return this.#store(kind, body, this.#options.rid(++this.#created));
  }

  /** @throws GatewayError (400, 404, 412) */
  replace(
    kind: ScriptKind,
    id: string,
    options: { readonly body: JsonObject; readonly ifMatch?: string | undefined },
  ): JsonObject {
    const current = this.#checked(kind, id, options.ifMatch);
    if (options.body.id !== current.id) throw badRequest("The id of a script cannot be changed");
    return this.#store(kind, options.body, String(current._rid));
  }

  /** @throws GatewayError (404, 412) */
  delete(kind: ScriptKind, id: string, options: { readonly ifMatch?: string | undefined } = {}): void {
    this.#scripts.delete(`${kind}/${this.#checked(kind, id, options.ifMatch).id}`);
  }

  #checked(kind: ScriptKind, id: string, ifMatch: string | undefined): JsonObject {
    const current = this.read(kind, id);
    if (ifMatch !== undefined && !etagMatches(ifMatch, String(current._etag))) throw preconditionFailed();
    return current;
  }

  #store(kind: ScriptKind, body: JsonObject, rid: string): JsonObject {
    if (typeof body.body !== "string") throw badRequest("A script needs a body");
    const { self, number, nowMs } = this.#options;
    const stored = {
      ...Object.fromEntries(Object.entries(body).filter(([name]) => !SYSTEM_MEMBERS.includes(name))),
      _rid: rid,
      _self: `${self}${kind}/${rid}/`,
      _etag: etagOf(number, 2 ** 45 + ++this.#writes),
      _ts: Math.floor(nowMs() / 1_000),
    };
    this.#scripts.set(`${kind}/${body.id}`, stored);
    return stored;
  }
}
