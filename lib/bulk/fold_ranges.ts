import type { Clock } from "../base/clock.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { CosmosContainer, PartitionKeyRange } from "../cosmos/port.ts";
import { type Bounds, overlapping, Part } from "./part.ts";
import { EVERYTHING } from "./plan_parts.ts";
import { RangeGoneError } from "./_range_gone_error.ts";
import { RangeLane } from "./range_lane.ts";
import { type PageKind, readPages } from "./read_pages.ts";
import { RuGovernor } from "./ru_governor.ts";
import { runWorkPool } from "./work_pool.ts";

const PATIENCE_MS = 30_000;
const PAGE_SIZE = 1_000;
const RANGES_AT_ONCE = 8;

/** What reading a container to the end needs. */
export interface FoldRangesOptions<Total> {
  readonly query: string;
  readonly parameters?: Readonly<Record<string, JsonValue>> | undefined;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** @default everything */
  readonly bounds?: Bounds;
  /** @default 8, or what the cap is enough for */
  readonly concurrency?: number;
  /** @default 30_000 */
  readonly patienceMs?: number;
  /** @default no cap */
  readonly governor?: RuGovernor | undefined;
  /** @default "read" */
  readonly kind?: PageKind | undefined;
  /** What a part begins with. */
  start(): Total;
  /** Adds a row. What it throws ends the reading. */
  add(total: Total, row: JsonObject): Total;
}

/** What reading found. */
export interface Folded<Total> {
  /** Of each part, in no particular order. */
  readonly totals: readonly Total[];
  readonly requestUnits: number;
}

/**
 * Runs a query on all ranges of a container and folds the rows of each; nothing is written. A part whose range splits or merges on the way begins anew,
 * so every row counts once.
 *
 * @throws {TemporaryError} when nothing succeeded for longer than the patience
 */
export async function foldRanges<Total>(
  container: CosmosContainer,
  options: FoldRangesOptions<Total>,
): Promise<Folded<Total>> {
  const { clock, random, patienceMs = PATIENCE_MS, bounds = EVERYTHING } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const governor = options.governor ?? new RuGovernor({ clock, ruPerSecond: undefined });
  const totals: Total[] = [];
  let requestUnits = 0;
  let goneSinceMs: number | undefined;
  const begin = (ranges: readonly PartitionKeyRange[], within: Bounds): readonly Part[] => {
    const [anyRange] = overlapping(within, ranges);
    return anyRange === undefined
      ? []
      : new Part({ range: anyRange, bounds: within, containerRid: "" }).moveTo(ranges);
  };
  await runWorkPool(begin(await container.ranges({ signal }), bounds), {
    atOnce: options.concurrency ?? governor.pagesAtOnce(RANGES_AT_ONCE),
    onError: (error) => stopping.abort(error),
    work: async (part) => {
      const lane = new RangeLane({
        ...{ clock, random, signal, governor, patienceMs, maxInFlight: 1 },
        label: `range ${part.range.id} of "${container.id}"`,
        onSpent: (charge) => requestUnits += charge,
      });
      try {
        totals.push(await foldPart(part, { ...options, container, lane, governor, signal }));
        goneSinceMs = undefined;
        return [];
      } catch (error) {
        if (!(error instanceof RangeGoneError)) throw error;
        const setback = { status: 410, cause: error.cause };
        goneSinceMs ??= clock.monotonicMs();
        if (clock.monotonicMs() - goneSinceMs > patienceMs) throw lane.giveUp(setback);
        await lane.setBack(setback);
        return begin(await container.ranges({ signal }), part.bounds);
      }
    },
  });
  return { totals, requestUnits };
}

async function foldPart<Total>(
  part: Part,
  options: FoldRangesOptions<Total> & {
    readonly container: CosmosContainer;
    readonly lane: RangeLane;
    readonly governor: RuGovernor;
  },
): Promise<Total> {
  let total = options.start();
  const pages = readPages({
    ...options,
    part,
    parameters: options.parameters ?? {},
    pageSize: PAGE_SIZE,
  });
  for await (const { rows } of pages) {
    for (const row of rows) total = options.add(total, row);
  }
  return total;
}
