import { foldRanges } from "../../bulk/fold_ranges.ts";
import { isEvenlyHashed, sliceOf } from "../../bulk/key_sample.ts";
import type { Bounds } from "../../bulk/part.ts";
import { compileSelection, countQueryOf, queryOf } from "../../bulk/selection.ts";
import type { ContainerProperties, CosmosContainer } from "../../cosmos/port.ts";
import type { Estimate, EstimateContext } from "../handler.ts";
import type { SqlCondition } from "./edit_condition.ts";

/** Documents that a sample has to find before it speaks for all. */
const ENOUGH = 200;
/** Shares of the key space that are looked at, one after the other, until enough is found. */
const SHARES = [1 / 256, 1 / 16] as const;
/** Slices are taken from here on. */
const SAMPLED: Bounds = { minInclusive: "10000000", maxExclusive: "FF" };
/** Documents that tell how large documents are. */
const SIZE_SAMPLE = 50;
const KILOBYTE = 1_024;
/** What a conditional write of a kilobyte costs with the usual index, and a read; as the service documents it, roughly. */
const RU_PER_WRITTEN_KILOBYTE = 10.5;
const RU_PER_READ_KILOBYTE = 1;

/** What is to be estimated. */
export interface DocumentsToEstimate {
  readonly container: string;
  /** Which documents would be changed; `undefined` for all. */
  readonly selection: SqlCondition | undefined;
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
  { container: id, selection, notes = [], check }: DocumentsToEstimate,
  context: EstimateContext,
): Promise<Estimate> {
  compileSelection(selection ?? {});
  const container = context.database.container(id);
  const properties = await container.properties({ signal: context.signal });
  check?.(properties);
  const all = [...notes, ...notesOn(properties)];
  if (context.count === "none") return { documents: undefined, requestUnits: undefined, notes: all };
  const { documents, sampled } = await countSelected(container, { properties, selection, context });
  const kilobytes = documents === 0 ? 0 : await meanKilobytes(container, { selection, context });
  return {
    documents,
    requestUnits: Math.round(
      documents *
        (Math.ceil(kilobytes) * RU_PER_WRITTEN_KILOBYTE + kilobytes * RU_PER_READ_KILOBYTE),
    ),
    notes: sampled ? [...all, "The number of documents is projected from a sample"] : all,
  };
}

/** What reading to the end of a container is paced with. */
export type ReadingContext = Pick<EstimateContext, "clock" | "random" | "signal">;

/** Counts what a condition selects, exactly. */
export async function countDocuments(
  container: CosmosContainer,
  { selection, context, bounds }: {
    readonly selection: SqlCondition | undefined;
    readonly context: ReadingContext;
    readonly bounds?: Bounds | undefined;
  },
): Promise<number> {
  const { totals } = await foldRanges(container, {
    ...context,
    query: countQueryOf(selection?.where),
    parameters: selection?.parameters,
    ...(bounds === undefined ? {} : { bounds }),
    start: () => 0,
    add: (total, { count }) => total + Number(count ?? 0),
  });
  return totals.reduce((sum, total) => sum + total, 0);
}

interface Counting {
  readonly properties: ContainerProperties;
  readonly selection: SqlCondition | undefined;
  readonly context: EstimateContext;
}

/** A sample looks at a slice of the key space, where keys are hashed evenly; anything else is counted. */
async function countSelected(
  container: CosmosContainer,
  { properties, selection, context }: Counting,
): Promise<{ readonly documents: number; readonly sampled: boolean }> {
  const shares = context.count === "sampled" && isEvenlyHashed(properties) ? SHARES : [];
  for (const share of shares) {
    const found = await countDocuments(container, { selection, context, bounds: sliceOf(SAMPLED, share) });
    if (found >= ENOUGH) return { documents: Math.round(found / share), sampled: true };
  }
  return { documents: await countDocuments(container, { selection, context }), sampled: false };
}

/** The mean size of some of the documents. One kilobyte where they cannot be had: it is an estimate. */
async function meanKilobytes(
  container: CosmosContainer,
  { selection, context }: Omit<Counting, "properties">,
): Promise<number> {
  const query = queryOf(compileSelection(selection ?? {}), "whole");
  for (const range of await container.ranges({ signal: context.signal })) {
    const page = await container.query({
      range,
      query,
      parameters: selection?.parameters,
      maxItems: SIZE_SAMPLE,
      signal: context.signal,
    }).catch((error) => {
      context.signal.throwIfAborted();
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
