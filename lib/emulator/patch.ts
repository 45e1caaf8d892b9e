import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { badRequest } from "./gateway_error.ts";

const MAX_OPERATIONS = 10;
const SYSTEM_PROPERTIES = ["_rid", "_self", "_etag", "_attachments", "_ts"];

/** A patch as it was sent. */
export interface Patch {
  readonly operations: readonly JsonObject[];
  /** `FROM c WHERE …` */
  readonly condition: string | undefined;
}

type Node = { [key: string]: JsonValue | undefined } | JsonValue[];

/**
 * Reads the body of a patch: an object with operations and condition, or only the operations.
 *
 * @throws GatewayError (400)
 */
export function parsePatch(body: JsonValue): Patch {
  const { operations, condition }: JsonObject = isJsonObject(body) ? body : { operations: body };
  if (!Array.isArray(operations) || operations.length === 0 || !operations.every(isJsonObject)) {
    throw badRequest("A patch needs a list of operations");
  }
  if (operations.length > MAX_OPERATIONS) {
    throw badRequest(`The number of patch operations can't exceed ${MAX_OPERATIONS}`);
  }
  if (condition !== undefined && condition !== null && typeof condition !== "string") {
    throw badRequest("The condition of a patch must be text");
  }
  return { operations, condition: condition ?? undefined };
}

/**
 * Applies patch operations in their order.
 *
 * @returns a new document; the old one is not touched
 * @throws GatewayError (400) when one of them cannot be applied
 */
export function applyPatch(document: JsonObject, operations: readonly JsonObject[]): JsonObject {
  const result = structuredClone(document) as { [key: string]: JsonValue | undefined };
  for (const operation of operations) applyOperation(result, operation);
  return result;
}

function applyOperation(document: Node, operation: JsonObject): void {
  const path = parsePath(operation.path);
  switch (operation.op) {
    case "add":
      return add(locate(document, path), valueOf(operation));
    case "set":
      return set(locate(document, path), valueOf(operation));
    case "replace":
      return replace(locate(document, path), valueOf(operation));
    case "remove":
      return remove(locate(document, path));
    case "incr":
    case "increment":
      return increment(locate(document, path), operation.value);
    case "move":
      return move(document, parsePath(operation.from), path);
    default:
      throw badRequest(`Patch operation ${JSON.stringify(operation.op)} is not supported`);
  }
}

/** A place in a document: a container that exists, and a name in it that may not. */
interface Place {
  readonly parent: Node;
  readonly name: string;
}

function add({ parent, name }: Place, value: JsonValue): void {
  if (!Array.isArray(parent)) return define(parent, name, value);
  parent.splice(name === "-" ? parent.length : arrayIndex(parent, name, parent.length), 0, value);
}

function set({ parent, name }: Place, value: JsonValue): void {
  if (!Array.isArray(parent)) return define(parent, name, value);
  parent[name === "-" ? parent.length : arrayIndex(parent, name, parent.length)] = value;
}

function replace(place: Place, value: JsonValue): void {
  requirePresent(place);
  put(place, value);
}

function remove(place: Place): void {
  requirePresent(place);
  const { parent, name } = place;
  if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else delete parent[name];
}

function increment(place: Place, by: JsonValue | undefined): void {
  if (typeof by !== "number") throw badRequest("The value of an increment must be a number");
  const current = read(place);
  if (current === undefined) return set(place, by);
  if (typeof current !== "number") throw badRequest(`The value at "${place.name}" is not a number`);
  put(place, current + by);
}

function move(document: Node, from: readonly string[], to: readonly string[]): void {
  if (to.length > from.length && from.every((name, at) => to[at] === name)) {
    throw badRequest("A value cannot be moved into itself");
  }
  const source = locate(document, from);
  requirePresent(source);
  const value = read(source)!;
  remove(source);
  add(locate(document, to), value);
}

function locate(document: Node, path: readonly string[]): Place {
  let parent: Node = document;
  for (const name of path.slice(0, -1)) {
    const next = read({ parent, name });
    if (typeof next !== "object" || next === null) {
      throw badRequest(`The path "/${path.join("/")}" does not exist in the document`);
    }
    parent = next as Node;
  }
  return { parent, name: path.at(-1)! };
}

function read({ parent, name }: Place): JsonValue | undefined {
  if (Array.isArray(parent)) return /^(0|[1-9]\d*)$/.test(name) ? parent[Number(name)] : undefined;
  return Object.hasOwn(parent, name) ? parent[name] : undefined;
}

function put({ parent, name }: Place, value: JsonValue): void {
  if (Array.isArray(parent)) parent[Number(name)] = value;
  else define(parent, name, value);
}

/** Unlike an assignment, this treats `__proto__` as any other name. */
function define(parent: Node, name: string, value: JsonValue): void {
  Object.defineProperty(parent, name, { value, writable: true, enumerable: true, configurable: true });
}

function requirePresent(place: Place): void {
  if (read(place) === undefined) {
    throw badRequest(`The path to "${place.name}" does not exist in the document`);
  }
}

function arrayIndex(parent: readonly JsonValue[], name: string, max: number): number {
  const index = /^(0|[1-9]\d*)$/.test(name) ? Number(name) : NaN;
  if (!(index <= max)) {
    throw badRequest(`"${name}" is not a valid index of an array of ${parent.length} elements`);
  }
  return index;
}

function valueOf(operation: JsonObject): JsonValue {
  if (operation.value === undefined) throw badRequest("The patch operation needs a value");
  return operation.value;
}

function parsePath(path: JsonValue | undefined): readonly string[] {
  if (typeof path !== "string" || !path.startsWith("/") || path === "/") {
    throw badRequest(`Patch path ${JSON.stringify(path)} must begin with a slash and name a property`);
  }
  const names = path.slice(1).split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (SYSTEM_PROPERTIES.includes(names[0]!)) {
    throw badRequest(`The system property "${names[0]}" cannot be patched`);
  }
  return names;
}
