import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Gateway, RequestAction } from "./_gateway.ts";
import { judge } from "./_ledger_reply.ts";
import type { Answer } from "./_outcome.ts";
import { documentResource, documentsResource, type Resource } from "./_resource.ts";
import type { ResourceNames } from "./hints.ts";
import type {
  LedgerOperation,
  LedgerRead,
  LedgerReply,
  LedgerRequestOptions,
  LedgerStore,
  StoredDocument,
} from "./port.ts";
import { toCosmosError } from "./to_cosmos_error.ts";

/** What a ledger is made of. */
export interface LedgerOptions {
  readonly gateway: Gateway;
  readonly names: ResourceNames & { readonly container: string };
  /** The logical partition. */
  readonly scope: string;
  /** Tells whether the database or the container is what a 404 means. */
  readonly findMissing: (signal: AbortSignal | undefined) => Promise<"database" | "container">;
}

interface LedgerCall<Value> {
  readonly operation: string;
  readonly isWrite: boolean;
  readonly resource: Resource;
  readonly action: RequestAction;
  readonly headers?: Readonly<Record<string, string>>;
  readonly options: LedgerRequestOptions;
  /** Takes the value out of the answer. */
  readonly read: (answer: Answer) => Value;
}

const PAGE_ITEMS = 1_000;
const OPERATION_TYPES = { create: "Create", replace: "Replace", upsert: "Upsert", delete: "Delete" } as const;

/** The ledger in a container of Cosmos DB. */
export class CosmosLedgerStore implements LedgerStore {
  readonly #options: LedgerOptions;
  readonly #documents: Resource;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#documents = documentsResource(options.names.database, options.names.container);
  }

  read(id: string, options: LedgerRequestOptions = {}): Promise<LedgerReply<LedgerRead>> {
    return this.#send({
      operation: `read document "${id}"`,
      isWrite: false,
      resource: documentResource(this.#documents, id),
      action: { kind: "read" },
      options,
      read: (answer) => ({ document: documentOf(answer), serverTimeMs: serverTimeOf(answer) }),
    });
  }

  create(document: JsonObject, options: LedgerRequestOptions = {}): Promise<LedgerReply<StoredDocument>> {
    return this.#send({
      operation: `create document "${document["id"]}"`,
      isWrite: true,
      resource: this.#documents,
      action: { kind: "create", body: this.#own(document) },
      options,
      read: documentOf,
    });
  }

  replace(
    document: JsonObject,
    options: LedgerRequestOptions & { readonly ifMatch: string },
  ): Promise<LedgerReply<StoredDocument>> {
    const id = String(document["id"]);
    return this.#send({
      operation: `replace document "${id}"`,
      isWrite: true,
      resource: documentResource(this.#documents, id),
      action: { kind: "replace", body: this.#own(document) },
      headers: { "if-match": options.ifMatch },
      options,
      read: documentOf,
    });
  }

  batch(
    operations: readonly LedgerOperation[],
    options: LedgerRequestOptions = {},
  ): Promise<LedgerReply<readonly string[]>> {
    return this.#send({
      operation: `write ${operations.length} documents at once`,
      isWrite: true,
      resource: this.#documents,
      action: { kind: "batch", body: operations.map((operation) => this.#batchOperation(operation)) },
      options,
      read: ({ body }) => operations.map((_, index) => etagAt(body, index)),
    });
  }

  async list(
    prefix: string,
    options: LedgerRequestOptions = {},
  ): Promise<LedgerReply<readonly StoredDocument[]>> {
    const documents: StoredDocument[] = [];
    let charge = 0;
    let continuation: string | undefined;
    do {
      const page = await this.#page(prefix, { ...options, continuation });
      if (page.kind !== "ok") return page;
      documents.push(...page.value.documents);
      charge += page.charge;
      continuation = page.value.continuation;
    } while (continuation !== undefined);
    return { kind: "ok", value: documents, charge };
  }

  #page(prefix: string, options: LedgerRequestOptions & { readonly continuation: string | undefined }) {
    return this.#send({
      operation: `list documents "${prefix}*"`,
      isWrite: false,
      resource: this.#documents,
      action: {
        kind: "query",
        query: "SELECT * FROM c WHERE STARTSWITH(c.id, @prefix)",
        parameters: { prefix },
        maxItems: PAGE_ITEMS,
        continuation: options.continuation,
      },
      options,
      read: ({ body, headers }) => ({
        documents: (body as unknown as { Documents: readonly StoredDocument[] }).Documents,
        continuation: headers["x-ms-continuation"],
      }),
    });
  }

  async #send<Value>(call: LedgerCall<Value>): Promise<LedgerReply<Value>> {
    const { gateway, names, scope, findMissing } = this.#options;
    const { resource, action, headers, isWrite } = call;
    const { signal, beforeSend } = call.options;
    const asked = { operation: `${call.operation} in "${names.container}"`, isWrite, names };
    const outcome = await gateway.send({
      resource,
      action,
      headers,
      signal,
      beforeSend,
      partitionKey: [scope],
    });
    const verdict = judge(outcome, asked);
    switch (verdict.kind) {
      case "answer":
        return { kind: "ok", value: call.read(verdict.answer), charge: verdict.answer.charge };
      case "reply":
        return verdict.reply;
      case "failure":
        if (!verdict.ownerMissing) throw verdict.error;
        throw toCosmosError(outcome, { ...asked, missing: await findMissing(signal) });
    }
  }

  /** Never expires, whatever default the container has. */
  #own(document: JsonObject): JsonObject {
    return { ...document, scope: this.#options.scope, ttl: -1 };
  }

  #batchOperation(operation: LedgerOperation): JsonObject {
    const operationType = OPERATION_TYPES[operation.kind];
    if (operation.kind === "delete") return { operationType, id: operation.id };
    const resourceBody = this.#own(operation.document);
    if (operation.kind !== "replace") return { operationType, resourceBody };
    return { operationType, id: String(operation.document["id"]), ifMatch: operation.ifMatch, resourceBody };
  }
}

function documentOf({ body }: Answer): StoredDocument {
  return body as unknown as StoredDocument;
}

function etagAt(results: JsonValue | undefined, index: number): string {
  const result = (results as readonly { readonly eTag?: string }[])[index];
  return result?.eTag ?? "";
}

function serverTimeOf({ headers }: Answer): number | undefined {
  const timeMs = Date.parse(headers["date"] ?? "");
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
