import { CosmigError } from "../base/errors.ts";
import { parsePlainPath, type Path } from "./path.ts";

/** A property that holds a vector. */
export interface VectorEmbedding {
  readonly path: Path;
  readonly dataType: "float32" | "float16" | "uint8" | "int8";
  readonly dimensions: number;
  readonly distanceFunction: "cosine" | "dotproduct" | "euclidean";
}

/** How a vector is indexed. */
export interface VectorIndex {
  readonly path: Path;
  readonly type: "flat" | "quantizedFlat" | "diskANN";
}

const MOST_DIMENSIONS = 4_096;

/**
 * Checks embeddings.
 *
 * @param action for the error: `set the vector policy of "Products"`
 * @throws {CosmigError} with code `operation-refused`
 */
export function requireEmbeddings(embeddings: readonly VectorEmbedding[], action: string): void {
  const seen = new Set<string>();
  for (const { path, dimensions } of embeddings) {
    requirePath(path, action);
    if (seen.has(path)) {
      throw refused(action, `each path has one embedding: current value is "${path}" twice`);
    }
    seen.add(path);
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MOST_DIMENSIONS) {
      throw refused(
        action,
        `a vector has 1 to ${MOST_DIMENSIONS} dimensions: current value is ${dimensions}`,
      );
    }
  }
}

/** @throws {CosmigError} with code `operation-refused` when a path is not plain, or the service could not index it */
export function requirePath(path: string, action: string): void {
  try {
    parsePlainPath(path);
  } catch {
    throw refused(action, `a path is like "/embedding": current value is "${path}"`);
  }
}

function refused(action: string, why: string): CosmigError {
  return new CosmigError("operation-refused", `Cannot ${action} as ${why}`);
}
