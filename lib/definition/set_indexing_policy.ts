import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import { doNothing } from "./do_nothing.ts";
import { copyJson } from "./_copy_json.ts";
import type { IndexingPolicy } from "./indexing_policy.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** Options of {@linkcode setIndexingPolicy}. */
export interface IndexingPolicyOptions extends CommonOptions {
  readonly container: string;
  /** The whole policy. */
  readonly indexingPolicy: IndexingPolicy;
}

/** What {@linkcode setIndexingPolicy} declares. */
export interface IndexingPolicyParameters {
  readonly container: string;
  readonly indexingPolicy: JsonObject;
}

/** See {@linkcode setIndexingPolicy}. */
export type SetIndexingPolicyOperation = Operation<"setIndexingPolicy", IndexingPolicyParameters>;

/**
 * Replaces the indexing policy of a container. Undone exactly: the policy that was found is captured before it is changed. The service builds the
 * index in the background; queries may be slower until it is done.
 *
 * @example
 * ```ts
 * import { setIndexingPolicy } from "../mod.ts";
 *
 * setIndexingPolicy({
 *   container: "Events",
 *   indexingPolicy: { includedPaths: [{ path: "/at/?" }], excludedPaths: [{ path: "/*" }] },
 * });
 * ```
 */
export function setIndexingPolicy(options: IndexingPolicyOptions): SetIndexingPolicyOperation {
  const { container } = options;
  requireContainerName(container, "set the indexing policy of");
  return define(options, copyJson(options.indexingPolicy, `the indexing policy of "${container}"`));
}

type Identity = CommonOptions & { readonly container: string };

function define(options: Identity, indexingPolicy: JsonObject): SetIndexingPolicyOperation {
  const { container } = options;
  return defineOperation({
    kind: "setIndexingPolicy",
    step: `setIndexingPolicy:${container}`,
    containers: [container],
    parameters: Object.freeze({ container, indexingPolicy }),
    fingerprint: { container, indexingPolicy },
    description: `Set the indexing policy of "${container}" (${inWords(indexingPolicy)})`,
    reversibility: "exact",
    invert: (step, captured) => restorePolicy({ ...options, name: step }, captured),
  }, options);
}

function restorePolicy(
  options: Identity & { readonly name: string },
  captured: JsonValue | undefined,
): Operation {
  const { container, name } = options;
  if (!isJsonObject(captured)) {
    const description = `Set the indexing policy of "${container}" back to what it was`;
    return doNothing(name, { containers: [container], description });
  }
  const { previous } = captured;
  return define(options, isJsonObject(previous) ? previous : {});
}

function inWords(policy: JsonObject): string {
  const counts = ([
    ["includedPaths", "included"],
    ["excludedPaths", "excluded"],
    ["compositeIndexes", "composite"],
    ["spatialIndexes", "spatial"],
    ["vectorIndexes", "vector"],
    ["fullTextIndexes", "full-text"],
  ] as const).flatMap(([key, word]) => {
    const list = policy[key];
    return Array.isArray(list) && list.length > 0 ? [`${list.length} ${word}`] : [];
  });
  return policy["indexingMode"] === "none"
    ? "no index"
    : counts.length === 0
    ? "defaults"
    : counts.join(", ");
}
