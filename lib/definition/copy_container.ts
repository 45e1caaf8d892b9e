import { CosmigError } from "../base/errors.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** Options of {@linkcode copyContainer}. */
export interface CopyContainerOptions extends CommonOptions {
  readonly from: string;
  /** Exists already, and is empty when the copy begins; its partition key may be another one. */
  readonly to: string;
  /** How writes that come during the copy get there: the change feed is followed until nothing writes to `from` any more. */
  readonly follow: "change-feed";
}

/** What {@linkcode copyContainer} declares. */
export interface CopyContainerParameters {
  readonly from: string;
  readonly to: string;
}

/** See {@linkcode copyContainer}. */
export type CopyContainerOperation = Operation<"copyContainer", CopyContainerParameters>;

/**
 * Copies a container to another one, online: copies all documents, then follows the change feed until it has caught up. Deletes and expiries, which the
 * change feed does not show, are found by comparing keys, until a look at both finds nothing to do. What is written to the old container after that is not
 * copied: the application switches to the new one, and {@linkcode deleteContainer} follows in a later migration of the phase `contract`.
 *
 * So it ends when the application pauses, or has been switched, for a moment at the end. When it has caught up it says so, and waits for that; after ten
 * minutes of further writes it ends with exit code 75, and the next run goes on from there. Run it as a Job before the roll-out: an init container of the
 * new pods would wait for the old ones, which go on writing.
 *
 * Documents only: scripts and settings are those of the new container. The new one belongs to the copy until it is finished; a document that only it has is
 * deleted. Cannot be undone by itself: give the migration a `down` that deletes the new container, as below.
 *
 * @throws {CosmigError} with code `operation-refused` when both containers are the same
 *
 * @example
 * ```ts
 * import { copyContainer, createContainer, defineMigration, deleteContainer } from "../mod.ts";
 *
 * defineMigration({
 *   description: "Orders by tenant, beside the old ones",
 *   phase: "expand",
 *   up: [
 *     createContainer({ container: "OrdersByTenant", partitionKey: ["/tenant", "/customer"] }),
 *     copyContainer({ from: "Orders", to: "OrdersByTenant", follow: "change-feed" }),
 *   ],
 *   down: [deleteContainer({ container: "OrdersByTenant", ifContainerExists: true })],
 * });
 * ```
 */
export function copyContainer(options: CopyContainerOptions): CopyContainerOperation {
  const { from, to, follow } = options;
  requireContainerName(from, "copy the container");
  requireContainerName(to, "copy documents to");
  if (from === to) throw refused(from, "it is its own target");
  if (follow !== "change-feed") {
    throw refused(from, `follow is "change-feed": current value is ${JSON.stringify(follow)}`);
  }
  return defineOperation({
    kind: "copyContainer",
    step: `copyContainer:${from}:${to}`,
    containers: [from, to],
    parameters: Object.freeze({ from, to }),
    fingerprint: { from, to },
    description: `Copy the container "${from}" to "${to}" and follow its change feed until it has caught up`,
    reversibility: "none",
    invert: () => undefined,
  }, options);
}

function refused(from: string, why: string): CosmigError {
  return new CosmigError("operation-refused", `Cannot copy the container "${from}" as ${why}`);
}
