import type { CosmosContainer, PartitionKeyRange } from "../cosmos/port.ts";
import type { CheckpointKeeper } from "./checkpoint_keeper.ts";
import type { PartitionKeyNames } from "./document_key.ts";
import type { FailureList } from "./failure_list.ts";
import { PageWriter } from "./page_writer.ts";
import { overlapping, type Part } from "./part.ts";
import type { Pass, PassContext } from "./pass.ts";
import type { ProgressMeter } from "./progress_meter.ts";
import { RangeGoneError } from "./_range_gone_error.ts";
import { RangeLane } from "./range_lane.ts";
import { readPages } from "./read_pages.ts";
import type { RuGovernor } from "./ru_governor.ts";
import { queryOf, type Selection } from "./selection.ts";

/** Enough to keep a range busy while answers are on their way, little enough not to drown it. */
const REQUESTS_PER_RANGE = 5;

/** What the parts of one pass share. */
export interface PartWorkerOptions {
  readonly pass: Pass;
  readonly context: PassContext;
  readonly selection: Selection;
  readonly container: CosmosContainer;
  readonly partitionKeyNames: PartitionKeyNames;
  readonly governor: RuGovernor;
  readonly meter: ProgressMeter;
  readonly keeper: CheckpointKeeper;
  readonly failures: FailureList;
  readonly signal: AbortSignal;
}

/** Goes through the parts of one pass: reads pages, has them written, and follows ranges that split or merge. */
export class PartWorker {
  readonly #options: PartWorkerOptions;
  readonly #query: string;

  constructor(options: PartWorkerOptions) {
    this.#options = options;
    this.#query = queryOf(options.selection, readOf(options));
  }

  /** Goes through one part. Returns what is left of it on other ranges when its own range is gone. */
  async work(part: Part): Promise<readonly Part[]> {
    const { keeper, context: { clock, settings } } = this.#options;
    const lane = this.#laneOf(part);
    let stuck: { readonly place: string; readonly sinceMs: number } | undefined;
    for (;;) {
      try {
        await this.#readAndWrite(part, lane);
        await keeper.moved(part);
        return [];
      } catch (error) {
        keeper.note(part);
        if (!(error instanceof RangeGoneError)) throw error;
        const parts = await this.#follow(part);
        if (parts !== undefined) return parts;
        const place = `${part.documents.read} ${part.continuation}`;
        if (stuck?.place !== place) stuck = { place, sinceMs: clock.monotonicMs() };
        const setback = { status: 410, cause: error.cause };
        if (clock.monotonicMs() - stuck.sinceMs > settings.patienceMs) throw lane.giveUp(setback);
        await lane.setBack(setback);
      }
    }
  }

  async #readAndWrite(part: Part, lane: RangeLane): Promise<void> {
    const { pass, context, keeper, selection, partitionKeyNames } = this.#options;
    const { clock, settings } = context;
    const writer = new PageWriter({
      ...this.#options,
      ...{ part, lane, clock, random: context.random, patienceMs: settings.patienceMs },
      decide: { pass, selection, partitionKeyNames, clock },
      requestsInFlight: settings.requestsPerRange ?? REQUESTS_PER_RANGE,
    });
    const pages = readPages({
      ...this.#options,
      ...{ part, lane, query: this.#query, parameters: selection.parameters },
      pageSize: settings.pageSize,
    });
    for await (const { rows, continuation } of pages) {
      const touched = await writer.write(rows);
      part.advance({ skipped: rows.length - touched, continuation });
      await keeper.moved(part);
    }
  }

  /** Finds the ranges that hold the part now; `undefined` when its own range is there again. */
  async #follow(part: Part): Promise<readonly Part[] | undefined> {
    const { container, meter, keeper, signal } = this.#options;
    const ranges = await container.ranges({ signal });
    if (ranges.some((range) => isSameRange(range, part.range)) || !covers(part, ranges)) return undefined;
    const parts = part.moveTo(ranges);
    meter.forget(part);
    for (const child of parts) meter.watch(child);
    await keeper.replaced(part, parts);
    return parts;
  }

  #laneOf(part: Part): RangeLane {
    const { pass, context, governor, meter, signal } = this.#options;
    const { clock, random, settings } = context;
    return new RangeLane({
      ...{ clock, random, signal, governor },
      maxInFlight: settings.requestsPerRange ?? REQUESTS_PER_RANGE,
      patienceMs: settings.patienceMs,
      label: `range ${part.range.id} of "${pass.container}"`,
      onThrottled: () => meter.throttled(),
      onSpent: (requestUnits) => part.spend(requestUnits),
    });
  }
}

/** Documents as a pass needs them: with what identifies them and what its condition reads. */
function readOf({ pass, selection, partitionKeyNames }: PartWorkerOptions): "whole" | readonly string[] {
  if (pass.read === "whole" || selection.reads === "whole") return "whole";
  const keys = partitionKeyNames.flatMap((path) => path.slice(0, 1));
  return [...new Set(["id", "_etag", ...keys, ...selection.reads, ...pass.read])];
}

function isSameRange(left: PartitionKeyRange, right: PartitionKeyRange): boolean {
  return left.id === right.id && left.minInclusive === right.minInclusive &&
    left.maxExclusive === right.maxExclusive;
}

/** Whether the ranges leave no gap in the part; while a split is going on the list may be incomplete. */
function covers({ bounds }: Part, ranges: readonly PartitionKeyRange[]): boolean {
  let reached = bounds.minInclusive;
  for (const { minInclusive, maxExclusive } of overlapping(bounds, ranges)) {
    if (minInclusive > reached) return false;
    reached = maxExclusive;
  }
  return reached >= bounds.maxExclusive;
}
