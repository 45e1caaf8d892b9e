import { type Clock, sleep, withTimeLimit } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import { formatHolder } from "../base/format_holder.ts";
import { CosmigError, LeaseHeldError, LeaseLostError } from "../base/errors.ts";
import type { EventSink, HolderFacts } from "../base/events.ts";
import type { LedgerStore } from "../cosmos/port.ts";
import { ExpiryWatch, timed } from "./expiry.ts";
import { Lease, type LeaseParts } from "./lease.ts";
import {
  LEASE_FORMAT,
  LEASE_ID,
  leaseFromDocument,
  type LeasePayload,
  type LeaseState,
  leaseToDocument,
  type ObservedLease,
} from "./lease_document.ts";
import { startStopwatch } from "./stopwatch.ts";
import type { LeaseTimings } from "./timings.ts";

/** What the records say about a lease whose document is gone. */
export interface RestoredLease {
  /** Highest term of any record. */
  readonly term: number;
  readonly payload: LeasePayload;
  readonly hasRecords: boolean;
}

/** How to acquire. */
export interface AcquireOptions {
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newNonce: () => string;
  readonly timings: LeaseTimings;
  readonly holder: HolderFacts;
  /** The account's write region. */
  readonly region: string;
  /** How long to wait for another holder. */
  readonly lockTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly emit: EventSink;
  /** Skips the trial whether this endpoint fences. */
  readonly unsafeNoFence: boolean;
  /** Rebuilds what the lease carried from the records. */
  restore(): Promise<RestoredLease>;
  /** Ends the waiting when the lease that was read shows that nothing is left to do. */
  isDone(lease: LeaseState): boolean;
}

/** How acquiring ended. */
export type Acquisition = { readonly kind: "acquired"; readonly lease: Lease } | {
  readonly kind: "not-needed";
};

interface Attempt {
  readonly state: LeaseState;
  readonly sinceSent: () => number;
  readonly settle: Settle;
  readonly takenOverFrom: HolderFacts | undefined;
}
type Settle = LeaseParts["settle"];

/** A waiting process reads the lease, at 1 RU, not more often than once a second. */
const POLL_MS = 1_000;
/** Timers may fire a little early. */
const TIMER_MARGIN_MS = 10;
const REPORT_EVERY_MS = 10_000;
const PROBE_ID = "fence-probe";

/**
 * Acquires the lease: takes it when it is free or expired, else waits.
 *
 * Two processes can't both succeed: a lease is created, which only one can, or replaced on the condition of its ETag. An attempt whose answer was
 * lost is recognised by its nonce, and its deadline counts from when it was sent.
 *
 * @throws {LeaseHeldError} when another holder kept it for longer than `lockTimeoutMs`
 * @throws {ConflictError} when the lease document cannot be understood
 * @throws {CosmigError} with code `ledger-unusable` when the endpoint does not fence
 */
export async function acquireLease(options: AcquireOptions): Promise<Acquisition> {
  const acquired = await new Acquirer(options).run();
  if (acquired === undefined) return { kind: "not-needed" };
  const { lease, takenOverFrom } = acquired;
  try {
    if (lease.state.provisional) await adoptRecords(lease, options);
    if (!lease.state.fenceProven && !options.unsafeNoFence) await proveFence(lease, options);
  } catch (error) {
    await lease.release({ unanswered: 0 });
    throw error;
  }
  options.emit({ type: "lease-acquired", term: lease.term, takenOverFrom });
  return { kind: "acquired", lease };
}

class Acquirer {
  readonly #options: AcquireOptions;
  readonly #watch = new ExpiryWatch();
  readonly #attempts = new Map<string, Attempt>();
  readonly #sinceStarted: () => number;
  #nextReportMs = 0;

  constructor(options: AcquireOptions) {
    this.#options = options;
    this.#sinceStarted = startStopwatch(options.clock);
  }

