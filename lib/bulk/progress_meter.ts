import type { Clock } from "../base/clock.ts";
import { addCounts, type DocumentCounts, NO_DOCUMENTS } from "../base/document_counts.ts";
import type { PassProgress } from "../base/pass_progress.ts";
import type { RangeCheckpoint } from "./checkpoint.ts";
import type { Expectation } from "./expected_documents.ts";
import type { Part } from "./part.ts";
import type { PassOutcome } from "./pass.ts";

const INTERVAL_MS = 1_000;
/** Rates are means over so many intervals. */
const SAMPLES = 10;

interface Sample {
  readonly atMs: number;
  readonly documents: number;
  readonly requestUnits: number;
}

/** What a meter needs. */
export interface ProgressMeterOptions {
  readonly clock: Clock;
  readonly container: string;
  emit(progress: PassProgress): void;
}

/** Adds up what the parts of a pass have done, and reports it every second. */
export class ProgressMeter {
  readonly #options: ProgressMeterOptions;
  readonly #parts = new Set<Part>();
  #finished: PassOutcome = { documents: NO_DOCUMENTS, requestUnits: 0 };
  #finishedRanges = 0;
  #throttled = 0;
  #samples: Sample[] = [];
  #expected: Expectation | undefined;
  #cancel = () => {};

  constructor(options: ProgressMeterOptions) {
    this.#options = options;
  }

  /** Counts what an earlier attempt finished. */
  include(checkpoint: RangeCheckpoint): void {
    this.#finished = sum(this.#finished, checkpoint);
    this.#finishedRanges++;
  }

  watch(part: Part): void {
    this.#parts.add(part);
  }

  /** The part has become others; they carry its counts. */
  forget(part: Part): void {
    this.#parts.delete(part);
  }

  /** So many documents are left to look at. */
  expect(left: Expectation | undefined): void {
    this.#expected = left && { ...left, documents: this.outcome.documents.read + left.documents };
  }

  throttled(): void {
    this.#throttled++;
  }

  /** What was done, earlier attempts included. */
  get outcome(): PassOutcome {
    return [...this.#parts].reduce<PassOutcome>(sum, this.#finished);
  }

  /** Whether nothing is left to go through. */
  get isComplete(): boolean {
    return [...this.#parts].every(({ done }) => done);
  }

  /** Begins to report. */
  start(): void {
    this.#sample();
    const tick = () => {
      this.#cancel = this.#options.clock.schedule(tick, INTERVAL_MS);
      this.report();
    };
    this.#cancel = this.#options.clock.schedule(tick, INTERVAL_MS);
  }

  stop(): void {
    this.#cancel();
  }

  report(): void {
    const { container, emit } = this.#options;
    const newest = this.#sample();
    const oldest = this.#samples[0] ?? newest;
    const seconds = (newest.atMs - oldest.atMs) / 1_000;
    const rate = (amount: number) => seconds > 0 ? amount / seconds : 0;
    const { documents, requestUnits } = this.outcome;
    const parts = [...this.#parts];
    emit({
      container,
      documents,
      expected: this.#expected?.documents,
      isEstimated: this.#expected?.isEstimated ?? false,
      rangesDone: this.#finishedRanges + parts.filter(({ done }) => done).length,
      rangesTotal: this.#finishedRanges + parts.length,
      ranges: parts.filter(({ done, documents }) => !done && documents.read > 0)
        .map(({ range, documents, requestUnits }) => ({ range: range.id, documents, requestUnits })),
      requestUnits,
      ruPerSecond: rate(newest.requestUnits - oldest.requestUnits),
      documentsPerSecond: rate(newest.documents - oldest.documents),
      throttled: this.#throttled,
    });
  }

  #sample(): Sample {
    const { documents, requestUnits } = this.outcome;
    const sample = { atMs: this.#options.clock.monotonicMs(), documents: documents.read, requestUnits };
    this.#samples = [...this.#samples.slice(-SAMPLES), sample];
    return sample;
  }
}

function sum(
  left: PassOutcome,
  right: { readonly documents: DocumentCounts; readonly requestUnits: number },
): PassOutcome {
  return {
    documents: addCounts(left.documents, right.documents),
    requestUnits: left.requestUnits + right.requestUnits,
  };
}
