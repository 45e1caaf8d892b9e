import { CosmosError } from "../base/errors.ts";
import { exponentialBackoff, retry } from "../base/retry.ts";
import type { StepContext } from "./handler.ts";

/** Repeats what sends queries or bulk writes, which the connection leaves to its caller, while the service is busy or a range is being split. */
export function patiently<Value>(
  { clock, random, settings, signal }: Pick<StepContext, "clock" | "random" | "settings" | "signal">,
  attempt: () => Promise<Value>,
): Promise<Value> {
  const strategy = exponentialBackoff({
    random,
    isTemporary: (error) => error instanceof CosmosError && error.failure.retryable,
    retryAfterMs: (error) => error instanceof CosmosError ? error.failure.retryAfterMs : undefined,
  });
  return retry(attempt, { strategy, clock, patienceMs: settings.patienceMs, signal });
}
