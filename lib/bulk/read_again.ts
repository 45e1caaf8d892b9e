import { CosmosError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { CosmosContainer, PartitionKey } from "../cosmos/port.ts";
import { RangeGoneError } from "./_range_gone_error.ts";
import type { RangeLane } from "./range_lane.ts";

const KILOBYTE = 1_024;

/** Where to read. */
export interface ReadAgainOptions {
  readonly container: CosmosContainer;
  readonly lane: RangeLane;
  readonly signal: AbortSignal;
}

/**
 * Reads a document as it is now.
 *
 * @returns `undefined` when it is gone
 * @throws {TemporaryError} when the service does not answer for longer than the patience
 */
export async function readAgain(
  document: { readonly id: string; readonly partitionKey: PartitionKey },
  options: ReadAgainOptions,
): Promise<JsonObject | undefined> {
  const { container, lane, signal } = options;
  const { id, partitionKey } = document;
  for (;;) {
    signal.throwIfAborted();
    try {
      const found = await container.read(id, { partitionKey, signal });
      lane.spend(chargeOfRead(found));
      return found;
    } catch (error) {
      if (!(error instanceof CosmosError)) throw error;
      if (error.status === 410) throw new RangeGoneError(error);
      if (!error.failure.retryable) throw error;
      await lane.setBack({
        status: error.status,
        retryAfterMs: error.failure.retryAfterMs,
        cause: error,
      });
    }
  }
}

/** Request units of a point read. The port does not tell: one for each kilobyte, as the service documents it. */
export function chargeOfRead(found: JsonObject | undefined): number {
  return found === undefined ? 1 : Math.ceil(JSON.stringify(found).length / KILOBYTE);
}