  async run(): Promise<{ lease: Lease; takenOverFrom: HolderFacts | undefined } | undefined> {
    const { store, clock, signal } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const { value: reply, ...times } = await timed(
        clock,
        () =>
          this.#withinLimit((limit) => store.read(LEASE_ID, { signal: AbortSignal.any([limit, signal]) })),
      );
      if (reply.kind === "not-found") {
        const lease = await this.#create();
        if (lease !== undefined) return { lease, takenOverFrom: undefined };
        continue;
      }
      if (reply.kind !== "ok") {
        await this.#wait(undefined, { cause: "error" in reply ? reply.error : undefined });
        continue;
      }
      const observed = leaseFromDocument(reply.value.document);
      const own = this.#attempts.get(observed.state.nonce);
      if (own !== undefined) {
        return { lease: this.#lease(own, observed.etag), takenOverFrom: own.takenOverFrom };
      }
      if (this.#options.isDone(observed.state)) return undefined;
      const expired = this.#watch.hasExpired(observed, { ...times, serverTimeMs: reply.value.serverTimeMs });
      if (observed.state.holder === null || expired) {
        const taken = await this.#take(observed);
        if (taken !== undefined) return { lease: taken, takenOverFrom: observed.state.holder ?? undefined };
      } else {
        const remainingMs = this.#watch.remainingMs(observed, clock.monotonicMs());
        await this.#wait(observed.state.holder, { remainingMs });
      }
    }
  }

  async #create(): Promise<Lease | undefined> {
    const state: LeaseState = {
      ...this.#ownProperties(),
      format: LEASE_FORMAT,
      term: 0,
      revision: 0,
      unsettled: false,
      provisional: true,
      fenceProven: false,
      payload: { sequence: 0, digest: null, intent: null },
      unknown: {},
    };
    const attempt = this.#newAttempt(state, { settle: undefined, takenOverFrom: undefined });
    const reply = await this.#withinLimit((limit) =>
      this.#options.store.create(leaseToDocument(state), { signal: limit })
    );
    if (reply.kind === "ok") return this.#lease(attempt, reply.value._etag);
    if (reply.kind === "unavailable") await this.#wait(undefined, { cause: reply.error });
    return undefined;
  }

  async #take(observed: ObservedLease): Promise<Lease | undefined> {
    const before = observed.state;
    const state: LeaseState = {
      ...before,
      ...this.#ownProperties(),
      term: before.term + 1,
      revision: 0,
      unsettled: false,
    };
    const attempt = this.#newAttempt(state, {
      settle: settleAfter(before, this.#options),
      takenOverFrom: before.holder ?? undefined,
    });
    const reply = await this.#withinLimit((limit) =>
      this.#options.store.replace(leaseToDocument(state), { signal: limit, ifMatch: observed.etag })
    );
    if (reply.kind === "ok") return this.#lease(attempt, reply.value._etag);
    if (reply.kind === "unavailable") await this.#wait(undefined, { cause: reply.error });
    return undefined;
  }

  #ownProperties() {
    const { newNonce, holder, timings, clock, region } = this.#options;
    return {
      nonce: newNonce(),
      holder,
      durationMs: timings.durationMs,
      renewedAt: new Date(clock.wallMs()).toISOString(),
      region,
    };
  }

  #newAttempt(state: LeaseState, rest: Pick<Attempt, "settle" | "takenOverFrom">): Attempt {
    const attempt = { state, sinceSent: startStopwatch(this.#options.clock), ...rest };
    this.#attempts.set(state.nonce, attempt);
    return attempt;
  }

  #lease({ state, sinceSent, settle }: Attempt, etag: string): Lease {
    return new Lease({ ...this.#options, state, etag, sinceSent, settle });
  }

  /** A holder that died is noticed when its lease ends, not a pause later: a read is put there, unless the one before would be too close. */
  async #wait(
    holder: HolderFacts | undefined,
    { cause, remainingMs = Infinity }: { readonly cause?: Error | undefined; readonly remainingMs?: number },
  ): Promise<void> {
    const { clock, random, signal, lockTimeoutMs, emit } = this.#options;
    const waitedMs = this.#sinceStarted();
    if (waitedMs >= lockTimeoutMs) throw heldTooLong(holder, waitedMs, cause);
    if (waitedMs >= this.#nextReportMs) {
      emit({ type: "lease-waiting", holder, waitedMs });
      this.#nextReportMs = waitedMs + REPORT_EVERY_MS;
    }
    const isNearTheEnd = remainingMs < 2 * POLL_MS;
    const pauseMs = isNearTheEnd
      ? Math.max(POLL_MS, remainingMs + TIMER_MARGIN_MS)
      : POLL_MS * (1 + 0.2 * random());
    await sleep(clock, { ms: Math.min(pauseMs, lockTimeoutMs - waitedMs), signal });
  }

  /** Only reads are also cut short by the caller's signal: an attempt to write is better answered than left open. */
  #withinLimit<Value>(action: (limit: AbortSignal) => Promise<Value>): Promise<Value> {
    return withTimeLimit(this.#options.clock, { ms: this.#options.timings.ledgerTimeoutMs, action });
  }
}

