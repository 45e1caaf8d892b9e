import { defineOperation, requireContainerName } from "./_define_operation.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** Options of {@linkcode deleteContainer}. */
export interface DeleteContainerOptions extends CommonOptions {
  readonly container: string;
}

/** What {@linkcode deleteContainer} declares. */
export interface DeleteContainerParameters {
  readonly container: string;
}

/** See {@linkcode deleteContainer}. */
export type DeleteContainerOperation = Operation<"deleteContainer", DeleteContainerParameters>;

/**
 * Deletes a container with everything in it. The very container that is there when the step begins is noted and deleted by its identifier, so that one of the
 * same name that appears later stays, also after a crash.
 *
 * Needs `--allow-destructive`. Cannot be undone.
 *
 * @throws {CosmigError} with code `operation-refused` when the name is not one of a container
 *
 * @example
 * ```ts
 * import { defineMigration, deleteContainer } from "../mod.ts";
 *
 * defineMigration({
 *   description: "The old carts are gone",
 *   phase: "contract",
 *   up: [deleteContainer({ container: "Carts", ifContainerExists: true })],
 * });
 * ```
 */
export function deleteContainer(options: DeleteContainerOptions): DeleteContainerOperation {
  const { container } = options;
  requireContainerName(container, "delete the container");
  return defineOperation({
    kind: "deleteContainer",
    step: `deleteContainer:${container}`,
    containers: [container],
    parameters: Object.freeze({ container }),
    fingerprint: { container },
    description: `Delete the container "${container}" with all its documents`,
    reversibility: "none",
    destructive: true,
    invert: () => undefined,
  }, options);
}
