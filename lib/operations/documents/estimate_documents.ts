import { foldRanges } from "../../bulk/fold_ranges.ts";
import { mapBounded } from "../../bulk/map_bounded.ts";
import { isEvenlyHashed, slicesOf } from "../../bulk/key_sample.ts";
import type { Bounds } from "../../bulk/part.ts";
import type { RuGovernor } from "../../bulk/ru_governor.ts";
import { compileSelection, countQueryOf, queryOf } from "../../bulk/selection.ts";
import type { JsonObject } from "../../base/json.ts";
import type { ContainerProperties, CosmosContainer } from "../../cosmos/port.ts";
import type { Estimate, EstimateContext } from "../handler.ts";
import type { SqlCondition } from "./edit_condition.ts";

/** Documents that a sample has to find before it speaks for all. */
const ENOUGH = 400;
/** Shares of the key space that are looked at, one after the other, until enough is found. */
const SHARES = [1 / 256, 1 / 16] as const;
/** A sample is taken in so many places, which tell by how much they differ whether it speaks for all: documents of one partition key are all in one. */
const SLICES = 16;
/** The standard error of a sample, of what it says; a third of what an estimate may be wrong by. */
const GREATEST_ERROR = 0.06;
/** More documents than this are not read to see which are done, unless an exact count is asked for. */
const MOST_READ = 10_000;
const FROM_A_SAMPLE = "The number of documents is projected from a sample";
const AT_MOST = "The number of documents is an upper bound: those that are done were not told apart";
/** Documents that tell how large documents are. */
const SIZE_SAMPLE = 50;
const KILOBYTE = 1_024;
/** What a conditional write of a kilobyte costs with the usual index, and a read; as the service documents it, roughly. */
const RU_PER_WRITTEN_KILOBYTE = 10.5;
const RU_PER_READ_KILOBYTE = 1;

/** Whether a document, as it is stored, still needs work. */
export type IsOpen = (document: JsonObject) => boolean;

/** What is to be estimated. */
export interface DocumentsToEstimate {
  readonly container: string;
  /** Which documents would be changed; `undefined` for all. */
  readonly selection: SqlCondition | undefined;
  /** Which of the selected documents would be changed, where no condition can tell: they are read then. @default all */
  readonly isOpen?: IsOpen | undefined;
  readonly notes?: readonly string[];
  /** Checks the container's settings. */
  check?(properties: ContainerProperties): void;
}

/**
 * Counts the documents that a pass would change and says what that costs.
 *
 * @throws {CosmigError} with code `operation-refused` when the condition cannot be evaluated by this tool
 * @throws {CosmosError} (404) when the container does not exist
 */
export async function estimateDocuments(
  { container: id, selection, isOpen, notes = [], check }: DocumentsToEstimate,
  context: EstimateContext,
): Promise<Estimate> {
  compileSelection(selection ?? {});
  const container = context.database.container(id);
  const properties = await container.properties({ signal: context.signal });
  check?.(properties);
  const all = [...notes, ...notesOn(properties)];
  if (context.count === "none") return { documents: undefined, requestUnits: undefined, notes: all };
  const counting = {
    selection,
    isOpen,
    context,
    governor: await context.budget.governorOf(container, context),
  };
  const { documents, note } = await countOpen(container, { ...counting, properties });
  const kilobytes = documents === 0 ? 0 : await meanKilobytes(container, { ...counting, documents });
  return {
    documents,
    requestUnits: Math.round(
      documents *
        (Math.ceil(kilobytes) * RU_PER_WRITTEN_KILOBYTE + kilobytes * RU_PER_READ_KILOBYTE),
    ),
    notes: note === undefined ? all : [...all, note],
  };
}

interface Counting {
  readonly selection: SqlCondition | undefined;
  readonly isOpen?: IsOpen | undefined;
  readonly context: Omit<EstimateContext, "count">;
}

interface GovernedCounting extends Counting {
  readonly governor: RuGovernor;
}

/** Counts what a condition selects and is still open, exactly. */
export async function countDocuments(container: CosmosContainer, counting: Counting): Promise<number> {
  const governor = await counting.context.budget.governorOf(container, counting.context);
  return (await tally(container, { ...counting, governor })).open;
}

