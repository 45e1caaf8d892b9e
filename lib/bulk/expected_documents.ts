import { CosmosError } from "../base/errors.ts";
import type { ContainerProperties, CosmosContainer } from "../cosmos/port.ts";
import { isEvenlyHashed, shareOf, sliceOf } from "./key_sample.ts";
import { type Bounds, type Part, sameBounds } from "./part.ts";
import type { RuGovernor } from "./ru_governor.ts";
import { countQueryOf, type Selection } from "./selection.ts";

/** Documents that are looked at: right to a tenth where half of them are selected, for less than it costs to change a few. */
const SAMPLE = 200;

/** About how many documents are left to look at. */
export interface Expectation {
  readonly documents: number;
  /** Whether that is projected from a sample. */
  readonly isEstimated: boolean;
}

/** What an expectation is made from. */
export interface ExpectationOptions {
  readonly properties: ContainerProperties;
  /** What is left to go through; nothing else is read. */
  readonly open: readonly Part[];
  readonly selection: Selection;
  readonly governor: RuGovernor;
  readonly signal: AbortSignal;
}

/**
 * About how many documents of a selection are left, for the progress only. The service says with the container's settings how many documents there are; what
 * share of them is selected is counted in a slice of the key space. To count all of them would cost as much as to read them where no index serves the
 * condition.
 *
 * @returns `undefined` where that is not to be had so cheaply
 * @throws the abort reason of the signal
 */
export async function expectedDocuments(
  container: CosmosContainer,
  options: ExpectationOptions,
): Promise<Expectation | undefined> {
  const { properties, open, selection, signal } = options;
  const { documentCount } = properties;
  const share = open.reduce((sum, { bounds }) => sum + shareOf(bounds), 0);
  if (documentCount === undefined) return undefined;
  if (selection.where === undefined && share === 1) return { documents: documentCount, isEstimated: false };
  try {
    if (documentCount <= SAMPLE) {
      return { documents: await countOpen(container, options), isEstimated: false };
    }
    if (!isEvenlyHashed(properties)) return undefined;
    const ratio = await selectedRatio(container, { ...options, documentCount });
    const documents = Math.round(documentCount * share * ratio);
    return documents === 0 ? undefined : { documents, isEstimated: true };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CosmosError) return undefined;
    throw error;
  }
}

async function countOpen(container: CosmosContainer, options: ExpectationOptions): Promise<number> {
  let total = 0;
  for (const part of options.open) total += await count(container, { ...options, part, bounds: part.bounds });
  return total;
}

/** How many of the documents in a slice are selected, of those that are there. */
async function selectedRatio(
  container: CosmosContainer,
  options: ExpectationOptions & { readonly documentCount: number },
): Promise<number> {
  const { open, selection, documentCount } = options;
  if (selection.where === undefined) return 1;
  // One that was begun has fewer selected documents than the others.
  const part = open.find(({ continuation }) => continuation === undefined) ?? open[0];
  if (part === undefined) return 0;
  const slice = { part, bounds: sliceOf(part.bounds, SAMPLE / documentCount) };
  const all = await count(container, {
    ...options,
    ...slice,
    selection: { ...selection, where: undefined, parameters: {} },
  });
  return all === 0 ? 0 : await count(container, { ...options, ...slice }) / all;
}

/** One attempt: what it is for is not worth patience. */
async function count(
  container: CosmosContainer,
  { part: { range }, bounds, selection, governor, signal }: ExpectationOptions & {
    readonly part: Part;
    readonly bounds: Bounds;
  },
): Promise<number> {
  let total = 0;
  let continuation: string | undefined;
  do {
    const place = { range, bounds: sameBounds(bounds, range) ? undefined : bounds, continuation };
    const page = await governor.send(
      () =>
        container.query({
          ...place,
          query: countQueryOf(selection.where),
          parameters: selection.parameters,
          maxItems: 100,
          signal,
        }),
      { kind: "count", documents: SAMPLE, signal, chargeOf: ({ charge }) => charge },
    );
    for (const row of page.rows) total += Number(row["count"] ?? 0);
    continuation = page.continuation;
  } while (continuation !== undefined);
  return total;
}
