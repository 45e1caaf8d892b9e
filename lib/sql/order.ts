import { type JsonObject, type JsonValue } from "../base/json.ts";
import { isArray, membersOf, type Value } from "./evaluate/value.ts";

/** Where a type sorts: undefined, null, false, true, numbers, strings, arrays, objects. */
function rankOf(value: Value): number {
  switch (typeof value) {
    case "undefined":
      return 0;
    case "boolean":
      return value ? 3 : 2;
    case "number":
      return 4;
    case "string":
      return 5;
    default:
      if (value === null) return 1;
      return isArray(value) ? 6 : 7;
  }
}

/**
 * The total order of ORDER BY, MIN and MAX: first by type, then by value. Arrays compare element by element, objects by their members in the order
 * of names. (The service does not promise an order within arrays and objects; this one makes results deterministic.)
 *
 * @returns a negative number, zero or a positive number
 */
export function compareInOrder(left: Value, right: Value): number {
  const rank = rankOf(left) - rankOf(right);
  if (rank !== 0 || left === right) return rank;
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : 1;
  if (isArray(left) && isArray(right)) return compareLists(left, right);
  return compareObjects(left as JsonObject, right as JsonObject);
}

function compareLists(left: readonly JsonValue[], right: readonly JsonValue[]): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index++) {
    const order = compareInOrder(left[index], right[index]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareObjects(left: JsonObject, right: JsonObject): number {
  const flatten = (object: JsonObject): JsonValue[] =>
    [...membersOf(object)].sort(([one], [other]) => one < other ? -1 : 1).flat();
  return compareLists(flatten(left), flatten(right));
}
