import { isJsonObject, type JsonObject } from "../../lib/base/json.ts";
import type {
  ContainerProperties,
  DocumentWrite,
  PatchOperation,
  StoredDocument,
  WriteResult,
} from "../../lib/cosmos/port.ts";

/** A container at the service. Documents are found by their id alone, which is their partition key as well. */
export interface ServerContainer {
  readonly properties: ContainerProperties;
  readonly documents: Map<string, StoredDocument>;
}

/** How the service behaves; anything but the default is a mutation of what the tool rests on. */
export interface ServiceBehaviour {
  readonly deletesContainersByName: boolean;
  readonly ignoresDocumentConditions: boolean;
}

/** Documents and containers at the service, as they are at this moment. */
export class SimulatedService {
  readonly containers = new Map<string, ServerContainer>();
  readonly #behaviour: ServiceBehaviour;
  readonly #namesByRid = new Map<string, string>();
  #counter = 0;

  constructor(behaviour: ServiceBehaviour) {
    this.#behaviour = behaviour;
  }

  /** @returns `undefined` when one of that name exists */
  createContainer(definition: JsonObject): ContainerProperties | undefined {
    const id = String(definition["id"]);
    if (this.containers.has(id)) return undefined;
    const partitionKey = definition["partitionKey"];
    const paths = isJsonObject(partitionKey) ? partitionKey["paths"] : undefined;
    const properties = {
      id,
      rid: `rid${++this.#counter}`,
      etag: this.#newEtag(),
      partitionKeyPaths: Array.isArray(paths) ? paths.map(String) : [],
      definition,
    };
    this.#namesByRid.set(properties.rid, id);
    this.containers.set(id, { properties, documents: new Map() });
    return properties;
  }

  deleteContainer(rid: string): void {
    const id = this.#namesByRid.get(rid);
    if (id === undefined) return;
    const isSame = this.containers.get(id)?.properties.rid === rid;
    if (isSame || this.#behaviour.deletesContainersByName) this.containers.delete(id);
  }

  write(container: ServerContainer, write: DocumentWrite): WriteResult {
    const id = write.kind === "create" || write.kind === "upsert" ? String(write.document["id"]) : write.id;
    const existing = container.documents.get(id);
    if (write.kind === "create" && existing !== undefined) return result(409);
    if (write.kind === "replace" || write.kind === "patch" || write.kind === "delete") {
      if (existing === undefined) return result(404);
      if (existing._etag !== write.ifMatch && !this.#behaviour.ignoresDocumentConditions) return result(412);
    }
    if (write.kind === "delete") {
      container.documents.delete(id);
      return result(204);
    }
    const next = write.kind === "patch" ? patched(existing ?? {}, write.operations) : write.document;
    if (next === undefined) return result(400);
    const stored = { ...next, id, _etag: this.#newEtag(), _ts: 0 };
    container.documents.set(id, stored);
    return result(write.kind === "create" ? 201 : 200, stored._etag);
  }

  /** The application counts something in a document, without a condition. */
  increment(container: ServerContainer, id: string): boolean {
    const existing = container.documents.get(id);
    if (existing === undefined) return false;
    const hits = Number(existing["hits"] ?? 0) + 1;
    container.documents.set(id, { ...existing, hits, _etag: this.#newEtag() });
    return true;
  }

  /** The application drops a property of a document, without a condition. @returns whether there was one */
  unset(container: ServerContainer, id: string, name: string): boolean {
    const document: JsonObject = container.documents.get(id) ?? {};
    const { [name]: value, ...rest } = document;
    if (value === undefined) return false;
    container.documents.set(id, { ...rest, id, _etag: this.#newEtag(), _ts: 0 });
    return true;
  }

  #newEtag(): string {
    return `"d${++this.#counter}"`;
  }
}

function result(status: number, etag?: string): WriteResult {
  return { status, substatus: 0, etag, charge: 1, retryAfterMs: undefined, message: undefined };
}

/** @returns `undefined` when there is no object to patch: a tool that broke a promise before may well ask for that */
function patched(document: JsonObject, operations: readonly PatchOperation[]): JsonObject | undefined {
  return operations.reduce<JsonObject | undefined>((before, operation) => {
    const [name = "", ...rest] = operation.path.slice(1).split("/");
    return before && withMember(before, { name, rest, operation });
  }, document);
}

function withMember(
  object: JsonObject,
  { name, rest, operation }: {
    readonly name: string;
    readonly rest: readonly string[];
    readonly operation: PatchOperation;
  },
): JsonObject | undefined {
  const [next, ...further] = rest;
  if (next !== undefined) {
    const inner = object[name];
    const changed = isJsonObject(inner)
      ? withMember(inner, { name: next, rest: further, operation })
      : undefined;
    return changed && { ...object, [name]: changed };
  }
  switch (operation.op) {
    case "remove": {
      const { [name]: _, ...others } = object;
      return others;
    }
    case "incr":
      return { ...object, [name]: Number(object[name] ?? 0) + operation.value };
    default:
      return { ...object, [name]: operation.value };
  }
}
