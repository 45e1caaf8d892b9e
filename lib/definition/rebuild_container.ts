import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { copyJson } from "./_copy_json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import { doNothing } from "./do_nothing.ts";
import type { CommonOptions, Operation } from "./operation.ts";
import { parsePlainPath, type Path } from "./path.ts";
import { requireEmbeddings, type VectorEmbedding } from "./vector_policy.ts";

/** Options of {@linkcode rebuildContainer}; what is left out stays as it is. */
export interface RebuildContainerOptions extends CommonOptions {
  readonly container: string;
  /** One path, or up to three for a hierarchical key. */
  readonly partitionKey?: Path | readonly [Path, ...Path[]];
  /** Each list of paths is unique together within a logical partition; an empty list removes all unique keys. */
  readonly uniqueKeys?: readonly (readonly [Path, ...Path[]])[];
  /** The whole vector policy; an empty list removes it. */
  readonly vectorEmbeddings?: readonly VectorEmbedding[];
}

/** What {@linkcode rebuildContainer} declares. */
export interface RebuildContainerParameters {
  readonly container: string;
  /** Members of the container's definition as they are to be; `null` removes one. */
  readonly change: JsonObject;
  /** How far the rebuild came that this one undoes; `undefined` on the way up. */
  readonly undoes: JsonValue | undefined;
}

/** See {@linkcode rebuildContainer}. */
export type RebuildContainerOperation = Operation<"rebuildContainer", RebuildContainerParameters>;

/**
 * Gives a container another partition key, other unique keys or another vector policy, which cannot be changed in place: copies its documents and scripts
 * to a second container that has them, verifies the copy by count and content hash, drops the container, creates it anew, copies back, verifies again and
 * drops the second one. At every instant all documents are in one of the two; a crash at any point is resumed where it happened.
 *
 * Needs `--allow-offline`: whatever writes to the container has to be stopped before. Writes during the copy are noticed before anything is dropped, and end the
 * migration with everything as it was; no feature of the service could notice the very last ones. Documents that collide under the new keys are
 * all reported (up to 100) before anything is dropped. The container has to keep its documents: one with a default TTL is refused, so switch that off before
 * and on again after. Consumers of its change feed begin anew.
 *
 * Undone exactly, by another rebuild: a rollback needs stopped writers and `--allow-offline`, too.
 *
 * @throws {CosmigError} with code `operation-refused` when nothing is to be changed, or paths are not valid
 *
 * @example
 * ```ts
 * import { rebuildContainer } from "../mod.ts";
 *
 * rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] });
 * rebuildContainer({ container: "Events", partitionKey: ["/tenant", "/user"] });
 * ```
 */
export function rebuildContainer(options: RebuildContainerOptions): RebuildContainerOperation {
  const { container } = options;
  requireContainerName(container, "rebuild the container");
  const change = changeOf(options);
  if (Object.keys(change).length === 0) {
    throw refused(container, "there is nothing to change: give partitionKey, uniqueKeys or vectorEmbeddings");
  }
  return define(options, { container, change, undoes: undefined });
}

function define(options: CommonOptions, parameters: RebuildContainerParameters): RebuildContainerOperation {
  const { container, change, undoes } = parameters;
  return defineOperation({
    kind: "rebuildContainer",
    step: `rebuildContainer:${container}`,
    containers: [container],
    parameters: Object.freeze({ ...parameters, change: copyJson(change, `the change of "${container}"`) }),
    fingerprint: { container, change },
    description: `Rebuild the container "${container}" ${undoes === undefined ? "" : "back, "}with ${
      inWords(change)
    }`,
    reversibility: undoes === undefined ? "exact" : "none",
    offline: true,
    invert: (step, captured) => invert({ ...options, name: step }, { parameters, captured }),
  }, options);
}

