import type { JsonObject, JsonValue } from "../../lib/base/json.ts";

/** A patch operation whose path is a list of names. */
export interface PatchStep {
  readonly op: "add" | "set" | "replace" | "remove" | "incr" | "move";
  readonly path: readonly string[];
  readonly from: readonly string[];
  readonly value: JsonValue;
}

/** What an operation does at its place: given the value there, `undefined` for none, the value afterwards. */
type Change = (value: JsonValue | undefined) => JsonValue | undefined;

class Refused extends Error {}

/**
 * A document after patch operations, or `"refused"`: a model by whole new documents, from the pages of the service. An element at the end of an array
 * can be set or incremented as it can be added; the pages leave that open.
 */
export function patchModel(document: JsonObject, steps: readonly PatchStep[]): JsonObject | "refused" {
  try {
    return steps.reduce<JsonValue>(applyStep, document) as JsonObject;
  } catch (error) {
    if (error instanceof Refused) return "refused";
    throw error;
  }
}

function applyStep(document: JsonValue, { op, path, from, value }: PatchStep): JsonValue {
  switch (op) {
    case "add":
      return changeAt(document, path, { change: () => value, inserts: true });
    case "set":
      return changeAt(document, path, { change: () => value });
    case "replace":
      return changeAt(document, path, { change: (old) => (demand(old), value) });
    case "remove":
      return changeAt(document, path, { change: (old) => (demand(old), undefined) });
    case "incr":
      return changeAt(document, path, { change: (old) => sum(old, value) });
    case "move": {
      if (path.length > from.length && from.every((name, at) => path[at] === name)) throw new Refused();
      const moved = demand(valueAt(document, from));
      const without = changeAt(document, from, { change: () => undefined });
      return changeAt(without, path, { change: () => moved, inserts: true });
    }
  }
}

function changeAt(
  node: JsonValue | undefined,
  [name, ...rest]: readonly string[],
  how: { readonly change: Change; readonly inserts?: boolean },
): JsonValue {
  if (typeof node !== "object" || node === null || name === undefined) throw new Refused();
  if (rest.length > 0) {
    const child = changeAt(valueAt(node, [name]), rest, how);
    return Array.isArray(node)
      ? node.map((item, at) => String(at) === name ? child : item)
      : { ...node, [name]: child };
  }
  if (!Array.isArray(node)) {
    const { [name]: old, ...others } = node as JsonObject;
    const value = how.change(old);
    return value === undefined ? others : { ...node as JsonObject, [name]: value };
  }
  const index = name === "-" ? node.length : /^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : NaN;
  if (!(index <= node.length)) throw new Refused();
  // "-" is the place after the last element, at which there is nothing to replace or remove.
  const value = how.change(name === "-" ? undefined : node[index]);
  const replaced = how.inserts === true ? 0 : 1;
  return [...node.slice(0, index), ...value === undefined ? [] : [value], ...node.slice(index + replaced)];
}

function valueAt(node: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = node;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Array.isArray(value)
      ? /^(?:0|[1-9]\d*)$/.test(name) ? value[Number(name)] : undefined
      : Object.hasOwn(value, name)
      ? (value as JsonObject)[name]
      : undefined;
  }
  return value;
}

function demand(value: JsonValue | undefined): JsonValue {
  if (value === undefined) throw new Refused();
  return value;
}

function sum(old: JsonValue | undefined, by: JsonValue): JsonValue {
  if (typeof by !== "number" || (old !== undefined && typeof old !== "number")) throw new Refused();
  return (old ?? 0) + by;
}
