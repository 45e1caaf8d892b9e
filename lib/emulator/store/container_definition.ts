import { isJsonObject, jsonEquals, type JsonObject, type JsonValue } from "../../base/json.ts";
import { badRequest } from "../gateway_error.ts";
import type { PartitioningScheme } from "./partition_key.ts";

/** A container's definition with everything that the service fills in. */
export interface ContainerDefinition extends JsonObject {
  readonly id: string;
  readonly partitionKey: {
    readonly paths: readonly string[];
    readonly kind: string;
    readonly version: number;
  };
  readonly indexingPolicy: JsonObject;
}

const ID_REGEXP = /^[^/\\#?]{1,255}$/;
const SYSTEM_MEMBERS = [
  "_rid",
  "_self",
  "_etag",
  "_ts",
  "_docs",
  "_sprocs",
  "_triggers",
  "_udfs",
  "_conflicts",
];
const FIXED_MEMBERS = ["id", "partitionKey", "uniqueKeyPolicy", "conflictResolutionPolicy"];

/**
 * Checks the id of a database, a container or a script.
 *
 * @throws GatewayError (400)
 */
export function checkResourceId(id: unknown): string {
  if (typeof id !== "string" || !ID_REGEXP.test(id) || id.endsWith(" ")) {
    throw badRequest("The resource name is missing or contains invalid characters");
  }
  return id;
}

/**
 * Checks and completes a definition that a client sent.
 *
 * @throws GatewayError (400) with what is wrong
 */
export function completeDefinition(body: JsonObject): ContainerDefinition {
  const id = checkResourceId(body.id);
  const given = Object.fromEntries(Object.entries(body).filter(([name]) => !SYSTEM_MEMBERS.includes(name)));
  const { defaultTtl } = given;
  if (defaultTtl !== undefined && defaultTtl !== null && !isTtl(defaultTtl)) {
    throw badRequest("The default time to live must be -1 or a positive number of seconds");
  }
  return {
    ...given,
    id,
    partitionKey: completePartitionKey(body.partitionKey),
    indexingPolicy: completeIndexingPolicy(body.indexingPolicy),
    conflictResolutionPolicy: body.conflictResolutionPolicy ?? {
      mode: "LastWriterWins",
      conflictResolutionPath: "/_ts",
      conflictResolutionProcedure: "",
    },
    geospatialConfig: body.geospatialConfig ?? { type: "Geography" },
    uniqueKeyPolicy: completeUniqueKeys(body.uniqueKeyPolicy),
  };
}

/** @throws GatewayError (400) when the change touches what cannot be changed in place */
export function checkReplacement(current: ContainerDefinition, next: ContainerDefinition): void {
  for (const member of FIXED_MEMBERS) {
    if (!jsonEquals(current[member], next[member])) {
      throw badRequest(`Replacing the "${member}" of a container is not allowed`);
    }
  }
}

/** How a defined container divides its documents. */
export function schemeOf(definition: ContainerDefinition): PartitioningScheme {
  const { paths, kind, version } = definition.partitionKey;
  return {
    paths: paths.map(propertyNames),
    version: kind === "MultiHash" ? "multi" : version === 2 ? "v2" : "v1",
  };
}

/** The unique keys of a container as lists of paths, each path a list of property names. */
export function uniqueKeyPaths(definition: ContainerDefinition): readonly (readonly (readonly string[])[])[] {
  const policy = definition.uniqueKeyPolicy as {
    readonly uniqueKeys: readonly { readonly paths: readonly string[] }[];
  };
  return policy.uniqueKeys.map(({ paths }) => paths.map(propertyNames));
}

/** Whether a value can be a time to live: -1 (never), or seconds. */
export function isTtl(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && (value === -1 || value > 0) &&
    value <= 2_147_483_647;
}

function completePartitionKey(value: JsonValue | undefined): ContainerDefinition["partitionKey"] {
  if (!isJsonObject(value) || !isPaths(value.paths)) {
    throw badRequest("The partition key definition must have paths that begin with a slash");
  }
  const { paths, kind = "Hash", version = 1 } = value;
  if (kind !== "Hash" && kind !== "MultiHash") {
    throw badRequest(`Partition key kind ${JSON.stringify(kind)} is not supported`);
  }
  if (version !== 1 && version !== 2) throw badRequest("The partition key version must be 1 or 2");
  if (kind === "Hash" && paths.length > 1) throw badRequest("A partition key of kind Hash has one path");
  if (kind === "MultiHash" && (paths.length > 3 || version !== 2)) {
    throw badRequest("A partition key of kind MultiHash has version 2 and at most three paths");
  }
  return { ...value, paths, kind, version };
}

function completeIndexingPolicy(value: JsonValue | undefined): JsonObject {
  if (value !== undefined && !isJsonObject(value)) throw badRequest("The indexing policy must be an object");
  const indexingMode = value?.indexingMode ?? "consistent";
  if (indexingMode !== "consistent" && indexingMode !== "none" && indexingMode !== "lazy") {
    throw badRequest(`Indexing mode ${JSON.stringify(indexingMode)} is invalid`);
  }
  if (indexingMode === "none") return { ...value, indexingMode, automatic: value?.automatic ?? false };
  return {
    ...value,
    indexingMode,
    automatic: value?.automatic ?? true,
    includedPaths: value?.includedPaths ?? [{ path: "/*" }],
    excludedPaths: value?.excludedPaths ?? [{ path: '/"_etag"/?' }],
  };
}

function completeUniqueKeys(value: JsonValue | undefined): JsonObject {
  if (value === undefined) return { uniqueKeys: [] };
  if (!isJsonObject(value)) throw badRequest("The unique key policy must be an object");
  const keys = value.uniqueKeys ?? [];
  if (!Array.isArray(keys) || !keys.every((key) => isJsonObject(key) && isPaths(key.paths))) {
    throw badRequest("Each unique key must have paths that begin with a slash");
  }
  return { uniqueKeys: keys };
}

function isPaths(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((path) => typeof path === "string" && /^\/[^*?[\]]+$/.test(path));
}

function propertyNames(path: string): readonly string[] {
  return path.slice(1).split("/").map((name) => /^".*"$/.test(name) ? name.slice(1, -1) : name);
}
