import type { PartitionKeyRange } from "../cosmos/port.ts";
import type { RangeCheckpoint } from "./checkpoint.ts";
import { type Bounds, Part, sameBounds } from "./part.ts";

/** What is known before a pass begins. */
export interface PlanPartsOptions {
  readonly containerRid: string;
  readonly ranges: readonly PartitionKeyRange[];
  /** Of an earlier attempt. */
  readonly checkpoints: readonly RangeCheckpoint[];
}

/** How a pass begins. */
export interface PartsPlan {
  /** What is left to go through. */
  readonly open: readonly Part[];
  /** What an earlier attempt finished. */
  readonly done: readonly RangeCheckpoint[];
  /** Checkpoints that say nothing any more, and that no part will replace. */
  readonly obsolete: readonly RangeCheckpoint[];
}

/** The whole space of effective partition keys. */
export const EVERYTHING: Bounds = { minInclusive: "", maxExclusive: "FF" };

/**
 * Divides a container into parts, going on where an earlier attempt stopped. A checkpoint of another container (dropped and created anew), or one that
 * overlaps a better one, is obsolete. The parts and what is done cover the container without a gap.
 */
export function planParts({ containerRid, ranges, checkpoints }: PlanPartsOptions): PartsPlan {
  const { kept, unfit: obsolete } = selectCheckpoints(checkpoints, containerRid);
  const open: Part[] = [];
  for (const checkpoint of kept.filter(({ done }) => !done)) {
    const resumed = resume(checkpoint, ranges);
    if (resumed !== undefined) open.push(resumed);
    else {
      open.push(...partOf(checkpoint, ranges[0]).moveTo(ranges));
      obsolete.push(checkpoint);
    }
  }
  for (const gap of gapsBetween(kept)) {
    const [range] = ranges;
    if (range !== undefined) open.push(...new Part({ range, bounds: gap, containerRid }).moveTo(ranges));
  }
  const done = kept.filter((checkpoint) => checkpoint.done);
  const current: readonly Bounds[] = [...done, ...open.map(({ bounds }) => bounds)];
  return {
    open,
    done,
    obsolete: obsolete.filter((checkpoint) => !current.some((bounds) => sameBounds(bounds, checkpoint))),
  };
}

/** Goes on from the very place, which needs the range that gave the continuation. */
function resume(checkpoint: RangeCheckpoint, ranges: readonly PartitionKeyRange[]): Part | undefined {
  const range = ranges.find(({ id, minInclusive, maxExclusive }) =>
    id === checkpoint.rangeId && minInclusive <= checkpoint.minInclusive &&
    checkpoint.maxExclusive <= maxExclusive
  );
  return range && partOf(checkpoint, range);
}

function partOf(checkpoint: RangeCheckpoint, range: PartitionKeyRange | undefined): Part {
  const anywhere = { id: checkpoint.rangeId, ...EVERYTHING, parents: [] };
  return new Part({ ...checkpoint, range: range ?? anywhere, bounds: checkpoint });
}

/** Finished parts first, so that an overlap is decided in favour of what is done. */
function selectCheckpoints(checkpoints: readonly RangeCheckpoint[], containerRid: string) {
  const kept: RangeCheckpoint[] = [];
  const unfit: RangeCheckpoint[] = [];
  const inOrder = [...checkpoints.filter(({ done }) => done), ...checkpoints.filter(({ done }) => !done)];
  for (const checkpoint of inOrder) {
    const fits = checkpoint.containerRid === containerRid &&
      checkpoint.minInclusive < checkpoint.maxExclusive &&
      !kept.some((other) =>
        other.minInclusive < checkpoint.maxExclusive && checkpoint.minInclusive < other.maxExclusive
      );
    (fits ? kept : unfit).push(checkpoint);
  }
  return { kept, unfit };
}

function gapsBetween(checkpoints: readonly RangeCheckpoint[]): readonly Bounds[] {
  const gaps: Bounds[] = [];
  let reached = EVERYTHING.minInclusive;
  for (
    const { minInclusive, maxExclusive } of checkpoints.toSorted((left, right) =>
      left.minInclusive < right.minInclusive ? -1 : 1
    )
  ) {
    if (reached < minInclusive) gaps.push({ minInclusive: reached, maxExclusive: minInclusive });
    reached = maxExclusive;
  }
  if (reached < EVERYTHING.maxExclusive) gaps.push({ ...EVERYTHING, minInclusive: reached });
  return gaps;
}
