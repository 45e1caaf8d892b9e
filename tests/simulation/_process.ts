import type { Clock } from "../../lib/base/clock.ts";
import type { Timeline } from "./_timeline.ts";

/** The start of true time, as the world calls it. */
export const EPOCH_MS = Date.UTC(2024, 0, 1);

/** Sums of times are not exact; what is due that soon is due now. */
const ROUNDING_MS = 0.001;
/** As a timer of the runtime. */
const LEAST_DELAY_MS = 1;

/** How wrong the clocks of a machine are. */
export interface ClockFaults {
  /** How fast they run; 1.1 gains 10 %. */
  readonly rate: number;
  readonly wallSkewMs: number;
}

/** A process on a machine of its own: what it believes the time to be, whether it runs, and what reaches it. */
export class SimulatedProcess implements Clock {
  readonly name: string;
  readonly #timeline: Timeline;
  readonly #faults: ClockFaults;
  readonly #bornMs: number;
  #suspendedMs = 0;
  #suspension = { beganMs: 0, endsMs: 0 };
  #wallStepMs = 0;
  #stopsUntilMs = 0;
  #alive = true;

  constructor(timeline: Timeline, options: ClockFaults & { readonly name: string }) {
    this.#timeline = timeline;
    this.#faults = options;
    this.#bornMs = timeline.nowMs;
    this.name = options.name;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  monotonicMs(): number {
    const { beganMs, endsMs } = this.#suspension;
    const currentMs = Math.min(this.#timeline.nowMs, endsMs) - beganMs;
    return (this.#timeline.nowMs - this.#bornMs - this.#suspendedMs - currentMs) * this.#faults.rate;
  }

  wallMs(): number {
    const { rate, wallSkewMs } = this.#faults;
    return EPOCH_MS + wallSkewMs + this.#wallStepMs + this.#timeline.nowMs * rate;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const waitMs = Math.max(LEAST_DELAY_MS, delayMs);
    const dueMs = this.monotonicMs() + waitMs;
    const fire = () => {
      const earlyMs = dueMs - this.monotonicMs();
      if (earlyMs > ROUNDING_MS) event = this.#timeline.after(earlyMs / this.#faults.rate, arrive);
      else callback();
    };
    const arrive = () => this.deliver(() => !event.cancelled && fire());
    let event = this.#timeline.after(waitMs / this.#faults.rate, arrive);
    return () => {
      event.cancelled = true;
    };
  }

  /** Lets something reach the process: at once, when it runs again, or never. */
  deliver(action: () => void): void {
    if (!this.#alive) return;
    const waitMs = this.#stopsUntilMs - this.#timeline.nowMs;
    if (waitMs > ROUNDING_MS) this.#timeline.after(waitMs, () => this.deliver(action));
    else action();
  }

  /** The process stands still, as after SIGSTOP; its clocks go on. */
  pause(ms: number): void {
    this.#stopsUntilMs = Math.max(this.#stopsUntilMs, this.#timeline.nowMs + ms);
  }

  /** The machine stands still: the monotonic clock with it, while the wall clock is right again afterwards. */
  suspend(ms: number): void {
    const { nowMs } = this.#timeline;
    if (nowMs < this.#suspension.endsMs) return;
    this.#suspendedMs += this.#suspension.endsMs - this.#suspension.beganMs;
    this.#suspension = { beganMs: nowMs, endsMs: nowMs + ms };
    this.pause(ms);
  }

  /** Somebody sets the wall clock. */
  stepWallClock(ms: number): void {
    this.#wallStepMs += ms;
  }

  /** Ends the process without a word; its requests on the way remain on the way. */
  kill(): void {
    this.#alive = false;
  }
}
