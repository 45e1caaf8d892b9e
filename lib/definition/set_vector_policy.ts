import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonValue } from "../base/json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import { doNothing } from "./do_nothing.ts";
import type { IndexingPolicy } from "./indexing_policy.ts";
import type { CommonOptions, Operation } from "./operation.ts";
import { setIndexingPolicy } from "./set_indexing_policy.ts";
import { requireEmbeddings, requirePath, type VectorEmbedding, type VectorIndex } from "./vector_policy.ts";

/** Options of {@linkcode setVectorPolicy}. */
export interface SetVectorPolicyOptions extends CommonOptions {
  readonly container: string;
  /** Are added; what the container has for other paths stays. */
  readonly embeddings: readonly [VectorEmbedding, ...VectorEmbedding[]];
  /**
   * Indexes of these vectors; the vectors themselves are taken out of the other index.
   *
   * @default {[]}
   */
  readonly indexes?: readonly VectorIndex[];
}

/** What {@linkcode setVectorPolicy} declares. */
export interface SetVectorPolicyParameters {
  readonly container: string;
  readonly embeddings: readonly VectorEmbedding[];
  readonly indexes: readonly VectorIndex[];
}

/** See {@linkcode setVectorPolicy}. */
export type SetVectorPolicyOperation = Operation<"setVectorPolicy", SetVectorPolicyParameters>;

/**
 * Adds vector embeddings and their indexes to a container, where the service allows it: an embedding that is there with other settings cannot be changed in
 * place, so a plan is refused and points at {@linkcode rebuildContainer}. The account has to have vector search switched on.
 *
 * Undone as far as the service allows: the indexing policy comes back as it was found, the embeddings stay, since they cannot be removed in place. Without
 * an index they have no effect.
 *
 * @throws {CosmigError} with code `operation-refused` when an embedding is not valid, or an index has none
 *
 * @example
 * ```ts
 * import { setVectorPolicy } from "../mod.ts";
 *
 * setVectorPolicy({
 *   container: "Products",
 *   embeddings: [{ path: "/embedding", dataType: "float32", dimensions: 1_536, distanceFunction: "cosine" }],
 *   indexes: [{ path: "/embedding", type: "diskANN" }],
 * });
 * ```
 */
export function setVectorPolicy(options: SetVectorPolicyOptions): SetVectorPolicyOperation {
  const { container, embeddings, indexes = [] } = options;
  const action = `set the vector policy of "${container}"`;
  requireContainerName(container, "set the vector policy of");
  requireEmbeddings(embeddings, action);
  for (const { path } of indexes) {
    requirePath(path, action);
    if (embeddings.some((embedding) => embedding.path === path)) continue;
    throw new CosmigError(
      "operation-refused",
      `Cannot ${action} as every index has its embedding: current value is "${path}"`,
    );
  }
  const paths = embeddings.map(({ path }) => path).join(", ");
  return defineOperation({
    kind: "setVectorPolicy",
    step: `setVectorPolicy:${container}:${paths}`,
    containers: [container],
    parameters: Object.freeze({
      container,
      embeddings: embeddings.map((embedding) => Object.freeze({ ...embedding })),
      indexes: indexes.map((index) => Object.freeze({ ...index })),
    }),
    fingerprint: {
      container,
      embeddings: embeddings.map((embedding) => ({ ...embedding })),
      indexes: indexes.map((index) => ({ ...index })),
    },
    description: `Add vector embeddings at ${paths} to "${container}"${
      indexes.length === 0 ? "" : `, indexed (${indexes.map(({ type }) => type).join(", ")})`
    }`,
    reversibility: "by-value",
    invert: (step, captured) => restore({ ...options, name: step }, captured),
  }, options);
}

function restore(
  { container, embeddings: _, indexes: __, ...common }: SetVectorPolicyOptions,
  captured: JsonValue | undefined,
): Operation {
  const previous = isJsonObject(captured) ? captured["previous"] : undefined;
  if (isJsonObject(previous)) {
    return setIndexingPolicy({ ...common, container, indexingPolicy: previous as IndexingPolicy });
  }
  return doNothing(common.name ?? "", {
    containers: [container],
    description: `Set the indexing policy of "${container}" back to what it was; the vector embeddings stay`,
  });
}
