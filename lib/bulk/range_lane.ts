import { type Clock, sleep } from "../base/clock.ts";
import { CosmosError, TemporaryError } from "../base/errors.ts";
import { RangeGoneError } from "./_range_gone_error.ts";
import type { RequestKind, RuGovernor } from "./ru_governor.ts";

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
/** Requests are spread by so much of the wait that the service asked for, so that they do not come back all at once. */
const SPREAD = 0.05;

/** What the requests to one range share. */
export interface RangeLaneOptions {
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly governor: RuGovernor;
  /** Requests in flight at most. */
  readonly maxInFlight: number;
  readonly patienceMs: number;
  /** In words, for errors: `range 3 of "Users"`. */
  readonly label: string;
  onThrottled?(): void;
  onSpent?(requestUnits: number): void;
}

/** What became of a request; whoever sent it decides whether to send it again. */
export type Sent<Value> =
  | { readonly kind: "answered"; readonly value: Value }
  /** Worth another try, and the wait before it is over. */
  | { readonly kind: "failed"; readonly error: CosmosError };

/** Why work on the range has to wait. */
export interface Setback {
  readonly status: number;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Paces the requests to one physical range. Throttling halves how many are in flight and pauses the range for as long as the service asks for, else with
 * doubling waits; each success adds a little (additive increase, multiplicative decrease).
 *
 * Gives up when nothing has succeeded for longer than the patience.
 */
export class RangeLane {
  readonly #options: RangeLaneOptions;
  #window: number;
  #inFlight = 0;
  readonly #waiting: (() => void)[] = [];
  #pausedUntilMs = 0;
  #setbacks = 0;
  #failingSinceMs: number | undefined;

  constructor(options: RangeLaneOptions) {
    this.#options = options;
    this.#window = options.maxInFlight;
  }

  /**
   * Sends one request when it is its turn and the budget allows it.
   *
   * @param request one attempt; its {@linkcode CosmosError} is looked at, every other error is passed on
   * @throws {RangeGoneError} when the range is gone
   * @throws {TemporaryError} when nothing has succeeded for longer than the patience
   * @throws {CosmosError} when another try cannot help
   */
  async send<Value>(
    request: () => Promise<Value>,
    options: {
      readonly kind: RequestKind;
      readonly documents: number;
      chargeOf(value: Value): number;
    },
  ): Promise<Sent<Value>> {
    const { signal, governor } = this.#options;
    await this.#enter();
    let error: CosmosError;
    try {
      const reservation = await governor.reserve(options.kind, { documents: options.documents, signal });
      let charge = 0;
      try {
        await this.#whilePaused();
        const value = await request();
        charge = options.chargeOf(value);
        return { kind: "answered", value };
      } catch (thrown) {
        if (!(thrown instanceof CosmosError)) throw thrown;
        charge = thrown.failure.charge ?? 0;
        error = thrown;
      } finally {
        this.#options.onSpent?.(charge);
        reservation.settle(charge);
      }
    } finally {
      this.#leave();
    }
    if (error.status === 410) throw new RangeGoneError(error);
    if (!error.failure.retryable && !error.failure.ambiguous) throw error;
    await this.setBack({
      status: error.status,
      retryAfterMs: error.failure.retryAfterMs,
      cause: error,
    });
    return { kind: "failed", error };
  }

  /** Something succeeded. */
  progressed(): void {
    this.#failingSinceMs = undefined;
    this.#setbacks = 0;
    this.#window = Math.min(this.#options.maxInFlight, this.#window + 1 / this.#window);
    this.#wake();
  }

  /** Notes a cost that did not go through {@linkcode send}. */
  spend(requestUnits: number): void {
    this.#options.onSpent?.(requestUnits);
    this.#options.governor.spend(requestUnits);
  }

  /**
   * Something did not succeed that may later: waits as long as it takes.
   *
   * @throws {TemporaryError} when the patience is over
   */
  async setBack(setback: Setback): Promise<void> {
    const { clock, random, patienceMs, signal } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#failingSinceMs ??= nowMs;
    this.#setbacks++;
    if (setback.status === 429) {
      this.#options.onThrottled?.();
      this.#window = Math.max(1, this.#window / 2);
    }
    const ownMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#setbacks - 1)) *
      (0.5 + random() / 2);
    const waitMs = setback.retryAfterMs === undefined
      ? ownMs
      : setback.retryAfterMs * (1 + random() * SPREAD);
    if (nowMs + waitMs - this.#failingSinceMs > patienceMs) throw this.giveUp(setback);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + waitMs);
    await sleep(clock, { ms: waitMs, signal });
  }

  /** The error for the end of the patience. */
  giveUp({ status, cause }: Setback): TemporaryError {
    const { label, patienceMs } = this.#options;
    return new TemporaryError(
      `Cannot go on with ${label} as it made no progress for ${Math.round(patienceMs / 1_000)} s: ` +
        `current value is ${status === 0 ? "no answer" : `status ${status}`}`,
      {
        hint: status === 429
          ? "Give the container more throughput, or lower --ru-limit or --concurrency, and run again"
          : "Run again; finished ranges are not read again",
        details: { status },
        cause,
      },
    );
  }

  async #whilePaused(): Promise<void> {
    const { clock, signal } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const leftMs = this.#pausedUntilMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      await sleep(clock, { ms: leftMs, signal });
    }
  }

  async #enter(): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    while (this.#inFlight >= Math.floor(this.#window)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (signal.aborted) this.#wake();
      signal.throwIfAborted();
    }
    this.#inFlight++;
  }

  #leave(): void {
    this.#inFlight--;
    this.#wake();
  }

  #wake(): void {
    const free = Math.floor(this.#window) - this.#inFlight;
    for (const resume of this.#waiting.splice(0, Math.max(0, free))) resume();
  }
}
