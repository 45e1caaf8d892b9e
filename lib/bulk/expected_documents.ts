import { CosmosError } from "../base/errors.ts";
import type { ContainerProperties, CosmosContainer, PartitionKeyRange } from "../cosmos/port.ts";
import { boundsOfShare, isEvenlyHashed } from "./key_sample.ts";
import { type Bounds, intersection, overlapping, sameBounds } from "./part.ts";
import { EVERYTHING } from "./plan_parts.ts";
import type { RuGovernor } from "./ru_governor.ts";
import { countQueryOf, type Selection } from "./selection.ts";

/** Documents that are looked at: right to a tenth where half of them are selected, for less than it costs to change a few. */
const SAMPLE = 200;

/** About how many documents there are to look at. */
export interface Expectation {
  readonly documents: number;
  /** Whether that is projected from a sample. */
  readonly isEstimated: boolean;
}

/** What an expectation is made from. */
export interface ExpectationOptions {
  readonly properties: ContainerProperties;
  readonly ranges: readonly PartitionKeyRange[];
  readonly selection: Selection;
  readonly governor: RuGovernor;
  readonly signal: AbortSignal;
}

/**
 * About how many documents a selection has, for the progress only. The service says with the container's settings how many documents there are; what share
 * of them is selected is counted in a slice of the key space. To count all of them would cost as much as to read them where no index serves the condition.
 *
 * @returns `undefined` where that is not to be had so cheaply
 * @throws the abort reason of the signal
 */
export async function expectedDocuments(
  container: CosmosContainer,
  options: ExpectationOptions,
): Promise<Expectation | undefined> {
  const { properties, selection, signal } = options;
  const { documentCount } = properties;
  if (documentCount === undefined) return undefined;
  if (selection.where === undefined) return { documents: documentCount, isEstimated: false };
  try {
    if (documentCount <= SAMPLE) {
      return { documents: await count(container, { ...options, bounds: EVERYTHING }), isEstimated: false };
    }
    if (!isEvenlyHashed(properties)) return undefined;
    const bounds = boundsOfShare(Math.min(0.5, SAMPLE / documentCount));
    const all = await count(container, { ...options, bounds, selection: { ...selection, where: undefined } });
    const selected = all === 0 ? 0 : await count(container, { ...options, bounds });
    return selected === 0
      ? undefined
      : { documents: Math.round(documentCount * selected / all), isEstimated: true };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CosmosError) return undefined;
    throw error;
  }
}

/** One attempt: what it is for is not worth patience. */
async function count(
  container: CosmosContainer,
  { ranges, selection, governor, signal, bounds }: ExpectationOptions & { readonly bounds: Bounds },
): Promise<number> {
  let total = 0;
  for (const range of overlapping(bounds, ranges)) {
    const within = intersection(bounds, range);
    let continuation: string | undefined;
    do {
      const place = { range, continuation, bounds: sameBounds(within, range) ? undefined : within };
      const page = await governor.send(
        () =>
          container.query({
            ...place,
            query: countQueryOf(selection.where),
            parameters: selection.parameters,
            maxItems: 100,
            signal,
          }),
        { kind: "read", documents: SAMPLE, signal, chargeOf: ({ charge }) => charge },
      );
      for (const row of page.rows) total += Number(row["count"] ?? 0);
      continuation = page.continuation;
    } while (continuation !== undefined);
  }
  return total;
}
