import type { Clock } from "../base/clock.ts";
import type { ObservedLease } from "./lease_document.ts";

/** The server's clock may be ahead of the replica's that stamped `_ts`, and `_ts` has whole seconds. */
const SERVER_CLOCK_MARGIN_MS = 6_000;

/** When a read was sent and answered, on the reader's monotonic clock, and what the server's clock said. */
export interface ReadTimes {
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly serverTimeMs: number | undefined;
}

/**
 * Judges whether a lease has expired, from what one reader saw. Clocks of two machines are never compared: either the ETag has not changed for the
 * whole duration on the reader's own monotonic clock (from the end of the first read that showed it to the start of the last), or the server's
 * own clock is later than the server's own timestamp of the last write by more than the duration.
 */
export class ExpiryWatch {
  #etag: string | undefined;
  #firstSeenMs = 0;

  /** Takes in a read. @returns whether the lease that it showed has expired */
  hasExpired(lease: ObservedLease, times: ReadTimes): boolean {
    if (lease.etag !== this.#etag) {
      this.#etag = lease.etag;
      this.#firstSeenMs = times.answeredMs;
    }
    const { durationMs } = lease.state;
    if (times.sentMs - this.#firstSeenMs >= durationMs) return true;
    return times.serverTimeMs !== undefined &&
      times.serverTimeMs > lease.writtenAtSeconds * 1_000 + durationMs + SERVER_CLOCK_MARGIN_MS;
  }

  /** How long from `nowMs` until a read could show that the lease which was read last has expired. */
  remainingMs(lease: ObservedLease, nowMs: number): number {
    return Math.max(0, this.#firstSeenMs + lease.state.durationMs - nowMs);
  }
}

/** Calls `read` and notes when. */
export async function timed<Value>(
  clock: Clock,
  read: () => Promise<Value>,
): Promise<{ value: Value; sentMs: number; answeredMs: number }> {
  const sentMs = clock.monotonicMs();
  const value = await read();
  return { value, sentMs, answeredMs: clock.monotonicMs() };
}
