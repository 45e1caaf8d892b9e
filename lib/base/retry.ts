import { type Clock, sleep } from "./clock.ts";
import { formatDuration } from "./duration.ts";
import { messageOf } from "./errors.ts";

/** What to do after an attempt failed. */
export type RetryDecision = { readonly kind: "give-up" } | {
  readonly kind: "retry";
  readonly afterMs: number;
};

/** Decides from the error and the number of failed attempts so far (1 after the first). */
export type RetryStrategy = (error: unknown, failures: number) => RetryDecision;

/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Whether this error can go away; everything else is given up at once. */
  isTemporary(error: unknown): boolean;
  /** What the other side asked for; takes precedence over a shorter wait of our own. */
  retryAfterMs?(error: unknown): number | undefined;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** @default 100 */
  readonly initialMs?: number;
  /** @default 5000 */
  readonly maxMs?: number;
}

/** A strategy that doubles the wait from attempt to attempt, with a random half of it, so that many processes do not come back together. */
export function exponentialBackoff(options: BackoffOptions): RetryStrategy {
  const { initialMs = 100, maxMs = 5_000, random } = options;
  return (error, failures) => {
    if (!options.isTemporary(error)) return { kind: "give-up" };
    const ceilingMs = Math.min(initialMs * 2 ** (failures - 1), maxMs);
    const ownMs = Math.round(ceilingMs * (0.5 + random() / 2));
    return { kind: "retry", afterMs: Math.max(ownMs, options.retryAfterMs?.(error) ?? 0) };
  };
}

/** What bounds a {@linkcode retry}. */
export interface RetryOptions {
  readonly strategy: RetryStrategy;
  readonly clock: Clock;
  /** No attempt begins later than this after the first. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Repeats `attempt` as its strategy says. A wait that would exceed the patience is not begun.
 *
 * @throws the error of the last attempt, or the abort reason of `signal`
 */
export async function retry<Value>(
  attempt: (leftMs: number) => Promise<Value>,
  options: RetryOptions,
): Promise<Value> {
  const { strategy, clock, patienceMs, signal } = options;
  const beganMs = clock.monotonicMs();
  const leftMs = () => patienceMs - (clock.monotonicMs() - beganMs);
  for (let failures = 1;; failures++) {
    signal?.throwIfAborted();
    try {
      return await attempt(leftMs());
    } catch (error) {
      const decision = strategy(error, failures);
      if (decision.kind === "give-up" || decision.afterMs >= leftMs()) throw error;
      await sleep(clock, { ms: decision.afterMs, signal });
    }
  }
}

/** A shorter wait needs no word. */
const SILENT_MS = 3_000;

/** Tells once, when trying again takes more than a moment, what is tried again and for how long. */
export function delayNotice(
  { patienceMs, onDelay }: {
    readonly patienceMs: number;
    readonly onDelay: ((message: string) => void) | undefined;
  },
): (error: unknown, waitedMs: number) => void {
  let told = false;
  return (error, waitedMs) => {
    if (told || waitedMs < SILENT_MS) return;
    told = true;
    onDelay?.(`${messageOf(error)}; trying again for up to ${formatDuration(patienceMs)}`);
  };
}
