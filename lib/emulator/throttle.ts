import { GatewayError } from "./gateway_error.ts";
import type { PhysicalRange } from "./store/physical_range.ts";

const WINDOW_MS = 1_000;

/** What a range spent in the current second. */
interface Window {
  readonly startMs: number;
  spent: number;
}

/**
 * Provisioned throughput: each range may spend its share of the container's request units in every second. As in the service, the request that
 * exceeds the share is still served, and those after it are refused until the second is over.
 */
export class Throttle {
  readonly #windows = new WeakMap<PhysicalRange, Window>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @throws GatewayError (429/3200) when the range has spent its share */
  admit(range: PhysicalRange, ruPerSecond: number): void {
    const window = this.#windows.get(range);
    if (window === undefined) return;
    const leftMs = window.startMs + WINDOW_MS - this.#nowMs();
    if (leftMs > 0 && window.spent >= ruPerSecond) throw tooManyRequests(leftMs);
  }

  /** Notes what a request has cost. */
  spend(range: PhysicalRange, charge: number): void {
    const nowMs = this.#nowMs();
    const window = this.#windows.get(range);
    if (window === undefined || nowMs >= window.startMs + WINDOW_MS) {
      this.#windows.set(range, { startMs: nowMs, spent: charge });
    } else window.spent += charge;
  }
}

/** The refusal of a throttled request. */
export function tooManyRequests(retryAfterMs: number): GatewayError {
  return new GatewayError(429, "Request rate is large. More Request Units may be needed", {
    substatus: 3200,
    headers: { "x-ms-retry-after-ms": String(Math.ceil(retryAfterMs)) },
  });
}
