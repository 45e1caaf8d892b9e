import type { Clock } from "../../lib/base/clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/**
 * A clock whose time passes only where somebody waits for it, and then at once: for work on the embedded database, whose requests take no time then. What
 * was spent over its time is what would be spent over real time, or more.
 */
export class LeapingClock implements Clock {
  /** Timers that were ever set. */
  timers = 0;
  #nowMs = 0;
  readonly #open = new Set<Timer>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return Date.UTC(2024, 0, 1) + this.#nowMs;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    this.timers++;
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), callback };
    this.#open.add(timer);
    setImmediate(() => this.#leap());
    return () => this.#open.delete(timer);
  }

  #leap(): void {
    const [next] = [...this.#open].sort((left, right) => left.dueMs - right.dueMs);
    if (next === undefined) return;
    this.#open.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.callback();
  }
}
