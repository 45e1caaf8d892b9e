import { CosmigError } from "../base/errors.ts";
import { formatDuration } from "../base/duration.ts";

/** How long things may take around a lease; all in milliseconds. Made by {@linkcode leaseTimings} only, so that unsafe ones cannot exist. */
export interface LeaseTimings {
  /** After this long without a renewal others may take the lease over. */
  readonly durationMs: number;
  /** The holder gives up by itself when its last confirmed renewal was sent this long ago. */
  readonly renewDeadlineMs: number;
  /** Time between renewals. */
  readonly renewPeriodMs: number;
  /** Time limit of one ledger request while the lease is held. */
  readonly ledgerTimeoutMs: number;
  /** Requests outside the ledger are refused when the last confirmed renewal was sent this long ago: such a request ends before the lease can. */
  readonly cutOffMs: number;
  /** After a dirty end of the holder before, this long passes before the first write outside the ledger. */
  readonly settleMs: number;
}

/** What a user may choose. */
export interface LeaseTimingOptions {
  /** @default {30_000} */
  readonly durationMs?: number | undefined;
  /** Time limit of one request outside the ledger. @default {a third of the duration, at most 10_000} */
  readonly requestTimeoutMs?: number | undefined;
  /** @default {request timeout + 10_000} */
  readonly settleMs?: number | undefined;
}

/** Added to every comparison of two times that must not be missed by a little. */
const MARGIN_SHARE = 1 / 15;
const MINIMAL_DURATION_MS = 1_500;

/**
 * Derives all timings from the lease's duration.
 *
 * A request that is sent just before the cut-off ends, by answer or by its time limit, before the lease can be taken over:
 * cut-off + request timeout + margin = duration. A renewal that is lost once can be repeated before the cut-off:
 * period + 1.5 × ledger timeout < cut-off.
 *
 * @throws {CosmigError} with code `usage` when the combination cannot be safe
 */
export function leaseTimings(
  options: LeaseTimingOptions = {},
): LeaseTimings & { readonly requestTimeoutMs: number } {
  const durationMs = options.durationMs ?? 30_000;
  if (durationMs < MINIMAL_DURATION_MS) {
    throw refused(
      `a lease of ${formatDuration(durationMs)} as it has to be at least ${
        formatDuration(MINIMAL_DURATION_MS)
      }`,
    );
  }
  const requestTimeoutMs = options.requestTimeoutMs ?? Math.min(10_000, durationMs / 3);
  if (requestTimeoutMs > durationMs / 3 || requestTimeoutMs <= 0) {
    throw refused(
      `a request timeout of ${
        formatDuration(requestTimeoutMs)
      } as it has to be at most a third of the lease: current value of the lease is ${
        formatDuration(durationMs)
      }`,
    );
  }
  const settleMs = options.settleMs ?? requestTimeoutMs + 10_000;
  if (settleMs < requestTimeoutMs) {
    throw refused(
      `a settle time of ${
        formatDuration(settleMs)
      } as it has to be at least the request timeout: current value of that is ${
        formatDuration(requestTimeoutMs)
      }`,
    );
  }
  return {
    durationMs,
    requestTimeoutMs,
    renewDeadlineMs: durationMs * 2 / 3,
    renewPeriodMs: durationMs / 3,
    ledgerTimeoutMs: Math.min(requestTimeoutMs, durationMs / 6),
    cutOffMs: durationMs - requestTimeoutMs - durationMs * MARGIN_SHARE,
    settleMs,
  };
}

function refused(what: string): CosmigError {
  return new CosmigError("usage", `Cannot use ${what}`);
}
