/** Any value that JSON can hold. `undefined` stands for "no value", as in Cosmos SQL. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** Whether a value is a JSON object (neither null nor an array). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Deep equality of two JSON values; the order of an object's keys does not matter, `undefined` members count as absent. */
export function jsonEquals(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (Object.is(left, right) || left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => jsonEquals(item, right[index]));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => jsonEquals(left[key], right[key]));
}

/** JSON text with the keys of every object sorted, so that equal values give equal text. */
export function canonicalJson(value: JsonValue): string {
  return JSON.stringify(value, (_key, item) => isJsonObject(item) ? sortedByKey(item) : item);
}

function sortedByKey(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([left], [right]) => left < right ? -1 : 1));
}
