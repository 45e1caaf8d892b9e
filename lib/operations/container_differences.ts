import { canonicalJson, isJsonObject, jsonEquals, type JsonObject, type JsonValue } from "../base/json.ts";
import { normalizeIndexingPolicy } from "../definition/indexing_policy.ts";

/** What to compare. */
export interface ContainerComparison {
  /** The definition as it was declared. */
  readonly wanted: JsonObject;
  /** The definition as the service gives it. */
  readonly found: JsonObject;
  /** Everything, or only what can never be changed: partition key and unique keys. */
  readonly scope: "all" | "fixed";
}

/**
 * How a container differs from what was declared, each difference in words; empty when it does not. An indexing policy counts only where one was declared.
 */
export function containerDifferences({ wanted, found, scope }: ContainerComparison): readonly string[] {
  const facts: [words: string, wanted: JsonValue, found: JsonValue][] = [
    ["the partition key", partitionPaths(wanted), partitionPaths(found)],
    ["the unique keys", uniqueKeys(wanted), uniqueKeys(found)],
  ];
  if (scope === "all") {
    facts.push(["the default TTL", wanted["defaultTtl"] ?? "off", found["defaultTtl"] ?? "off"]);
    if (isJsonObject(wanted["indexingPolicy"])) {
      facts.push(["the indexing policy", indexingPolicy(wanted), indexingPolicy(found)]);
    }
  }
  return facts.filter(([, wanted, found]) => !jsonEquals(wanted, found)).map(([words, wanted, found]) =>
    `${words} is ${canonicalJson(found)} instead of ${canonicalJson(wanted)}`
  );
}

function partitionPaths({ partitionKey }: JsonObject): JsonValue {
  return isJsonObject(partitionKey) ? partitionKey["paths"] ?? [] : [];
}

/** Neither the order of the keys nor that of their paths means anything. */
function uniqueKeys({ uniqueKeyPolicy }: JsonObject): JsonValue {
  const keys = isJsonObject(uniqueKeyPolicy) ? uniqueKeyPolicy["uniqueKeys"] : undefined;
  if (!Array.isArray(keys)) return [];
  return keys.filter(isJsonObject).map(({ paths }) =>
    Array.isArray(paths) ? paths.map(String).toSorted() : []
  )
    .toSorted((left, right) => JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);
}

function indexingPolicy({ indexingPolicy }: JsonObject): JsonObject {
  return normalizeIndexingPolicy(isJsonObject(indexingPolicy) ? indexingPolicy : {});
}
