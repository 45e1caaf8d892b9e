import type { Clock } from "../base/clock.ts";

/**
 * The emulator's time: that of a base clock, plus what was added by hand. Everything that the emulator dates (`_ts`, `Date`, time to live, index
 * transformations, throughput) follows it; timers run in real time.
 */
export class EmulatorClock implements Clock {
  readonly base: Clock;
  #offsetMs = 0;

  constructor(base: Clock) {
    this.base = base;
  }

  /** Moves the time forward. */
  advance(ms: number): void {
    this.#offsetMs += ms;
  }

  monotonicMs(): number {
    return this.base.monotonicMs() + this.#offsetMs;
  }

  wallMs(): number {
    return this.base.wallMs() + this.#offsetMs;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    return this.base.schedule(callback, delayMs);
  }
}
