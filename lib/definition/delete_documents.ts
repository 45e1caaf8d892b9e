import { CosmigError } from "../base/errors.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** Options of {@linkcode deleteDocuments}. */
export interface DeleteDocumentsOptions extends CommonOptions {
  readonly container: string;
  /** Cosmos SQL condition over `c`: which documents are deleted; `"true"` for all of them. */
  readonly where: string;
}

/** What {@linkcode deleteDocuments} declares. */
export interface DeleteDocumentsParameters {
  readonly container: string;
  readonly where: string;
}

/** See {@linkcode deleteDocuments}. */
export type DeleteDocumentsOperation = Operation<"deleteDocuments", DeleteDocumentsParameters>;

/**
 * Deletes the documents that a condition selects. Each delete is conditional on the document being as it was read: one that the live application changes so
 * that it is not selected any more stays.
 *
 * Needs `--allow-destructive`. Cannot be undone.
 *
 * @throws {CosmigError} with code `operation-refused` when the condition is empty
 *
 * @example
 * ```ts
 * import { deleteDocuments } from "../mod.ts";
 *
 * deleteDocuments({ container: "Sessions", where: "c.createdAt < '2020-01-01'" });
 * ```
 */
export function deleteDocuments(options: DeleteDocumentsOptions): DeleteDocumentsOperation {
  const { container, where } = options;
  requireContainerName(container, "delete documents of");
  if (typeof where !== "string" || where.trim() === "") {
    throw new CosmigError(
      "operation-refused",
      `Cannot delete documents of "${container}" as where says which: current value is empty`,
      { hint: 'Write "true" for all of them' },
    );
  }
  return defineOperation({
    kind: "deleteDocuments",
    step: `deleteDocuments:${container}`,
    containers: [container],
    parameters: Object.freeze({ container, where }),
    fingerprint: { container, where },
    description: `Delete documents of "${container}" where ${where}`,
    reversibility: "none",
    destructive: true,
    invert: () => undefined,
  }, options);
}
