import { isJsonObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { PathSegment } from "../../definition/path.ts";

/** One place in one document: names of properties and indexes of elements. */
export type Place = readonly (string | number)[];

/** The places that a path leads to, whether or not there is a value: those whose surrounding object or array exists. */
export function placesOf(document: JsonObject, segments: readonly PathSegment[]): readonly Place[] {
  return placesIn(document, { segments, reached: [] });
}

function placesIn(
  value: JsonValue | undefined,
  { segments, reached }: { readonly segments: readonly PathSegment[]; readonly reached: Place },
): readonly Place[] {
  const [segment, ...rest] = segments;
  if (segment === undefined) return [reached];
  if (segment.kind === "each") {
    if (!Array.isArray(value)) return [];
    return value.flatMap((item, index) => placesIn(item, { segments: rest, reached: [...reached, index] }));
  }
  if (!isJsonObject(value)) return [];
  return placesIn(memberOf(value, segment.name), { segments: rest, reached: [...reached, segment.name] });
}

/** The value at a place. */
export function valueAt(value: JsonValue | undefined, place: Place): JsonValue | undefined {
  return place.reduce<JsonValue | undefined>(
    (inner, key) =>
      Array.isArray(inner)
        ? inner[Number(key)]
        : isJsonObject(inner)
        ? memberOf(inner, String(key))
        : undefined,
    value,
  );
}

/** Whether a value can be put at a place: what is around it exists. */
export function isReachable(document: JsonObject, place: Place): boolean {
  const around = valueAt(document, place.slice(0, -1));
  return Array.isArray(around) ? Number(place.at(-1)) < around.length : isJsonObject(around);
}

/** A copy with another value at a reachable place; `undefined` removes a property. Elements of arrays are never removed. */
export function withValue<Value extends JsonValue>(
  value: Value,
  place: Place,
  next: JsonValue | undefined,
): Value;
export function withValue(value: JsonValue, place: Place, next: JsonValue | undefined): JsonValue {
  const [key, ...rest] = place;
  if (key === undefined) return next ?? value;
  if (Array.isArray(value)) {
    return value.map((item, index) => index === Number(key) ? withValue(item, rest, next) : item);
  }
  if (!isJsonObject(value)) return value;
  const name = String(key);
  if (rest.length === 0 && next === undefined) {
    return Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
  }
  const inner = memberOf(value, name);
  return { ...value, [name]: rest.length === 0 ? next : inner && withValue(inner, rest, next) };
}

function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
