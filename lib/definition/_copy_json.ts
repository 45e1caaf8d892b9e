import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { formatPointer } from "./path.ts";

/**
 * A deeply frozen copy of an object, so that what a plan prints is what is applied, whatever becomes of the original.
 *
 * @param what the object in words, for the error
 * @throws {CosmigError} with code `operation-refused` when a value would not survive as JSON
 */
export function copyJson(value: object, what: string): JsonObject {
  const copy = copyValue(value, { what, path: [] });
  if (isJsonObject(copy)) return copy;
  throw new CosmigError("operation-refused", `Cannot use ${what} as it is not an object`);
}

interface Place {
  readonly what: string;
  readonly path: readonly (string | number)[];
}

function copyValue(value: unknown, place: Place): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) {
    return Object.freeze(Array.from(value, (item, index) => copyValue(item, within(place, index))));
  }
  if (typeof value === "object" && isPlain(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.freeze(
      Object.fromEntries(members.map(([key, member]) => [key, copyValue(member, within(place, key))])),
    );
  }
  const at = place.path.length === 0 ? "" : ` at "${formatPointer(place.path)}"`;
  throw new CosmigError(
    "operation-refused",
    `Cannot use ${place.what} as JSON${at}: current value is ${inWords(value)}`,
    {
      hint: "Use strings, finite numbers, booleans, null, lists and plain objects",
    },
  );
}

function within({ what, path }: Place, key: string | number): Place {
  return { what, path: [...path, key] };
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function inWords(value: unknown): string {
  if (typeof value === "number" || value === undefined) return String(value);
  return typeof value === "object" ? `a ${value?.constructor.name}` : `a ${typeof value}`;
}
