import { sleep } from "../base/clock.ts";
import { CosmosError, TemporaryError } from "../base/errors.ts";
import { isJsonObject, type JsonValue } from "../base/json.ts";
import { type Bounds, intersection, overlapping } from "../bulk/part.ts";
import type {
  ChangeFeed,
  ChangePage,
  CosmosContainer,
  FeedStart,
  PartitionKeyRange,
  StoredDocument,
} from "../cosmos/port.ts";
import { patiently } from "./_patiently.ts";
import type { StepContext } from "./handler.ts";

/** A place in the change feed of a part of a container. Bounds are effective partition keys, so that it stays valid when ranges split. */
export interface FeedPosition extends Bounds {
  readonly position: string;
}

/** A container and its change feed. */
export interface FeedSource {
  readonly container: CosmosContainer;
  readonly feed: ChangeFeed;
}

/** What reading on found. */
export interface FeedReading {
  readonly positions: readonly FeedPosition[];
  readonly documents: number;
  readonly requestUnits: number;
  /** The last page of no part was full: little has happened since. */
  readonly isNearEnd: boolean;
}

const PAGE = 100;
const SPLIT_WAIT_MS = 200;

/** The end of the change feed: everything that is written from now on comes behind it. */
export async function endOfFeed(source: FeedSource, context: StepContext): Promise<readonly FeedPosition[]> {
  const { positions } = await readOn(source, {
    from: [{ minInclusive: "", maxExclusive: "FF", position: "" }],
    start: () => ({ kind: "now" }),
    maxPages: 1,
    page: () => Promise.resolve(),
  }, context);
  return positions;
}

/**
 * Reads on from where reading ended before, until there is nothing new, or so many pages of each part: with a writer that does not stop there is always
 * something new.
 *
 * @param options.page brings a page to its end; the position behind it counts only then
 */
export function readChanges(
  source: FeedSource,
  options: {
    readonly from: readonly FeedPosition[];
    readonly maxPages: number;
    page(documents: readonly StoredDocument[]): Promise<void>;
  },
  context: StepContext,
): Promise<FeedReading> {
  const start = (position: string) => ({ kind: "after", position }) as const;
  return readOn(source, { ...options, start }, context);
}

async function readOn(
  source: FeedSource,
  options: {
    readonly from: readonly FeedPosition[];
    readonly maxPages: number;
    start(position: string): FeedStart;
    page(documents: readonly StoredDocument[]): Promise<void>;
  },
  context: StepContext,
): Promise<FeedReading> {
  const { signal, clock, settings } = context;
  let ranges = await source.container.ranges({ signal });
  const open = options.from.flatMap((position) => onRanges(position, ranges))
    .map((part) => ({ ...part, pages: 0 }));
  const positions: FeedPosition[] = [];
  let [documents, requestUnits, isNearEnd] = [0, 0, true];
  let goneSinceMs: number | undefined;
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const page = await readPage(source, { ...next, start: options.start(next.position) }, context);
    if (page === undefined) {
      goneSinceMs ??= clock.monotonicMs();
      if (clock.monotonicMs() - goneSinceMs > settings.patienceMs) throw outOfPatience(source);
      await sleep(clock, { ms: SPLIT_WAIT_MS, signal });
      ranges = await source.container.ranges({ signal });
      const { range: _, pages, ...position } = next;
      open.unshift(...onRanges(position, ranges).map((part) => ({ ...part, pages })));
      continue;
    }
    goneSinceMs = undefined;
    requestUnits += page.charge;
    documents += page.documents.length;
    await options.page(page.documents);
    const { minInclusive, maxExclusive } = next;
    const position = { minInclusive, maxExclusive, position: page.position };
    const pages = next.pages + 1;
    if (page.documents.length > 0 && pages < options.maxPages) {
      open.unshift({ ...position, range: next.range, pages });
      continue;
    }
    positions.push(position);
    isNearEnd &&= page.documents.length < PAGE;
  }
  return { positions, documents, requestUnits, isNearEnd };
}

/** One page; `undefined` when its range is gone. */
async function readPage(
  { container, feed }: FeedSource,
  { range, start, ...bounds }: Bounds & { readonly range: PartitionKeyRange; readonly start: FeedStart },
  context: StepContext,
): Promise<ChangePage | undefined> {
  const isWhole = range.minInclusive === bounds.minInclusive && range.maxExclusive === bounds.maxExclusive;
  const { minInclusive, maxExclusive } = bounds;
  const { signal } = context;
  const read = () =>
    feed.read({
      range,
      start,
      maxItems: PAGE,
      bounds: isWhole ? undefined : { minInclusive, maxExclusive },
      signal,
    });
  const governor = await context.budget.governorOf(container, context);
  return await patiently(context, async () => {
    try {
      return await governor.send(read, {
        ...{ kind: "feed", documents: PAGE, signal },
        chargeOf: ({ charge }) => charge,
      });
    } catch (error) {
      if (error instanceof CosmosError && error.status === 410) return undefined;
      throw error;
    }
  });
}

/** The parts of a position on the ranges that are there. */
function onRanges(
  position: FeedPosition,
  ranges: readonly PartitionKeyRange[],
): readonly (FeedPosition & { readonly range: PartitionKeyRange })[] {
  return overlapping(position, ranges).map((range) => ({
    ...intersection(position, range),
    position: position.position,
    range,
  }));
}

function outOfPatience({ container }: FeedSource): TemporaryError {
  return new TemporaryError(
    `Cannot read the change feed of "${container.id}" as a range is gone and no other took its place`,
    { hint: "Run the same command again" },
  );
}

/** Positions as they are noted in a record. */
export function positionsToJson(positions: readonly FeedPosition[]): JsonValue {
  return positions.map((position) => ({ ...position }));
}

/** Reads what {@linkcode positionsToJson} wrote. */
export function positionsFromJson(value: JsonValue | undefined): readonly FeedPosition[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isJsonObject).map(({ minInclusive, maxExclusive, position }) => ({
    minInclusive: String(minInclusive),
    maxExclusive: String(maxExclusive),
    position: String(position),
  }));
}
