import type { JsonObject, JsonValue } from "../base/json.ts";
import { isJsonObject } from "../base/json.ts";
import type { Path } from "./path.ts";

/** One path of a composite index with its order. */
export type CompositePath = readonly [path: Path, order: "ascending" | "descending"];

/** A composite index: two paths or more. */
export type CompositeIndex = readonly [CompositePath, CompositePath, ...CompositePath[]];

/** An indexing policy as Cosmos DB writes it; what is left out has the service's defaults. */
export interface IndexingPolicy {
  /** @default {"consistent"} */
  readonly indexingMode?: "consistent" | "none";
  /** @default {true} */
  readonly automatic?: boolean;
  /** Index paths such as `/name/?` and `/*`. */
  readonly includedPaths?: readonly { readonly path: string }[];
  readonly excludedPaths?: readonly { readonly path: string }[];
  readonly compositeIndexes?:
    readonly (readonly { readonly path: string; readonly order?: "ascending" | "descending" }[])[];
  readonly spatialIndexes?: readonly { readonly path: string; readonly types?: readonly string[] }[];
  readonly vectorIndexes?: readonly { readonly path: string; readonly type: string }[];
  readonly fullTextIndexes?: readonly { readonly path: string }[];
}

/** The service excludes a document's ETag from the index by itself. */
const ETAG_PATH = '/"_etag"/?';
const LISTS = ["spatialIndexes", "vectorIndexes", "fullTextIndexes"] as const;

/**
 * Brings an indexing policy into one form, so that two can be compared: what the service adds by itself is added, what it writes in another way is
 * written that way, the order of lists that have none is fixed, and empty lists count as absent.
 */
export function normalizeIndexingPolicy(policy: JsonObject): JsonObject {
  const { indexingMode, automatic, includedPaths, excludedPaths, compositeIndexes, ...rest } = policy;
  const mode = typeof indexingMode === "string" ? indexingMode.toLowerCase() : "consistent";
  const indexed = mode !== "none";
  const composites = objectsOfLists(compositeIndexes).map((index) => index.map(normalizeCompositePath));
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => !isEmptyList(value))),
    ...Object.fromEntries(
      LISTS.map((list) => [list, sorted(objectsOf(rest[list]).map(normalizeEntry))] as const)
        .filter(([, entries]) => entries.length > 0),
    ),
    indexingMode: mode,
    automatic: indexed ? automatic ?? true : false,
    ...(indexed
      ? {
        includedPaths: pathsOf(includedPaths ?? [{ path: "/*" }], []),
        excludedPaths: pathsOf(excludedPaths, [ETAG_PATH]),
      }
      : {}),
    ...(composites.length > 0 ? { compositeIndexes: sorted(composites) } : {}),
  };
}

/** The composite indexes of a policy, in the order in which they stand in it, each path with its order. */
export function compositeIndexesOf(policy: JsonValue | undefined): readonly (readonly JsonObject[])[] {
  return isJsonObject(policy)
    ? objectsOfLists(policy["compositeIndexes"]).map((index) => index.map(normalizeCompositePath))
    : [];
}

/** A composite index as a policy holds it. */
export function compositeIndexToJson(paths: CompositeIndex): readonly JsonObject[] {
  return paths.map(([path, order]) => ({ path, order }));
}

function normalizeCompositePath({ path, order }: JsonObject): JsonObject {
  return { path, order: typeof order === "string" ? order.toLowerCase() : "ascending" };
}

function normalizeEntry(entry: JsonObject): JsonObject {
  const { types } = entry;
  return Array.isArray(types) ? { ...entry, types: types.toSorted() } : entry;
}

/** Old policies name index kinds for each path, which the service ignores. */
function pathsOf(value: JsonValue | undefined, added: readonly string[]): JsonValue {
  const paths = objectsOf(value).map(({ path }) => String(path));
  return [...new Set([...paths, ...added])].toSorted().map((path) => ({ path }));
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function objectsOfLists(value: JsonValue | undefined): readonly (readonly JsonObject[])[] {
  return Array.isArray(value) ? value.map(objectsOf) : [];
}

function sorted<Item extends JsonValue>(items: readonly Item[]): readonly Item[] {
  return items.map((item) => ({ item, text: JSON.stringify(item) }))
    .toSorted((left, right) => left.text < right.text ? -1 : left.text > right.text ? 1 : 0)
    .map(({ item }) => item);
}

function isEmptyList(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length === 0;
}
