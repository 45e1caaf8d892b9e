import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonObject } from "../base/json.ts";
import type { PartitionKey } from "../cosmos/port.ts";

/** Where the partition key of a container's documents is: the property names of each level. */
export type PartitionKeyNames = readonly (readonly string[])[];

/** Reads the paths of a container's definition, in which a name with special characters stands in quotes: `/"first name"/x`. */
export function parsePartitionKeyPaths(paths: readonly string[]): PartitionKeyNames {
  return paths.map((path) =>
    [...path.matchAll(/\/(?:"((?:[^"\\]|\\.)*)"|([^/]*))/g)].map(([, quoted, plain]) =>
      quoted === undefined ? plain ?? "" : quoted.replaceAll(/\\(.)/g, "$1")
    )
  );
}

/** The partition key of a document. */
export function partitionKeyOf(document: JsonObject, names: PartitionKeyNames): PartitionKey {
  return names.map((path) => {
    const value = path.reduce<JsonValue | undefined>(
      (inner, name) => isJsonObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined,
      document,
    );
    return typeof value === "object" && value !== null ? undefined : value;
  });
}

/** Whether two partition keys are the same; a missing value differs from null. */
export function samePartitionKey(left: PartitionKey, right: PartitionKey): boolean {
  return left.length === right.length && left.every((value, level) => Object.is(value, right[level]));
}

/** A partition key for people and for JSON: the value, or the list of a hierarchical key; a missing value is `{}`, as the service writes it. */
export function partitionKeyAsJson(partitionKey: PartitionKey): JsonValue {
  const values = partitionKey.map((value): JsonValue => value === undefined ? {} : value);
  return values.length === 1 ? values[0] ?? null : values;
}
