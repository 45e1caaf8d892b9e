import type { Clock } from "../base/clock.ts";
import type { RunEvent } from "../base/events.ts";

const INTERVAL_MS = 10_000;

/** Lets the events that repeat through every 10 seconds only. */
export class Throttle {
  readonly #clock: Clock;
  #lastMs: number;
  #waitedMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.monotonicMs();
  }

  admits(event: RunEvent): boolean {
    const nowMs = this.#clock.monotonicMs();
    switch (event.type) {
      case "step-started":
        // The first progress line of a step comes 10 seconds after its beginning.
        this.#lastMs = nowMs;
        return true;
      case "lease-waiting":
        // Who waits wants to know at once what for.
        if (event.waitedMs <= this.#waitedMs) this.#lastMs = -Infinity;
        this.#waitedMs = event.waitedMs;
        break;
      case "step-progressed":
        break;
      default:
        return true;
    }
    if (nowMs - this.#lastMs < INTERVAL_MS) return false;
    this.#lastMs = nowMs;
    return true;
  }
}
