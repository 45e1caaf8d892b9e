/**
 * A held lease: renews itself, fences every ledger write, and says until when work outside the ledger may go on.
 *
 * Guarantees: a ledger write takes effect only while this holder is the last one that wrote the lease (the write is one transaction with a
 * conditional replacement of the lease document); an ambiguous answer is resolved, never guessed. Does not guarantee: that a request outside the ledger
 * which was sent in time is executed in time. For that there are the cut-off, the settle time and the conditions of the writes themselves.
 *
 * @module
 */
import { type Clock, sleep, withTimeLimit } from "../base/clock.ts";
import { LeaseLostError, messageOf } from "../base/errors.ts";
import type { EventSink } from "../base/events.ts";
import type { LedgerOperation, LedgerReply, LedgerStore } from "../cosmos/port.ts";
import {
  LEASE_ID,
  leaseFromDocument,
  type LeasePayload,
  type LeaseState,
  leaseToDocument,
  type Unsettled,
} from "./lease_document.ts";
import { startStopwatch } from "./stopwatch.ts";
import type { LeaseTimings } from "./timings.ts";

/** Late writes of somebody else that have to be waited for. */
export interface PendingSettle {
  readonly reason: string;
  readonly waitMs: number;
  /** What a release says that comes before the wait is over, so that the next holder waits no less. */
  readonly passedOnAs: Exclude<Unsettled, false>;
}

/** What a lease is made of; by `acquire.ts`. */
export interface LeaseParts {
  readonly store: LedgerStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timings: LeaseTimings;
  readonly emit: EventSink;
  readonly state: LeaseState;
  readonly etag: string;
  /** Measures since the request was sent by which the lease was acquired. */
  readonly sinceSent: () => number;
  /** Why late writes of somebody else may still arrive, and how long to wait for them; `undefined` after a clean end. */
  readonly settle: PendingSettle | undefined;
}

/** Changes of the lease that go with a write. */
type LeaseChange = Partial<
  Pick<LeaseState, "term" | "payload" | "holder" | "unsettled" | "provisional" | "fenceProven">
>;

const RETRY_SHARE = 1 / 60; // of the duration: 0.5 s for 30 s

