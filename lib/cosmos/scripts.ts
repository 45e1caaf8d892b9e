import { CosmosError } from "../base/errors.ts";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import type { Caller } from "./_caller.ts";
import { covers } from "./_definition.ts";
import type { Answer } from "./_outcome.ts";
import { scriptResource, scriptsResource } from "./_resource.ts";
import type { CosmosScripts, RequestOptions, ScriptKind, StoredScript } from "./port.ts";

/** What scripts are reached by. */
export interface ScriptsOptions {
  readonly caller: Caller;
  readonly database: string;
  readonly container: string;
}

const FEEDS: Readonly<Record<ScriptKind, string>> = {
  sprocs: "StoredProcedures",
  triggers: "Triggers",
  udfs: "UserDefinedFunctions",
};
const IN_WORDS: Readonly<Record<ScriptKind, string>> = {
  sprocs: "stored procedure",
  triggers: "trigger",
  udfs: "user-defined function",
};

/** The scripts of a container of Cosmos DB. */
export class SdkScripts implements CosmosScripts {
  readonly #options: ScriptsOptions;

  constructor(options: ScriptsOptions) {
    this.#options = options;
  }

  async list(kind: ScriptKind, { signal }: RequestOptions = {}): Promise<readonly StoredScript[]> {
    const { caller, container } = this.#options;
    const scripts: StoredScript[] = [];
    let continuation: string | undefined;
    do {
      const { body, headers } = await caller.patiently({
        request: {
          resource: scriptsResource({ ...this.#options, kind }),
          action: { kind: "read" },
          signal,
          headers: continuation === undefined ? {} : { "x-ms-continuation": continuation },
        },
        operation: `list the ${IN_WORDS[kind]}s of "${container}"`,
        container,
      });
      const page = isJsonObject(body) ? body[FEEDS[kind]] : undefined;
      if (Array.isArray(page)) scripts.push(...page as StoredScript[]);
      continuation = headers["x-ms-continuation"];
    } while (continuation !== undefined);
    return scripts;
  }

  async read(
    id: string,
    { kind, signal }: RequestOptions & { readonly kind: ScriptKind },
  ): Promise<StoredScript | undefined> {
    const { caller, container } = this.#options;
    const { status, body } = await caller.patiently({
      request: { resource: scriptResource({ ...this.#options, kind }, id), action: { kind: "read" }, signal },
      operation: `read ${IN_WORDS[kind]} "${id}" of "${container}"`,
      container,
      accepts404: true,
    });
    return status === 404 ? undefined : body as unknown as StoredScript;
  }

  async create(
    script: JsonObject,
    { kind, signal }: RequestOptions & { readonly kind: ScriptKind },
  ): Promise<void> {
    const { caller, container } = this.#options;
    const id = String(script["id"]);
    await caller.patiently({
      request: {
        resource: scriptsResource({ ...this.#options, kind }),
        action: { kind: "create", body: script },
        signal,
      },
      operation: `create ${IN_WORDS[kind]} "${id}" in "${container}"`,
      isWrite: true,
      container,
    }, (refusal) => this.#recognise(script, { kind, refusal, status: 409, signal }));
  }

  async replace(
    script: JsonObject,
    { kind, ifMatch, signal }: RequestOptions & { readonly kind: ScriptKind; readonly ifMatch: string },
  ): Promise<void> {
    const { caller, container } = this.#options;
    const id = String(script["id"]);
    await caller.patiently({
      request: {
        resource: scriptResource({ ...this.#options, kind }, id),
        action: { kind: "replace", body: script },
        headers: { "if-match": ifMatch },
        signal,
      },
      operation: `change ${IN_WORDS[kind]} "${id}" of "${container}"`,
      isWrite: true,
      container,
    }, (refusal) => this.#recognise(script, { kind, refusal, status: 412, signal }));
  }

  async delete(
    id: string,
    { kind, ifMatch, signal }: RequestOptions & { readonly kind: ScriptKind; readonly ifMatch: string },
  ): Promise<void> {
    const { caller, container } = this.#options;
    await caller.patiently({
      request: {
        resource: scriptResource({ ...this.#options, kind }, id),
        action: { kind: "delete" },
        headers: { "if-match": ifMatch },
        signal,
      },
      operation: `delete ${IN_WORDS[kind]} "${id}" of "${container}"`,
      isWrite: true,
      container,
      accepts404: true,
    });
  }

  /** Whether the script that stands in the way is the one that a lost answer was about. */
  async #recognise(
    script: JsonObject,
    { kind, refusal, status, signal }: RequestOptions & {
      readonly kind: ScriptKind;
      readonly refusal: CosmosError;
      readonly status: number;
    },
  ): Promise<Answer | undefined> {
    if (refusal.status !== status) return undefined;
    const found = await this.read(String(script["id"]), { kind, signal });
    if (!covers(found, script)) return undefined;
    return { status: 200, substatus: 0, headers: {}, body: found, charge: 0, retryAfterMs: undefined };
  }
}