/** Documents that a condition selects, and those of them that are open. */
interface Tally {
  readonly selected: number;
  readonly open: number;
}

const NONE: Tally = { selected: 0, open: 0 };

async function tally(
  container: CosmosContainer,
  { selection, isOpen, context: { clock, random, signal }, governor, bounds }: GovernedCounting & {
    readonly bounds?: Bounds;
  },
): Promise<Tally> {
  const { totals } = await foldRanges(container, {
    ...{ clock, random, signal, governor },
    kind: isOpen === undefined ? "count" : "read",
    query: isOpen === undefined
      ? countQueryOf(selection?.where)
      : queryOf(compileSelection(selection ?? {}), "whole"),
    parameters: selection?.parameters,
    ...(bounds === undefined ? {} : { bounds }),
    start: () => NONE,
    add: (total, row) => {
      if (isOpen !== undefined) return plus(total, { selected: 1, open: isOpen(row) ? 1 : 0 });
      const count = Number(row["count"] ?? 0);
      return plus(total, { selected: count, open: count });
    },
  });
  return totals.reduce(plus, NONE);
}

function plus(left: Tally, right: Tally): Tally {
  return { selected: left.selected + right.selected, open: left.open + right.open };
}

/** A sample looks at slices of the key space, where keys are hashed evenly; anything else is counted. */
async function countOpen(
  container: CosmosContainer,
  { properties, ...counting }: GovernedCounting & {
    readonly properties: ContainerProperties;
    readonly context: EstimateContext;
  },
): Promise<{ readonly documents: number; readonly note?: string }> {
  const { context, governor } = counting;
  const shares = context.count === "sampled" && isEvenlyHashed(properties) ? SHARES : [];
  for (const share of shares) {
    const slices = await mapBounded(slicesOf(share, SLICES), {
      atOnce: governor.pagesAtOnce(SLICES),
      action: (bounds) => tally(container, { ...counting, bounds }),
    });
    const { selected, open } = slices.reduce(plus, NONE);
    if (selected < ENOUGH || relativeError(slices.map((slice) => slice.selected)) > GREATEST_ERROR) continue;
    return { documents: Math.round(open / share), note: FROM_A_SAMPLE };
  }
  if (counting.isOpen !== undefined && context.count === "sampled") {
    const { selected } = await tally(container, { ...counting, isOpen: undefined });
    if (selected > MOST_READ) return { documents: selected, note: AT_MOST };
  }
  return { documents: (await tally(container, counting)).open };
}

/** The standard error of the mean of some numbers, as a share of it. */
function relativeError(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const squares = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0);
  return Math.sqrt(squares / (numbers.length - 1) / numbers.length) / mean;
}

/** The mean size of some of the documents. One kilobyte where they cannot be had: it is an estimate. */
async function meanKilobytes(
  container: CosmosContainer,
  { selection, context: { signal }, governor, documents }: GovernedCounting & {
    /** How many there are. */
    readonly documents: number;
  },
): Promise<number> {
  const maxItems = governor.documentsPerRequest("read", Math.min(SIZE_SAMPLE, documents));
  const query = queryOf(compileSelection(selection ?? {}), "whole");
  for (const range of await container.ranges({ signal })) {
    const position = { range, query, parameters: selection?.parameters, maxItems };
    const page = await governor.send(() => container.query({ ...position, signal }), {
      ...{ kind: "read", documents: maxItems, signal },
      chargeOf: ({ charge }) => charge,
    }).catch((error) => {
      signal.throwIfAborted();
      if (error instanceof TypeError) throw error;
      return undefined;
    });
    if (page === undefined || page.rows.length === 0) continue;
    return JSON.stringify(page.rows).length / page.rows.length / KILOBYTE;
  }
  return 1;
}

function notesOn({ definition }: ContainerProperties): readonly string[] {
  return [
    ...(typeof definition["defaultTtl"] === "number"
      ? ["Rewriting a document restarts its time to live"]
      : []),
    "Changed documents appear in the change feed",
  ];
}
