import { sleep } from "../base/clock.ts";
import { ConflictError, CosmigError, messageOf, TemporaryError } from "../base/errors.ts";
import type { LedgerOperation } from "../cosmos/port.ts";
import { auditOperation } from "../history/audit.ts";
import { readDocuments, readLease } from "../history/read_history.ts";
import { type LeaseState, leaseToDocument, type ObservedLease } from "../lock/lease_document.ts";
import type { ReadContext } from "../runner/context.ts";
import type { Attribution } from "./repair.ts";

/** Options of {@linkcode forceRelease}. */
export interface ForceReleaseOptions extends Attribution {
  /** The term that was looked at; the lease of any other is left alone. */
  readonly term: number;
  /** Whoever asks knows that no request of the holder can still arrive: the next holder does not wait for them. */
  readonly holderIsDead: boolean;
}

/** What became of it. */
export interface ForceReleaseReport {
  /** `"free"` when nobody held the lease. */
  readonly outcome: "released" | "free";
  /** The lease as it was before. */
  readonly before: LeaseState;
}

const RETRY_MS = 250;

/**
 * Takes the lease from its holder without becoming one: the holder notices with its next write to the ledger and stops. Its requests outside the ledger may
 * still arrive; unless `holderIsDead`, the next holder waits for the old lease's duration before it changes anything.
 *
 * The lease gets another nonce, as a holder goes on when it finds its own. The write is conditional, and repeated as long as the lease is of the same term:
 * a holder that renews changes its ETag.
 *
 * @throws {ConflictError} `lease-changed` when the lease is of another term; nothing was changed
 * @throws {CosmigError} with code `usage` when there is no lease
 * @throws {TemporaryError} when the service is busy for longer than the patience
 */
export async function forceRelease(
  context: ReadContext & { readonly newNonce: () => string },
  options: ForceReleaseOptions,
): Promise<ForceReleaseReport> {
  const { clock, signal, patienceMs, connection: { ledger } } = context;
  const attempt = new Attempt(context, options);
  const startedMs = clock.monotonicMs();
  for (;;) {
    const observed = await readLease(ledger, context);
    if (observed !== undefined && attempt.isOwn(observed)) return attempt.report(observed.state);
    if (observed?.state.term !== options.term) {
      if (await attempt.hasLeftItsMark()) return attempt.report(observed?.state);
      throw refusal(observed, options);
    }
    if (observed.state.holder === null) return { outcome: "free", before: observed.state };
    const reply = await ledger.batch(attempt.operations(observed), { signal });
    if (reply.kind === "ok") return attempt.report(observed.state);
    if (clock.monotonicMs() - startedMs >= patienceMs) {
      throw new TemporaryError(
        `The lease could not be released: ${messageOf("error" in reply ? reply.error : reply.kind)}`,
        { hint: 'Look at it with "lock show" and try again' },
      );
    }
    const retryAfterMs = reply.kind === "unavailable" ? reply.retryAfterMs : 0;
    await sleep(clock, { ms: Math.max(RETRY_MS, retryAfterMs), signal });
  }
}

/** One release, however often it has to be sent: always with the same nonce and the same entry of the audit trail, so that it is recognised. */
class Attempt {
  readonly #context: ReadContext;
  readonly #options: ForceReleaseOptions;
  readonly #nonce: string;
  readonly #at: string;
  #before: LeaseState | undefined;

  constructor(context: ReadContext & { readonly newNonce: () => string }, options: ForceReleaseOptions) {
    this.#context = context;
    this.#options = options;
    this.#nonce = context.newNonce();
    this.#at = new Date(context.clock.wallMs()).toISOString();
  }

  operations({ state, etag }: ObservedLease): readonly LedgerOperation[] {
    this.#before = state;
    const unsettled = this.#options.holderIsDead ? false : "forced";
    const released: LeaseState = {
      ...state,
      nonce: this.#nonce,
      holder: null,
      unsettled,
      revision: 0,
      renewedAt: this.#at,
    };
    return [{ kind: "replace", document: leaseToDocument(released), ifMatch: etag }, this.#audit()];
  }

  isOwn({ state }: ObservedLease): boolean {
    return state.nonce === this.#nonce;
  }

  /** Whether an attempt took effect although somebody else has the lease by now. */
  async hasLeftItsMark(): Promise<boolean> {
    if (this.#before === undefined) return false;
    const prefix = this.#audit().document.id;
    return (await readDocuments(this.#context.connection.ledger, { ...this.#context, prefix })).length > 0;
  }

  report(otherwise: LeaseState | undefined): ForceReleaseReport {
    const before = this.#before ?? otherwise;
    if (before === undefined) throw new TypeError("Cannot report on a release that was never sent");
    return { outcome: "released", before };
  }

  #audit() {
    const { by, reason, term, holderIsDead } = this.#options;
    const holder = this.#before?.holder;
    return auditOperation({
      ...{ by, reason, term, at: this.#at },
      action: "force-release",
      migrationId: undefined,
      before: { holder: holder == null ? null : { ...holder }, holderIsDead },
    }, { nonce: this.#nonce });
  }
}

function refusal(observed: ObservedLease | undefined, { term }: ForceReleaseOptions): CosmigError {
  if (observed === undefined) {
    return new CosmigError("usage", "Cannot release the lease as there is none", {
      hint: "Is the scope, the database or the history container another one?",
    });
  }
  return new ConflictError(
    "lease-changed",
    `Cannot release the lease of term ${term} as it changed since: current value is ${observed.state.term}`,
    {
      hint: 'Look at it again with "lock show": somebody else may hold it now',
      details: { term: observed.state.term },
    },
  );
}