function invert(
  options: CommonOptions & { readonly name: string },
  { parameters, captured }: {
    readonly parameters: RebuildContainerParameters;
    readonly captured: JsonValue | undefined;
  },
): Operation | undefined {
  const { container, undoes } = parameters;
  if (undoes !== undefined) return undefined;
  const containers = [container];
  if (!isJsonObject(captured)) {
    const description = `Rebuild the container "${container}" as it was before`;
    return doNothing(options.name, { containers, description });
  }
  const change = captured["origin"];
  if (!isJsonObject(change)) {
    const description = `Keep the container "${container}", which was so before`;
    return doNothing(options.name, { containers, description });
  }
  // Half way there may be no container of that name, but another one that holds all its documents.
  const ifContainerExists = options.ifContainerExists === true && captured["state"] === "done";
  return define({ ...options, ifContainerExists }, { container, change, undoes: captured });
}

/** The definition of a container with a change, without what the service adds. */
export function rebuiltDefinition(
  definition: JsonObject,
  { id, change }: { readonly id: string; readonly change: JsonObject },
): JsonObject {
  const entries = Object.entries({ ...definition, ...change, id })
    .filter(([name, value]) => !name.startsWith("_") && value !== null && value !== undefined);
  return Object.fromEntries(entries);
}

function changeOf(
  { container, partitionKey, uniqueKeys, vectorEmbeddings }: RebuildContainerOptions,
): JsonObject {
  const paths = typeof partitionKey === "string" ? [partitionKey] : [...partitionKey ?? []];
  if (partitionKey !== undefined && (paths.length < 1 || paths.length > 3)) {
    throw refused(container, `a partition key has 1 to 3 paths: current value is ${JSON.stringify(paths)}`);
  }
  for (const path of [...paths, ...(uniqueKeys ?? []).flat()]) requirePlain(path, container);
  if (uniqueKeys?.some((key) => key.length === 0)) {
    throw refused(container, "a unique key has at least one path");
  }
  if (vectorEmbeddings !== undefined) {
    requireEmbeddings(vectorEmbeddings, `rebuild the container "${container}"`);
  }
  return {
    ...(partitionKey === undefined
      ? {}
      : { partitionKey: { paths, kind: paths.length > 1 ? "MultiHash" : "Hash", version: 2 } }),
    ...(uniqueKeys === undefined
      ? {}
      : { uniqueKeyPolicy: { uniqueKeys: uniqueKeys.map((key) => ({ paths: [...key] })) } }),
    ...(vectorEmbeddings === undefined ? {} : {
      vectorEmbeddingPolicy: vectorEmbeddings.length === 0
        ? null
        : { vectorEmbeddings: vectorEmbeddings.map((embedding) => ({ ...embedding })) },
    }),
  };
}

function requirePlain(path: string, container: string): void {
  try {
    parsePlainPath(path);
  } catch {
    throw refused(container, `a path is like "/customer/id": current value is "${path}"`);
  }
}

function refused(container: string, why: string): CosmigError {
  return new CosmigError("operation-refused", `Cannot rebuild the container "${container}" as ${why}`);
}

function inWords(change: JsonObject): string {
  const { partitionKey, uniqueKeyPolicy } = change;
  const words: string[] = [];
  if (isJsonObject(partitionKey) && Array.isArray(partitionKey["paths"])) {
    words.push(`partition key ${partitionKey["paths"].join(", ")}`);
  }
  if (isJsonObject(uniqueKeyPolicy) && Array.isArray(uniqueKeyPolicy["uniqueKeys"])) {
    const keys = uniqueKeyPolicy["uniqueKeys"].filter(isJsonObject).map(({ paths }) => String(paths));
    words.push(keys.length === 0 ? "no unique keys" : `unique keys (${keys.join("), (")})`);
  } else if (uniqueKeyPolicy === null) words.push("no unique keys");
  if ("vectorEmbeddingPolicy" in change) words.push("another vector policy");
  return words.join(" and ");
}
