import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { copyJson } from "./_copy_json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import { doNothing } from "./do_nothing.ts";
import { type DefaultTtl, requireTtl, ttlToProperty } from "./default_ttl.ts";
import type { IndexingPolicy } from "./indexing_policy.ts";
import type { CommonOptions, Operation } from "./operation.ts";
import { parsePlainPath, type Path } from "./path.ts";
import { type ContainerThroughput, requireThroughput } from "./throughput.ts";

/** Options of {@linkcode createContainer}. */
export interface CreateContainerOptions extends Omit<CommonOptions, "ifContainerExists"> {
  readonly container: string;
  /** One path, or up to three for a hierarchical key. Cannot be changed later. */
  readonly partitionKey: Path | readonly [Path, ...Path[]];
  /** Each list of paths is unique together within a logical partition. Cannot be changed later. */
  readonly uniqueKeys?: readonly (readonly [Path, ...Path[]])[];
  /** @default {"off"} */
  readonly defaultTtlSeconds?: DefaultTtl;
  /** @default the service's own: everything is indexed */
  readonly indexingPolicy?: IndexingPolicy;
  /** @default what the database shares; 400 RU/s where it shares none; nothing on a serverless account */
  readonly throughput?: ContainerThroughput;
}

/** What {@linkcode createContainer} declares. */
export interface CreateContainerParameters {
  readonly container: string;
  /** As Cosmos DB takes it. */
  readonly definition: JsonObject;
  readonly throughput: ContainerThroughput | undefined;
}

/** See {@linkcode createContainer}. */
export type CreateContainerOperation = Operation<"createContainer", CreateContainerParameters>;

/** What is known of a container that is to be dropped again. */
export interface DropCreatedContainerParameters {
  readonly container: string;
  readonly definition: JsonObject;
  /** The service's identifier; `undefined` when the run died between asking for the container and noting the answer. */
  readonly rid: string | undefined;
}

/** The inverse of {@linkcode createContainer}. */
export type DropCreatedContainerOperation = Operation<"dropCreatedContainer", DropCreatedContainerParameters>;

/** What `createContainer` captures. */
export type CreationNote =
  /** It was there before. */
  | { readonly state: "found" }
  /** It was missing, and is being asked for. */
  | { readonly state: "creating" }
  | { readonly state: "created"; readonly rid: string };

/**
 * Creates a container. One that exists already is compared: a partition key, unique keys, TTL or (where given) indexing policy that differ are an error
 * that lists the differences.
 *
 * Undone exactly: the very container that was created is dropped, by its identifier and only while it is empty; one that was there before stays.
 *
 * @throws {CosmigError} with code `operation-refused` when name, paths, TTL or throughput are not valid
 *
 * @example
 * ```ts
 * import { createContainer } from "../mod.ts";
 *
 * createContainer({ container: "Sessions", partitionKey: "/userId", defaultTtlSeconds: 86_400 });
 * ```
 */
export function createContainer(options: CreateContainerOptions): CreateContainerOperation {
  const { container, throughput } = options;
  requireContainerName(container, "create the container");
  if (throughput !== undefined) requireThroughput(throughput, `create the container "${container}"`);
  const definition = definitionOf(options);
  return defineOperation({
    kind: "createContainer",
    step: `createContainer:${container}`,
    containers: [container],
    parameters: Object.freeze({
      container,
      definition,
      throughput: throughput && Object.freeze({ ...throughput }),
    }),
    fingerprint: { definition, ...(throughput === undefined ? {} : { throughput: { ...throughput } }) },
    description: `Create the container "${container}", ${inWords(definition)}`,
    reversibility: "exact",
    invert: (step, captured) => dropCreated(step, { container, definition }, noteFrom(captured)),
  }, options);
}

/** Reads what `createContainer` captured. */
export function noteFrom(captured: JsonValue | undefined): CreationNote | undefined {
  if (!isJsonObject(captured)) return undefined;
  const { state, rid } = captured;
  if (state === "created" && typeof rid === "string") return { state, rid };
  return state === "creating" || state === "found" ? { state } : undefined;
}

function dropCreated(
  step: string,
  { container, definition }: { readonly container: string; readonly definition: JsonObject },
  note: CreationNote | undefined,
): Operation {
  const containers = [container];
  if (note === undefined) {
    return doNothing(step, {
      containers,
      description: `Drop the container "${container}" if this created it and it is empty`,
    });
  }
  if (note.state === "found") {
    return doNothing(step, {
      containers,
      description: `Keep the container "${container}", which was there before`,
    });
  }
  const rid = note.state === "created" ? note.rid : undefined;
  return defineOperation({
    kind: "dropCreatedContainer",
    step,
    containers,
    parameters: Object.freeze({ container, definition, rid }),
    fingerprint: { container, definition, ...(rid === undefined ? {} : { rid }) },
    description: `Drop the container "${container}", which this created, if it is empty`,
    reversibility: "none",
    invert: () => undefined,
  }, { name: step });
}

function definitionOf(options: CreateContainerOptions): JsonObject {
  const { container, partitionKey, uniqueKeys = [], defaultTtlSeconds = "off", indexingPolicy } = options;
  const what = `the container "${container}"`;
  const paths = typeof partitionKey === "string" ? [partitionKey] : [...partitionKey];
  if (paths.length < 1 || paths.length > 3) {
    throw refused(
      container,
      `a partition key has 1 to 3 paths: current value is ${JSON.stringify(partitionKey)}`,
    );
  }
  for (const path of [...paths, ...uniqueKeys.flat()]) requirePlain(path, container);
  if (uniqueKeys.some((key) => key.length === 0)) {
    throw refused(container, "a unique key has at least one path");
  }
  requireTtl(defaultTtlSeconds, `create ${what}`);
  return copyJson({
    id: container,
    partitionKey: { paths, kind: paths.length > 1 ? "MultiHash" : "Hash", version: 2 },
    uniqueKeyPolicy: uniqueKeys.length === 0
      ? undefined
      : { uniqueKeys: uniqueKeys.map((key) => ({ paths: key })) },
    defaultTtl: ttlToProperty(defaultTtlSeconds),
    indexingPolicy,
  }, what);
}

function requirePlain(path: string, container: string): void {
  try {
    parsePlainPath(path);
  } catch (error) {
    throw refused(container, `a path is like "/customer/id": current value is "${path}"`, error);
  }
}

function refused(container: string, why: string, cause?: unknown): CosmigError {
  return new CosmigError("operation-refused", `Cannot create the container "${container}" as ${why}`, {
    cause,
  });
}

function inWords(definition: JsonObject): string {
  const { partitionKey, uniqueKeyPolicy, defaultTtl } = definition;
  const paths = isJsonObject(partitionKey) && Array.isArray(partitionKey["paths"])
    ? partitionKey["paths"]
    : [];
  return [
    `partition key ${paths.join(", ")}`,
    ...(uniqueKeyPolicy === undefined ? [] : ["with unique keys"]),
    ...(typeof defaultTtl === "number" && defaultTtl > 0 ? [`documents expire after ${defaultTtl} s`] : []),
  ].join(", ");
}
