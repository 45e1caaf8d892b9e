import { type Clock, sleep } from "../base/clock.ts";
import { CosmosError } from "../base/errors.ts";

/** Unused budget that may be made up for, milliseconds. */
const CREDIT_MS = 250;
/** What a page may cost whose cost is not known yet: a thousand documents of a kilobyte. */
const LARGE_PAGE_RU = 1_000;
/** Weight of the newest observation in what a request is expected to cost. */
const NEWEST = 0.3;

/**
 * What a request does, by which its cost is foreseen: a page of a query, a bulk write, a point read, a page of a change feed (most are empty), or a count, of
 * which the documents that it looks at are counted.
 */
export type RequestKind = "read" | "write" | "look" | "feed" | "count";

/** Room in the budget for one request. */
export interface Reservation {
  /** Tells what the request really cost. */
  settle(requestUnits: number): void;
}

/**
 * Caps the request units a second over everything that is sent through it.
 *
 * A request is paid for before it is sent: it waits until the budget has earned what requests of its kind have cost lately. The difference to the real
 * charge is corrected afterwards, so that what was spent is never more than what was earned by more than the misjudgement of the requests in flight.
 * First come, first served.
 */
export class RuGovernor {
  readonly #clock: Clock;
  readonly #ruPerSecond: number | undefined;
  /** When everything that was reserved so far will have been earned; nothing is earned before the first request. */
  #earnedAtMs: number | undefined;
  /** Sum of all corrections, for those who wait already. */
  #correctionMs = 0;
  readonly #ruPerDocument: Record<RequestKind, { value: number; observed: boolean }> = {
    read: { value: 1, observed: false },
    write: { value: 11, observed: false },
    look: { value: 1, observed: false },
    feed: { value: 1, observed: false },
    count: { value: 0.1, observed: false },
  };

  /** @param options.ruPerSecond no cap when `undefined` */
  constructor(options: { readonly clock: Clock; readonly ruPerSecond: number | undefined }) {
    const { clock, ruPerSecond } = options;
    if (ruPerSecond !== undefined && !(ruPerSecond > 0)) {
      throw new RangeError(`Cannot spend "${ruPerSecond}" RU a second as a cap is above 0`);
    }
    this.#clock = clock;
    this.#ruPerSecond = ruPerSecond;
  }

  /** How many documents a request may hold so that it does not cost more than the budget of one second. */
  documentsPerRequest(kind: RequestKind, limit: number): number {
    if (this.#ruPerSecond === undefined) return limit;
    return Math.max(1, Math.min(limit, Math.floor(this.#ruPerSecond / this.#ruPerDocument[kind].value)));
  }

  /** How many pages may be read at once so that all of them, misjudged, do not cost more than the budget of one second; one at the least. */
  pagesAtOnce(limit: number): number {
    if (this.#ruPerSecond === undefined) return limit;
    return Math.max(1, Math.min(limit, Math.floor(this.#ruPerSecond / LARGE_PAGE_RU)));
  }

  /**
   * Waits until there is room for a request on so many documents.
   *
   * @throws the abort reason of `signal`
   */
  async reserve(
    kind: RequestKind,
    options: { readonly documents: number; readonly signal: AbortSignal },
  ): Promise<Reservation> {
    const { documents, signal } = options;
    const ruPerSecond = this.#ruPerSecond;
    if (ruPerSecond === undefined) return { settle: () => {} };
    const expected = this.#ruPerDocument[kind].value * documents;
    const dueMs = this.#add(expected / ruPerSecond * 1_000) - this.#correctionMs;
    const settle = (requestUnits: number) => {
      const correctionMs = (requestUnits - expected) / ruPerSecond * 1_000;
      this.#earnedAtMs = (this.#earnedAtMs ?? 0) + correctionMs;
      this.#correctionMs += correctionMs;
      if (requestUnits > 0) this.#observe(kind, requestUnits / Math.max(1, documents));
    };
    try {
      for (;;) {
        const leftMs = dueMs + this.#correctionMs - this.#clock.monotonicMs();
        if (leftMs <= 0) return { settle };
        await sleep(this.#clock, { ms: leftMs, signal });
      }
    } catch (error) {
      settle(0);
      throw error;
    }
  }

  /**
   * Sends one request when there is room for it.
   *
   * @throws what `request` throws, and the abort reason of `signal`
   */
  async send<Value>(
    request: () => Promise<Value>,
    options: {
      readonly kind: RequestKind;
      readonly documents: number;
      readonly signal: AbortSignal;
      chargeOf(value: Value): number;
    },
  ): Promise<Value> {
    const reservation = await this.reserve(options.kind, options);
    let charge = 0;
    try {
      const value = await request();
      charge = options.chargeOf(value);
      return value;
    } catch (error) {
      if (error instanceof CosmosError) charge = error.failure.charge ?? 0;
      throw error;
    } finally {
      reservation.settle(charge);
    }
  }

  /** Notes a cost that nobody reserved, such as that of a document read again. */
  spend(requestUnits: number): void {
    if (this.#ruPerSecond === undefined) return;
    const correctionMs = requestUnits / this.#ruPerSecond * 1_000;
    this.#add(correctionMs);
    this.#correctionMs += correctionMs;
  }

  /** Puts a cost behind what was reserved before, and says when it will have been earned. */
  #add(costMs: number): number {
    const nowMs = this.#clock.monotonicMs();
    return this.#earnedAtMs = Math.max(this.#earnedAtMs ?? nowMs, nowMs - CREDIT_MS) + costMs;
  }

  #observe(kind: RequestKind, ruPerDocument: number): void {
    const known = this.#ruPerDocument[kind];
    known.value = known.observed ? known.value * (1 - NEWEST) + ruPerDocument * NEWEST : ruPerDocument;
    known.observed = true;
  }
}
