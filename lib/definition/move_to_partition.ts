import { CosmigError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** One way of a move. */
export interface PartitionMove<Before, After> {
  /** Cosmos SQL condition over `c`: the documents that are still in their old place. What `move` makes must not meet it. */
  readonly where: string;
  /** The document with its new partition key, and whatever else changes; the id stays. May be called again, and has to give the same then. */
  readonly move: (document: Before) => After;
}

/** Options of {@linkcode moveToPartition}. */
export interface MoveToPartitionOptions<Before, After> extends CommonOptions, PartitionMove<Before, After> {
  readonly container: string;
  /** The way back. */
  readonly undo?: PartitionMove<After, Before>;
}

/** What {@linkcode moveToPartition} declares. */
export interface MoveToPartitionParameters {
  readonly container: string;
  readonly where: string;
  readonly move: (document: JsonObject) => JsonObject;
}

/** See {@linkcode moveToPartition}. */
export type MoveToPartitionOperation = Operation<"moveToPartition", MoveToPartitionParameters>;

/**
 * Gives documents another value of their partition key, which means another place: creates each there, reads it back, and only then deletes the old one,
 * on condition that it is still as it was read. One that the live application changes meanwhile is moved again with its change. Until the old one is deleted
 * both exist: queries over all partitions may see both. A document of the same id that is in the new place already is an error, unless it is the same.
 *
 * A crash at any point is resumed: what was created and not touched by anybody since is recognised by a note under `/__cosmig`, which is removed in the end.
 *
 * Undone by `undo`; how well is up to its author, so it counts as by value.
 *
 * @throws {CosmigError} with code `operation-refused` when a condition is empty
 *
 * @example
 * ```ts
 * import { moveToPartition } from "../mod.ts";
 *
 * interface Order { id: string; region: string }
 *
 * moveToPartition({
 *   container: "Orders",
 *   where: "c.region = 'uk'",
 *   move: (order: Order): Order => ({ ...order, region: "gb" }),
 *   undo: { where: "c.region = 'gb'", move: (order) => ({ ...order, region: "uk" }) },
 * });
 * ```
 */
export function moveToPartition<
  Before extends { readonly id: string },
  After extends { readonly id: string },
>(
  options: MoveToPartitionOptions<Before, After>,
): MoveToPartitionOperation {
  const { container, undo } = options;
  requireContainerName(container, "move documents of");
  return define(options, {
    container,
    there: wayOf(options, container),
    back: undo && wayOf(undo, container),
  });
}

type Way = Omit<MoveToPartitionParameters, "container">;

function define(
  options: CommonOptions,
  ways: { readonly container: string; readonly there: Way; readonly back: Way | undefined },
): MoveToPartitionOperation {
  const { container, there, back } = ways;
  return defineOperation({
    kind: "moveToPartition",
    step: `moveToPartition:${container}`,
    containers: [container],
    parameters: Object.freeze({ container, ...there }),
    fingerprint: { container, where: there.where, back: back?.where ?? null },
    description: `Move documents of "${container}" where ${there.where} to other partitions`,
    hasFunctions: true,
    reversibility: back === undefined ? "none" : "by-value",
    invert: (step) =>
      back === undefined
        ? undefined
        : define({ ...options, name: step }, { container, there: back, back: there }),
  }, options);
}

/** The types were checked where they were written; from here on documents are JSON. */
function wayOf<Before, After>({ where, move }: PartitionMove<Before, After>, container: string): Way {
  if (typeof where !== "string" || where.trim() === "" || typeof move !== "function") {
    throw new CosmigError(
      "operation-refused",
      `Cannot move documents of "${container}" as where says which are still in their old place, and move where they go`,
    );
  }
  return { where, move: move as unknown as Way["move"] };
}
