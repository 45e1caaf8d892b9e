import { isJsonObject, jsonEquals, type JsonValue } from "../../base/json.ts";
import { and, or } from "../evaluate/operators.ts";
import { isArray, membersOf, setMember, type Value } from "../evaluate/value.ts";
import { declare, type Operation, type SqlFunction } from "./sql_function.ts";

/** Functions of arrays: undefined for arguments of another type. */
export const ARRAY_FUNCTIONS: readonly SqlFunction[] = [
  declare("ARRAY_LENGTH", 1, (array) => isArray(array) ? array.length : undefined),
  declare("ARRAY_CONCAT", [2, Infinity], (...arrays) => arrays.every(isArray) ? arrays.flat(1) : undefined),
  declare("ARRAY_CONTAINS", [2, 3], contains),
  declare("ARRAY_CONTAINS_ANY", [2, Infinity], quantified(false, or)),
  declare("ARRAY_CONTAINS_ALL", [2, Infinity], quantified(true, and)),
  declare("ARRAY_SLICE", [2, 3], slice),
  declare(
    "SetIntersect",
    2,
    (left, right) =>
      isArray(left) && isArray(right) ? distinct(left.filter((value) => includes(right, value))) : undefined,
  ),
  declare(
    "SetUnion",
    2,
    (left, right) => isArray(left) && isArray(right) ? distinct([...left, ...right]) : undefined,
  ),
  declare("CHOOSE", [2, Infinity], choose),
  declare("ObjectToArray", [1, 3], objectToArray),
];

function includes(array: readonly JsonValue[], wanted: Value): boolean {
  return array.some((value) => jsonEquals(value, wanted));
}

function distinct(values: readonly JsonValue[]): readonly JsonValue[] {
  const kept: JsonValue[] = [];
  for (const value of values) {
    if (!includes(kept, value)) kept.push(value);
  }
  return kept;
}

/** The third argument accepts objects that have at least the members of the wanted one. */
function contains(array: Value, wanted: Value, isPartial: Value = false): Value {
  if (!isArray(array) || wanted === undefined || typeof isPartial !== "boolean") return undefined;
  if (!isPartial || !isJsonObject(wanted)) return includes(array, wanted);
  const members = membersOf(wanted);
  return array.some((item) =>
    isJsonObject(item) &&
    members.every(([name, value]) => Object.hasOwn(item, name) && jsonEquals(item[name], value))
  );
}

/** Whether any or all of the arguments are in the array; an undefined one is neither in it nor not (documentation, ARRAY_CONTAINS_ANY). */
function quantified(start: boolean, combine: (left: Value, right: Value) => boolean | undefined): Operation {
  return (array, ...wanted) => {
    if (!isArray(array)) return undefined;
    return wanted.reduce<Value>(
      (result, value) => combine(result, value === undefined ? undefined : includes(array, value)),
      start,
    );
  };
}

/** A negative start counts from the end. */
function slice(array: Value, start: Value, length: Value = Number.MAX_SAFE_INTEGER): Value {
  if (!isArray(array) || typeof start !== "number" || typeof length !== "number") return undefined;
  if (!Number.isInteger(start) || !Number.isInteger(length)) return undefined;
  const first = start < 0 ? Math.max(array.length + start, 0) : start;
  return length <= 0 ? [] : array.slice(first, first + length);
}

/** Counts from 1. */
function choose(position: Value, ...values: readonly Value[]): Value {
  return typeof position === "number" && Number.isInteger(position) && position > 0
    ? values[position - 1]
    : undefined;
}

function objectToArray(object: Value, keyName: Value = "k", valueName: Value = "v"): Value {
  if (!isJsonObject(object) || typeof keyName !== "string" || typeof valueName !== "string") return undefined;
  return membersOf(object).map(([name, value]) => {
    const pair = {};
    setMember(pair, keyName, name);
    setMember(pair, valueName, value);
    return pair;
  });
}
