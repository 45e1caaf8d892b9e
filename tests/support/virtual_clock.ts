import type { Clock } from "../../lib/base/clock.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is moved; timers fire in the order of their time. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #timers: Timer[] = [];
  readonly #wallStartMs: number;

  constructor(wallStartMs = Date.UTC(2024, 0, 1)) {
    this.#wallStartMs = wallStartMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallStartMs + this.#nowMs;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Moves the time on, firing what becomes due; asynchronous work runs in between. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await drain();
    for (let next = this.#next(); next !== undefined && next.dueMs <= endMs; next = this.#next()) {
      this.#fire(next);
      await drain();
    }
    this.#nowMs = endMs;
  }

  /** Moves the time on for as long as `work` waits for a timer. */
  async run<Value>(work: Promise<Value>): Promise<Value> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    work.then(done, done);
    await drain();
    while (!settled) {
      const next = this.#next();
      if (next === undefined) throw new Error("The work waits for something that is no timer");
      this.#fire(next);
      await drain();
    }
    return await work;
  }

  #next(): Timer | undefined {
    return this.#timers.reduce<Timer | undefined>(
      (best, timer) =>
        best === undefined || timer.dueMs < best.dueMs ||
          (timer.dueMs === best.dueMs && timer.order < best.order)
          ? timer
          : best,
      undefined,
    );
  }

  #fire(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.callback();
  }
}

/** Lets everything run that waits for no timer. */
async function drain(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
  await new Promise<void>((resolve) => setImmediate(resolve));
}
