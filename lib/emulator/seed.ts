import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";

/** What a database holds: for the start of an emulator, and as the result of a snapshot. */
export interface Seed {
  /** @default "cosmig" */
  readonly database?: string | undefined;
  readonly containers: Readonly<Record<string, ContainerSeed>>;
}

/** A container with its settings and documents. */
export interface ContainerSeed {
  /** One path, or the levels of a hierarchical key. */
  readonly partitionKey: string | readonly string[];
  /** Each a list of paths. */
  readonly uniqueKeys?: readonly (readonly string[])[] | undefined;
  /** Seconds; -1 for "only documents that say so". */
  readonly defaultTtl?: number | undefined;
  readonly indexingPolicy?: JsonObject | undefined;
  /** Request units a second. */
  readonly throughput?: number | undefined;
  readonly documents?: readonly JsonObject[] | undefined;
}

/** The database that is made when a seed names none. */
export const DEFAULT_DATABASE = "cosmig";

const SEED_MEMBERS = ["database", "containers"];
const CONTAINER_MEMBERS = [
  "partitionKey",
  "uniqueKeys",
  "defaultTtl",
  "indexingPolicy",
  "throughput",
  "documents",
];

/**
 * Checks a seed that was read from JSON.
 *
 * @throws {CosmigError} (`emulator`) with the JSON Pointer of what is wrong
 */
export function parseSeed(json: unknown): Seed {
  const seed = objectAt(json, "");
  refuseUnknown(seed, { known: SEED_MEMBERS, path: "" });
  if (seed.database !== undefined) textAt(seed.database, "/database");
  const containers = Object.entries(objectAt(seed.containers, "/containers"));
  return {
    database: (seed.database as string | undefined) ?? DEFAULT_DATABASE,
    containers: Object.fromEntries(
      containers.map(([name, value]) => [name, parseContainer(value, `/containers/${escapePointer(name)}`)]),
    ),
  };
}

/** The definition of a container as the service takes it. */
export function definitionOf(id: string, seed: ContainerSeed): JsonObject {
  const paths = typeof seed.partitionKey === "string" ? [seed.partitionKey] : seed.partitionKey;
  return {
    id,
    partitionKey: { paths, kind: paths.length > 1 ? "MultiHash" : "Hash", version: 2 },
    ...seed.uniqueKeys &&
      { uniqueKeyPolicy: { uniqueKeys: seed.uniqueKeys.map((keyPaths) => ({ paths: keyPaths })) } },
    ...seed.defaultTtl !== undefined && { defaultTtl: seed.defaultTtl },
    ...seed.indexingPolicy && { indexingPolicy: seed.indexingPolicy },
  };
}

function parseContainer(value: JsonValue | undefined, path: string): ContainerSeed {
  const container = objectAt(value, path);
  refuseUnknown(container, { known: CONTAINER_MEMBERS, path });
  const { partitionKey, uniqueKeys, defaultTtl, indexingPolicy, throughput, documents } = container;
  if (typeof partitionKey === "string") pathAt(partitionKey, `${path}/partitionKey`);
  else pathsAt(partitionKey, `${path}/partitionKey`);
  if (uniqueKeys !== undefined) {
    listAt(uniqueKeys, `${path}/uniqueKeys`).forEach((key, at) => pathsAt(key, `${path}/uniqueKeys/${at}`));
  }
  if (defaultTtl !== undefined) integerAt(defaultTtl, `${path}/defaultTtl`);
  if (throughput !== undefined) integerAt(throughput, `${path}/throughput`);
  if (indexingPolicy !== undefined) objectAt(indexingPolicy, `${path}/indexingPolicy`);
  if (documents !== undefined) {
    listAt(documents, `${path}/documents`).forEach((document, at) => {
      textAt(objectAt(document, `${path}/documents/${at}`).id, `${path}/documents/${at}/id`);
    });
  }
  return container as unknown as ContainerSeed;
}

function refuseUnknown(
  object: JsonObject,
  options: { readonly known: readonly string[]; readonly path: string },
): void {
  for (const name of Object.keys(object)) {
    if (options.known.includes(name)) continue;
    throw wrong(
      `${options.path}/${escapePointer(name)}`,
      `one of the members ${options.known.join(", ")}`,
      name,
    );
  }
}

function objectAt(value: unknown, path: string): JsonObject {
  if (!isJsonObject(value)) throw wrong(path, "an object", value);
  return value;
}

function listAt(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw wrong(path, "a list", value);
  return value;
}

function textAt(value: JsonValue | undefined, path: string): string {
  if (typeof value !== "string" || value === "") throw wrong(path, "text that is not empty", value);
  return value;
}

function integerAt(value: JsonValue | undefined, path: string): void {
  if (!Number.isSafeInteger(value)) throw wrong(path, "an integer", value);
}

function pathAt(value: JsonValue | undefined, path: string): void {
  if (!/^\/./.test(textAt(value, path))) throw wrong(path, "a path that begins with a slash", value);
}

function pathsAt(value: JsonValue | undefined, path: string): void {
  const paths = listAt(value, path);
  if (paths.length === 0) throw wrong(path, "at least one path", value);
  paths.forEach((item, at) => pathAt(item, `${path}/${at}`));
}

function wrong(path: string, requirement: string, value: unknown): CosmigError {
  const shown = (JSON.stringify(value) ?? "missing").slice(0, 80);
  return new CosmigError(
    "emulator",
    `Cannot read the seed at "${path || "/"}" as ${requirement}: current value is ${shown}`,
    {
      hint: "The format of seeds is described in docs/emulator.md",
      details: { path },
    },
  );
}

/** A name as a part of a JSON Pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