/** After anything but a clean release, requests of the holder before may still arrive. */
function settleAfter(before: LeaseState, options: AcquireOptions): Settle {
  const waitMs = options.timings.settleMs;
  if (before.unsettled === "forced") {
    return {
      reason: "the lease was released by force",
      waitMs: Math.max(waitMs, before.durationMs),
      passedOnAs: "forced",
    };
  }
  if (before.holder !== null) {
    return {
      reason: `${before.holder.host} (process ${before.holder.pid}) did not release the lease`,
      waitMs,
      passedOnAs: "unanswered",
    };
  }
  if (before.unsettled !== false) {
    return {
      reason: "the holder before could not await the answers to all its requests",
      waitMs,
      passedOnAs: "unanswered",
    };
  }
  if (before.region !== "" && before.region !== options.region) {
    return {
      reason: `the write region changed from ${before.region} to ${options.region}`,
      waitMs,
      passedOnAs: "unanswered",
    };
  }
  return undefined;
}

async function adoptRecords(lease: Lease, options: AcquireOptions): Promise<void> {
  const { term, payload, hasRecords } = await options.restore();
  const settle: Settle = hasRecords
    ? {
      reason: "the lease document was missing",
      // As after a forced release: whoever held it may go on until its next renewal.
      waitMs: Math.max(options.timings.settleMs, options.timings.durationMs),
      passedOnAs: "forced",
    }
    : undefined;
  await lease.adopt({ term: Math.max(term, lease.term) + 1, payload, settle });
}

/**
 * Tries whether this endpoint refuses a whole batch when the condition of one operation does not hold. Everything rests on that, and some emulators
 * ignore the condition or keep the other operations.
 */
async function proveFence(lease: Lease, options: AcquireOptions): Promise<void> {
  const { clock, timings } = options;
  const sinceStarted = startStopwatch(clock);
  for (;;) {
    const verdict = await probeFence(lease, options);
    if (verdict.kind === "fences") return await lease.noteFenceProven();
    if (verdict.kind === "does-not-fence") break;
    // Whether the probe took effect does not matter, so it can be sent again.
    if (sinceStarted() >= timings.renewDeadlineMs) throw verdict.error;
    await sleep(clock, { ms: Math.max(verdict.retryAfterMs, POLL_MS / 2), signal: lease.signal });
  }
  throw new CosmigError(
    "ledger-unusable",
    "Cannot use this endpoint as it does not refuse a transactional batch whose condition (If-Match) fails",
    {
      hint:
        "The real service does. Some emulators do not; there, and only there, --unsafe-no-fence goes on without the guarantee of exactly once",
    },
  );
}

type FenceVerdict =
  | { readonly kind: "fences" }
  | { readonly kind: "does-not-fence" }
  | { readonly kind: "no-answer"; readonly error: Error; readonly retryAfterMs: number };

async function probeFence(lease: Lease, { store, clock, timings }: AcquireOptions): Promise<FenceVerdict> {
  const withinLimit = <Value>(action: (signal: AbortSignal) => Promise<Value>) =>
    withTimeLimit(clock, { ms: timings.ledgerTimeoutMs, action });
  const reply = await withinLimit((signal) =>
    store.batch([
      { kind: "upsert", document: { id: PROBE_ID, type: "probe" } },
      {
        kind: "replace",
        document: leaseToDocument(lease.state),
        ifMatch: '"00000000-0000-0000-0000-000000000000"',
      },
    ], { signal })
  );
  if (reply.kind === "not-found") {
    throw new LeaseLostError(lease.term, "The lease was lost: its document is gone");
  }
  const trace = reply.kind === "precondition-failed"
    ? await withinLimit((signal) => store.read(PROBE_ID, { signal }))
    : reply;
  if (trace.kind === "not-found") return { kind: "fences" };
  if (trace.kind === "unavailable") {
    return { kind: "no-answer", error: trace.error, retryAfterMs: trace.retryAfterMs };
  }
  if (trace.kind === "ambiguous") return { kind: "no-answer", error: trace.error, retryAfterMs: 0 };
  return { kind: "does-not-fence" };
}

function heldTooLong(holder: HolderFacts | undefined, waitedMs: number, cause?: Error): LeaseHeldError {
  const who = holder === undefined
    ? "The lease could not be acquired"
    : `The lease is held by ${formatHolder(holder)}`;
  return new LeaseHeldError(`${who}; waited ${formatDuration(waitedMs)}`, {
    hint: 'Look at the holder with "lock show"; run the same command again to wait longer',
    details: holder === undefined ? {} : { holder: { ...holder } },
    cause,
  });
}