/** A lease that this process holds. */
export class Lease {
  readonly #parts: LeaseParts;
  readonly #abort = new AbortController();
  readonly #sinceAcquired: () => number;
  #state: LeaseState;
  #etag: string;
  #sinceConfirmed: () => number;
  #queue: Promise<unknown> = Promise.resolve();
  #settle: LeaseParts["settle"];
  #phase: "held" | "released" | "lost" = "held";
  #cancelTimer: () => void = () => {};

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#state = parts.state;
    this.#etag = parts.etag;
    this.#sinceConfirmed = parts.sinceSent;
    this.#sinceAcquired = startStopwatch(parts.clock);
    this.#settle = parts.settle;
    this.#scheduleKeeper();
  }

  get term(): number {
    return this.#state.term;
  }

  get payload(): LeasePayload {
    return this.#state.payload;
  }

  get state(): LeaseState {
    return this.#state;
  }

  /** Aborted with a {@linkcode LeaseLostError} when the lease is lost. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * The gate of requests outside the ledger, to be asked last thing before each is sent.
   *
   * @throws {LeaseLostError} when such a request might still be under way when the lease can be taken over
   */
  assertMayWriteOutside(): void {
    this.#assertHeld();
    const sinceMs = this.#sinceConfirmed();
    if (sinceMs >= this.#parts.timings.cutOffMs) {
      throw this.#lose(
        `its last renewal was sent ${Math.round(sinceMs)} ms ago and nothing may be written after ${
          Math.round(this.#parts.timings.cutOffMs)
        } ms`,
      );
    }
  }

  /**
   * Writes to the ledger in one transaction with the lease.
   *
   * @throws {LeaseLostError} when the lease was lost; then nothing was written
   * @throws {CosmosError} when the service refuses the write itself; then nothing was written
   */
  write(
    operations: readonly LedgerOperation[],
    options: { readonly payload?: LeasePayload } = {},
  ): Promise<void> {
    return this.#enqueue(() =>
      this.#send(operations, options.payload === undefined ? {} : { payload: options.payload })
    );
  }

  /** Renews now. @throws {LeaseLostError} */
  renew(): Promise<void> {
    return this.#enqueue(() => this.#send([], {}));
  }

  /** Takes over what the records say, after the lease document was created anew. @throws {LeaseLostError} */
  adopt(
    change: { readonly term: number; readonly payload: LeasePayload; readonly settle: LeaseParts["settle"] },
  ): Promise<void> {
    this.#settle ??= change.settle;
    return this.#enqueue(() =>
      this.#send([], { term: change.term, payload: change.payload, provisional: false })
    );
  }

  /** Notes that this endpoint fences. @throws {LeaseLostError} */
  noteFenceProven(): Promise<void> {
    return this.#enqueue(() => this.#send([], { fenceProven: true }));
  }

  /** Waits, once, until no request of an earlier holder can still arrive. To be called before the first write outside the ledger. */
  async settle(signal: AbortSignal): Promise<void> {
    const settle = this.#settle;
    if (settle === undefined) return;
    const remainingMs = settle.waitMs - this.#sinceAcquired();
    if (remainingMs > 0) {
      this.#parts.emit({ type: "settling", waitMs: remainingMs, reason: settle.reason });
      await sleep(this.#parts.clock, { ms: remainingMs, signal: AbortSignal.any([signal, this.signal]) });
    }
    this.#settle = undefined;
  }

  /**
   * Gives the lease back. Never throws: what cannot be released expires.
   *
   * @param options.unanswered requests outside the ledger whose outcome is not known; the next holder then waits before it writes
   */
  async release(options: { readonly unanswered: number }): Promise<void> {
    if (this.#phase !== "held") return;
    const unsettled = this.#settle?.passedOnAs ?? (options.unanswered > 0 ? "unanswered" : false);
    try {
      await this.#enqueue(async () => {
        await this.#send([], { holder: null, unsettled });
        this.#end("released");
      });
      this.#parts.emit({ type: "lease-released", term: this.term, unsettled: unsettled !== false });
    } catch (error) {
      this.#end("released");
      this.#parts.emit({
        type: "warned",
        message: `The lease could not be released and will expire: ${messageOf(error)}`,
      });
    }
  }

  /** Stops renewing without telling anybody, as a process that ends at once does. */
  abandon(): void {
    this.#end("released");
  }

  #enqueue<Value>(action: () => Promise<Value>): Promise<Value> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Sends one write until its outcome is known. Only inside the queue, so that the ETag is never used twice at a time. */
  async #send(operations: readonly LedgerOperation[], change: LeaseChange): Promise<void> {
    let wanted = operations;
    for (;;) {
      this.#assertHeld();
      const attempt = this.#nextState(change);
      const reply = await this.#request(attempt, wanted);
      switch (reply.kind) {
        case "ok":
          return this.#confirm(attempt, reply.value, reply.sinceSent);
        case "unavailable":
          await this.#pause(Math.max(reply.retryAfterMs, this.#retryMs()), reply.error);
          break;
        case "ambiguous":
          if (await this.#settleAmbiguous(attempt, reply.sinceSent)) return;
          break;
        case "precondition-failed":
          if (await this.#readBack([{ state: attempt, sinceSent: reply.sinceSent }]) === attempt) return;
          break;
        case "not-found":
          // Something is missing: the lease, or a document to be deleted that somebody else deleted, which is as good.
          if (!wanted.some(({ kind }) => kind === "delete")) throw this.#lose("its document is gone");
          wanted = wanted.filter(({ kind }) => kind !== "delete");
          break;
        default:
          throw this.#lose("its document was created anew");
      }
    }
  }

  /**
   * Finds out whether an attempt whose answer was lost took effect. A renewal comes first: it either makes the attempt impossible, or fails because the
   * attempt took effect; it also brings a fresh session token, so that the read-back is not stale.
   */
  async #settleAmbiguous(pending: LeaseState, sinceSent: () => number): Promise<boolean> {
    const candidates = [{ state: pending, sinceSent }];
    for (;;) {
      this.#assertHeld();
      const barrier = this.#nextState({}, candidates.length);
      const reply = await this.#request(barrier, []);
      switch (reply.kind) {
        case "ok":
          this.#confirm(barrier, reply.value, reply.sinceSent);
          return false;
        case "precondition-failed": {
          const found = await this.#readBack([...candidates, { state: barrier, sinceSent: reply.sinceSent }]);
          if (found !== undefined) return found === pending;
          break;
        }
        case "ambiguous":
          candidates.push({ state: barrier, sinceSent: reply.sinceSent });
          break;
        case "unavailable":
          await this.#pause(Math.max(reply.retryAfterMs, this.#retryMs()), reply.error);
          break;
        default:
          throw this.#lose("its document is gone");
      }
    }
  }

  /**
   * Reads the lease after a failed condition, which is not yet a loss: an earlier attempt of ours may have changed the ETag.
   *
   * @returns the attempt that is in force, or `undefined` when it is an older state of ours (its ETag is then taken over)
   */
  async #readBack(
    attempts: readonly { readonly state: LeaseState; readonly sinceSent: () => number }[],
  ): Promise<LeaseState | undefined> {
    const reply = await this.#withinLimit((signal) => this.#parts.store.read(LEASE_ID, { signal }));
    if (reply.kind === "not-found") throw this.#lose("its document is gone");
    if (reply.kind !== "ok") {
      await this.#pause(this.#retryMs(), "error" in reply ? reply.error : undefined);
      return undefined;
    }
    const observed = leaseFromDocument(reply.value.document);
    if (observed.state.nonce !== this.#state.nonce) {
      const { holder, term } = observed.state;
      throw this.#lose(
        holder === null
          ? `it was released by somebody else (term ${term})`
          : `${holder.host} (process ${holder.pid}) took it over with term ${term}`,
      );
    }
    const inForce = attempts.find(({ state }) => state.revision === observed.state.revision);
    if (inForce !== undefined) {
      this.#confirm(inForce.state, observed.etag, inForce.sinceSent);
      return inForce.state;
    }
    this.#etag = observed.etag;
    await this.#pause(this.#retryMs());
    return undefined;
  }

  async #request(
    state: LeaseState,
    operations: readonly LedgerOperation[],
  ): Promise<LedgerReply<string> & { sinceSent: () => number }> {
    const document = leaseToDocument(state);
    const sinceSent = startStopwatch(this.#parts.clock);
    const { store } = this.#parts;
    const beforeSend = () => this.#assertHeld();
    if (operations.length === 0) {
      const reply = await this.#withinLimit((signal) =>
        store.replace(document, { signal, beforeSend, ifMatch: this.#etag })
      );
      return { ...(reply.kind === "ok" ? { ...reply, value: reply.value._etag } : reply), sinceSent };
    }
    const batch = [{ kind: "replace", document, ifMatch: this.#etag } as const, ...operations];
    const reply = await this.#withinLimit((signal) => store.batch(batch, { signal, beforeSend }));
    return { ...(reply.kind === "ok" ? { ...reply, value: reply.value[0] ?? "" } : reply), sinceSent };
  }

  #nextState(change: LeaseChange, ahead = 0): LeaseState {
    const renewedAt = new Date(this.#parts.clock.wallMs()).toISOString();
    return { ...this.#state, ...change, renewedAt, revision: this.#state.revision + 1 + ahead };
  }

  #confirm(state: LeaseState, etag: string, sinceSent: () => number): void {
    this.#state = state;
    this.#etag = etag;
    this.#sinceConfirmed = sinceSent;
    this.#parts.emit({ type: "lease-renewed", term: state.term });
    this.#scheduleKeeper();
  }

  /** One timer does both: renew when it is time, give up when it is too late. */
  #scheduleKeeper(): void {
    this.#cancelTimer();
    if (this.#phase !== "held") return;
    const { renewPeriodMs } = this.#parts.timings;
    const dueMs = Math.max(0, renewPeriodMs * (0.9 + 0.1 * this.#parts.random()) - this.#sinceConfirmed());
    this.#cancelTimer = this.#parts.clock.schedule(() => this.#keep(), dueMs);
  }

  #keep(): void {
    this.renew().catch((error) => this.#phase === "held" && this.#lose(messageOf(error)));
    this.#cancelTimer = this.#parts.clock.schedule(
      () => this.#checkDeadline(),
      Math.max(0, this.#parts.timings.renewDeadlineMs - this.#sinceConfirmed()),
    );
  }

  #checkDeadline(): void {
    if (this.#phase === "held" && this.#sinceConfirmed() >= this.#parts.timings.renewDeadlineMs) {
      this.#lose("it could not be renewed in time");
    }
  }

  #assertHeld(): void {
    if (this.#phase === "lost") throw this.#abort.signal.reason;
    if (this.#phase === "released") throw new LeaseLostError(this.term, "The lease was given back already");
    if (this.#sinceConfirmed() >= this.#parts.timings.renewDeadlineMs) {
      throw this.#lose("it could not be renewed in time");
    }
  }

  #lose(reason: string): LeaseLostError {
    if (this.#phase === "lost") return this.#abort.signal.reason;
    const error = new LeaseLostError(this.term, `The lease was lost: ${reason}`, {
      hint: "What is finished is recorded; run the same command again to go on from there",
    });
    this.#end("lost");
    this.#abort.abort(error);
    return error;
  }

  #end(phase: "released" | "lost"): void {
    this.#phase = phase;
    this.#cancelTimer();
  }

  #withinLimit<Value>(action: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    return withTimeLimit(this.#parts.clock, { ms: this.#parts.timings.ledgerTimeoutMs, action });
  }

  #retryMs(): number {
    return this.#parts.timings.durationMs * RETRY_SHARE * (0.5 + this.#parts.random());
  }

  async #pause(ms: number, cause?: Error): Promise<void> {
    const remainingMs = this.#parts.timings.renewDeadlineMs - this.#sinceConfirmed();
    if (ms >= remainingMs) {
      throw this.#lose(`it could not be renewed in time${cause === undefined ? "" : ` (${cause.message})`}`);
    }
    await sleep(this.#parts.clock, { ms });
  }
}
