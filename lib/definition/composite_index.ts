import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { defineOperation, type OperationParts, requireContainerName } from "./_define_operation.ts";
import { doNothing } from "./do_nothing.ts";
import { type CompositeIndex, compositeIndexToJson } from "./indexing_policy.ts";
import type { CommonOptions, Operation } from "./operation.ts";
import { parsePlainPath } from "./path.ts";

/** Options of {@linkcode addCompositeIndex} and {@linkcode removeCompositeIndex}. */
export interface CompositeIndexOptions extends CommonOptions {
  readonly container: string;
  /** The paths in the order of the index, each with its own order. Two indexes are the same only when both agree. */
  readonly paths: CompositeIndex;
}

/** What {@linkcode addCompositeIndex} and {@linkcode removeCompositeIndex} declare. */
export interface CompositeIndexParameters {
  readonly container: string;
  /** As an indexing policy holds it. */
  readonly index: readonly JsonObject[];
  /** Where an added index is put among the others; last when `undefined`. */
  readonly position: number | undefined;
}

/** See {@linkcode addCompositeIndex}. */
export type AddCompositeIndexOperation = Operation<"addCompositeIndex", CompositeIndexParameters>;

/** See {@linkcode removeCompositeIndex}. */
export type RemoveCompositeIndexOperation = Operation<"removeCompositeIndex", CompositeIndexParameters>;

const MOST_PATHS = 8;

/**
 * Adds a composite index to a container's indexing policy and leaves the rest of the policy alone. Undone exactly: an index that was there before
 * stays. The service builds the index in the background.
 *
 * @throws {CosmigError} with code `operation-refused` when the paths are fewer than 2, more than 8, not plain, or one is given twice
 *
 * @example
 * ```ts
 * import { addCompositeIndex } from "../mod.ts";
 *
 * addCompositeIndex({ container: "Orders", paths: [["/customerId", "ascending"], ["/createdAt", "descending"]] });
 * ```
 */
export function addCompositeIndex(options: CompositeIndexOptions): AddCompositeIndexOperation {
  return defineAdd(options, undefined);
}

/**
 * Removes a composite index from a container's indexing policy and leaves the rest of the policy alone. Undone exactly: an index that was not
 * there is not added.
 *
 * @throws {CosmigError} with code `operation-refused` when the paths are fewer than 2, more than 8, not plain, or one is given twice
 *
 * @example
 * ```ts
 * import { removeCompositeIndex } from "../mod.ts";
 *
 * removeCompositeIndex({ container: "Orders", paths: [["/customerId", "ascending"], ["/createdAt", "descending"]] });
 * ```
 */
export function removeCompositeIndex(options: CompositeIndexOptions): RemoveCompositeIndexOperation {
  return defineOperation({
    ...partsOf("removeCompositeIndex", options),
    description: `Remove the composite index ${inWords(options)}`,
    invert: (step, captured) => {
      const found = foundIn(captured);
      return typeof found === "number"
        ? defineAdd({ ...options, name: step }, found)
        : leave(step, options, found === undefined ? "Put back if it was there:" : "Do without, as before:");
    },
  }, options);
}

function defineAdd(options: CompositeIndexOptions, position: number | undefined): AddCompositeIndexOperation {
  return defineOperation({
    ...partsOf("addCompositeIndex", options, position),
    description: `Add the composite index ${inWords(options)}`,
    invert: (step, captured) => {
      const found = foundIn(captured);
      return found === "missing" ? removeCompositeIndex({ ...options, name: step }) : leave(
        step,
        options,
        found === undefined ? "Remove unless it was there before:" : "Keep, as it was there before:",
      );
    },
  }, options);
}

function partsOf<Kind extends string>(
  kind: Kind,
  options: CompositeIndexOptions,
  position?: number,
): Omit<OperationParts<Kind, CompositeIndexParameters>, "description" | "invert"> {
  const { container, paths } = options;
  requireIndex(options);
  const index = compositeIndexToJson(paths);
  return {
    kind,
    step: `${kind}:${container}:${paths.map(([path, order]) => `${path} ${order}`).join(",")}`,
    containers: [container],
    parameters: Object.freeze({ container, index, position }),
    fingerprint: { container, index },
    reversibility: "exact",
  };
}

/** What the handler captured: where the index stood before, or that it was missing; `undefined` when nothing is captured. */
function foundIn(captured: JsonValue | undefined): number | "missing" | undefined {
  if (!isJsonObject(captured)) return undefined;
  return typeof captured["position"] === "number" ? captured["position"] : "missing";
}

function leave(step: string, options: CompositeIndexOptions, words: string): Operation {
  return doNothing(step, {
    containers: [options.container],
    description: `${words} the composite index ${inWords(options)}`,
  });
}

function inWords({ container, paths }: CompositeIndexOptions): string {
  return `(${paths.map(([path, order]) => `${path} ${order}`).join(", ")}) of "${container}"`;
}

function requireIndex({ container, paths }: CompositeIndexOptions): void {
  requireContainerName(container, "change a composite index of");
  const refuse = (why: string) =>
    new CosmigError("operation-refused", `Cannot use a composite index of "${container}" as ${why}`);
  if (!Array.isArray(paths) || paths.length < 2 || paths.length > MOST_PATHS) {
    throw refuse(`it has 2 to ${MOST_PATHS} paths: current value is ${JSON.stringify(paths)}`);
  }
  for (const [path, order] of paths) {
    requirePlain(path, refuse);
    if (order !== "ascending" && order !== "descending") {
      throw refuse(`an order is "ascending" or "descending": current value is "${order}"`);
    }
  }
  if (new Set(paths.map(([path]) => path)).size < paths.length) {
    throw refuse(`each path stands in it once: current value is ${JSON.stringify(paths)}`);
  }
}

function requirePlain(path: string, refuse: (why: string) => CosmigError): void {
  try {
    parsePlainPath(path);
  } catch {
    throw refuse(`a path is like "/customer/name": current value is "${path}"`);
  }
  if (path.endsWith("?")) throw refuse(`its paths end without "/?": current value is "${path}"`);
}
