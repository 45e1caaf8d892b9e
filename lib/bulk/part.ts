import { addCounts, type DocumentCounts, NO_DOCUMENTS } from "../base/document_counts.ts";
import type { PartitionKeyRange } from "../cosmos/port.ts";
import type { RangeCheckpoint } from "./checkpoint.ts";

/** Bounds in effective partition keys. */
export interface Bounds {
  readonly minInclusive: string;
  readonly maxExclusive: string;
}

/** What a part starts with. */
export interface PartOptions {
  readonly range: PartitionKeyRange;
  readonly bounds: Bounds;
  readonly containerRid: string;
  readonly continuation?: string | undefined;
  readonly documents?: DocumentCounts;
  readonly requestUnits?: number;
}

/**
 * A part of a container that one worker goes through: a physical range, or what lies of it between bounds after a split or merge.
 *
 * Its position is the last place from which going on misses nothing. What is changed beyond that place is counted at once and not read again, because
 * it is no longer selected; what is skipped beyond it is counted when the place moves.
 */
export class Part {
  readonly range: PartitionKeyRange;
  readonly bounds: Bounds;
  readonly #containerRid: string;
  #continuation: string | undefined;
  #documents: DocumentCounts;
  #requestUnits: number;
  #done = false;
  #held = false;

  constructor(options: PartOptions) {
    this.range = options.range;
    this.bounds = { minInclusive: options.bounds.minInclusive, maxExclusive: options.bounds.maxExclusive };
    this.#containerRid = options.containerRid;
    this.#continuation = options.continuation;
    this.#documents = options.documents ?? NO_DOCUMENTS;
    this.#requestUnits = options.requestUnits ?? 0;
  }

  get continuation(): string | undefined {
    return this.#continuation;
  }

  get documents(): DocumentCounts {
    return this.#documents;
  }

  get requestUnits(): number {
    return this.#requestUnits;
  }

  get done(): boolean {
    return this.#done;
  }

  /** What a query has to be restricted to; `undefined` when the part is the whole physical range. */
  get queryBounds(): Bounds | undefined {
    const { range, bounds } = this;
    const whole = range.minInclusive === bounds.minInclusive && range.maxExclusive === bounds.maxExclusive;
    return whole ? undefined : bounds;
  }

  /** Documents of the current page were changed. */
  changed(count: number): void {
    this.#documents = addCounts(this.#documents, { read: count, changed: count, skipped: 0 });
  }

  /** The current page is finished: its unchanged documents count, and reading goes on behind it. */
  advance(page: { readonly skipped: number; readonly continuation: string | undefined }): void {
    if (this.#held) return;
    const { skipped, continuation } = page;
    this.#documents = addCounts(this.#documents, { read: skipped, changed: 0, skipped });
    this.#continuation = continuation;
    this.#done = continuation === undefined;
  }

  /** The position stays where it is for good, since a document behind it could not be changed and has to be read again. */
  hold(): void {
    this.#held = true;
  }

  spend(requestUnits: number): void {
    this.#requestUnits += requestUnits;
  }

  /**
   * The same part on the physical ranges that are there now, each to be read from its beginning: a continuation is not valid on another range. What
   * was changed stays counted.
   */
  moveTo(ranges: readonly PartitionKeyRange[]): readonly Part[] {
    const { changed } = this.#documents;
    return overlapping(this.bounds, ranges).map((range, index) =>
      new Part({
        range,
        bounds: intersection(this.bounds, range),
        containerRid: this.#containerRid,
        ...(index === 0
          ? { documents: { read: changed, changed, skipped: 0 }, requestUnits: this.#requestUnits }
          : {}),
      })
    );
  }

  toCheckpoint(): RangeCheckpoint {
    return {
      containerRid: this.#containerRid,
      rangeId: this.range.id,
      ...this.bounds,
      continuation: this.#continuation,
      documents: this.#documents,
      requestUnits: this.#requestUnits,
      done: this.#done,
    };
  }
}

/** The physical ranges that hold a part of what lies between the bounds, in order. */
export function overlapping(
  bounds: Bounds,
  ranges: readonly PartitionKeyRange[],
): readonly PartitionKeyRange[] {
  return ranges
    .filter((range) => range.minInclusive < bounds.maxExclusive && bounds.minInclusive < range.maxExclusive)
    .toSorted((left, right) => left.minInclusive < right.minInclusive ? -1 : 1);
}

/** What two bounds have in common. */
export function intersection(left: Bounds, right: Bounds): Bounds {
  return {
    minInclusive: left.minInclusive > right.minInclusive ? left.minInclusive : right.minInclusive,
    maxExclusive: left.maxExclusive < right.maxExclusive ? left.maxExclusive : right.maxExclusive,
  };
}

/** Whether two bounds are the same. */
export function sameBounds(left: Bounds, right: Bounds): boolean {
  return left.minInclusive === right.minInclusive && left.maxExclusive === right.maxExclusive;
}
