import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from "../../base/json.ts";

/** What an expression evaluates to; `undefined` is Cosmos SQL's `undefined`. */
export type Value = JsonValue | undefined;

/**
 * `=`. Undefined when a side is undefined, otherwise true or false, also for two types.
 *
 * The page "Equality and comparison operators" of the documentation prints "undefined" for two types, but the service answers false to `1 = "1"`
 * and true to `c.price != null` where the price is a number: so does Microsoft's own model of it, the offline engine in the tests of
 * azure-cosmos-dotnet-v3 (ScalarExpressionEvaluator.PerformBinaryEquality), and so filters in the field rely on it.
 */
export function equal(left: Value, right: Value): boolean | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (left === right) return true;
  return typeof left === "object" && typeof right === "object" && jsonEquals(left, right);
}

/**
 * Compares for `<`, `<=`, `>` and `>=`: undefined across types, and for arrays and objects (documentation, "Equality and comparison operators").
 * Strings compare by UTF-16 code units.
 */
export function compare(left: Value, right: Value): number | undefined {
  if (typeof left !== typeof right) return undefined;
  switch (typeof left) {
    case "number":
    case "string":
    case "boolean":
      if (typeof right === "object" || right === undefined) return undefined;
      return left === right ? 0 : left < right ? -1 : 1;
    default:
      return left === null && right === null ? 0 : undefined;
  }
}

/** A number that JSON can hold, or undefined. */
export function finite(value: number): Value {
  return Number.isFinite(value) ? value : undefined;
}

/** The member of an object, own ones only. */
export function memberOf(object: Value, name: string): Value {
  if (typeof object !== "object" || object === null || !isJsonObject(object)) return undefined;
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sets a member of an object under construction; `undefined` leaves it out. */
export function setMember(target: Record<string, JsonValue>, name: string, value: Value): void {
  if (value === undefined) return;
  if (name === "__proto__") {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

/** The members of an object that have a value. */
export function membersOf(object: JsonObject): readonly (readonly [string, JsonValue])[] {
  const members: (readonly [string, JsonValue])[] = [];
  for (const [name, value] of Object.entries(object)) {
    if (value !== undefined) members.push([name, value]);
  }
  return members;
}

/** Whether a value is an array; narrows read-only arrays as well. */
export function isArray(value: Value): value is readonly JsonValue[] {
  return Array.isArray(value);
}
