import type { DocumentCounts } from "./document_counts.ts";

/** Where a pass stands in one physical range. */
export interface RangeProgress {
  readonly range: string;
  readonly documents: DocumentCounts;
  /** Request units since the range was begun. */
  readonly requestUnits: number;
}

/** Where a pass stands, as an event. */
export interface PassProgress {
  readonly container: string;
  readonly documents: DocumentCounts;
  /** Documents that the pass expects to look at in all; `undefined` while unknown. */
  readonly expected: number | undefined;
  /**
   * Whether `expected` is projected from a sample, so that there may be more or fewer.
   *
   * @default {false}
   */
  readonly isEstimated?: boolean;
  readonly rangesDone: number;
  readonly rangesTotal: number;
  /** The ranges that are begun and not done. */
  readonly ranges?: readonly RangeProgress[];
  /** Request units since the pass began. */
  readonly requestUnits: number;
  /** Request units a second, over the last seconds. */
  readonly ruPerSecond: number;
  /** Documents looked at a second, over the last seconds. */
  readonly documentsPerSecond: number;
  /** Answers that asked to slow down (429) since the pass began. */
  readonly throttled: number;
}
