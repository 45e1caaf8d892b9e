import type { DocumentCounts } from "../base/document_counts.ts";

/**
 * How far a pass has come in one part of a container. Bounds are effective partition keys, so that a checkpoint stays valid when the
 * physical range splits or merges; the container's `_rid` tells whether it is still the same container.
 */
export interface RangeCheckpoint {
  readonly containerRid: string;
  /** The physical range that the continuation was given by. */
  readonly rangeId: string;
  readonly minInclusive: string;
  readonly maxExclusive: string;
  /** Where to read on; absent before the first page and after the last. */
  readonly continuation?: string | undefined;
  readonly documents: DocumentCounts;
  /** Request units. */
  readonly requestUnits: number;
  readonly done: boolean;
}

/** Where a pass keeps its checkpoints. Bound by its owner to one step, cycle and direction; written through the lease's fence. */
export interface CheckpointStore {
  load(): Promise<readonly RangeCheckpoint[]>;
  /**
   * Durable when it resolves. Replaces the checkpoints of the same bounds; `obsolete` are dropped in the same transaction (after a split).
   *
   * @throws {LeaseLostError} when the lease is gone; nothing more may be written then
   */
  save(
    checkpoints: readonly RangeCheckpoint[],
    options?: { readonly obsolete?: readonly RangeCheckpoint[] },
  ): Promise<void>;
}
