import { sleep } from "../base/clock.ts";
import { CosmigError, TimeoutError } from "../base/errors.ts";
import { formatDuration } from "../base/duration.ts";
import { isApplied, type MigrationRecord } from "../definition/record.ts";
import { isFresh, newestEntry, saysDone } from "../history/digest.ts";
import { readLease, readRecords } from "../history/read_history.ts";
import { ExpiryWatch, timed } from "../lock/expiry.ts";
import type { LeaseState, ObservedLease } from "../lock/lease_document.ts";
import { isDrifted, planUp } from "../planner/plan_up.ts";
import type { RunContext } from "../runner/context.ts";
import { runUp } from "../runner/run_up.ts";

/** Options of {@linkcode waitUntilApplied}. */
export interface WaitOptions {
  readonly timeoutMs: number;
  /** Apply what is pending when nobody holds the lease, instead of going on waiting. */
  readonly promote: boolean;
}

/** How waiting ended. */
export interface WaitReport {
  /** Ids that this process applied itself. */
  readonly applied: readonly string[];
  /** Applied in another version than this binary's. */
  readonly drifted: readonly string[];
}

/** Request units a second, on average; a read of the lease is one. */
const RU_PER_SECOND = 1;
const REPORT_EVERY_MS = 10_000;

/**
 * Waits until every migration of this binary is applied; more may be. Without `promote` it only reads.
 *
 * Reads the lease once a second, give or take, and the history only when the lease says that it changed; a longer wait follows what costs more, so that
 * it stays at one request unit a second.
 *
 * @throws {TimeoutError} when the time is over
 * @throws {TemporaryError} when a rollback holds a migration of this binary
 * @throws what {@linkcode runUp} throws, with `promote`
 */
export async function waitUntilApplied(context: RunContext, options: WaitOptions): Promise<WaitReport> {
  const { clock, random, signal, connection } = context;
  const watch = new Watch(context);
  const startedMs = clock.monotonicMs();
  let nextReportMs = 0;
  let seen: Seen | undefined;
  for (;;) {
    if (signal.aborted) throw whyAborted(signal, { seen, waitedMs: clock.monotonicMs() - startedMs });
    const spentBefore = connection.spent().charge;
    seen = await watch.look();
    if (seen.kind === "applied") return { applied: [], drifted: seen.drifted };
    const waitedMs = clock.monotonicMs() - startedMs;
    const leftMs = options.timeoutMs - waitedMs;
    if (leftMs <= 0) throw tooLate(seen, waitedMs);
    if (options.promote && seen.isFree) {
      const { finished, drifted } = await promote(context, leftMs);
      return { applied: finished.map(({ id }) => id), drifted };
    }
    if (waitedMs >= nextReportMs) {
      context.emit({ type: "migrations-awaited", pending: seen.pending, holder: seen.holder, waitedMs });
      nextReportMs = waitedMs + REPORT_EVERY_MS;
    }
    const charge = Math.max(1, connection.spent().charge - spentBefore);
    const pauseMs = charge / RU_PER_SECOND * 1_000 * (1 + 0.2 * random());
    await sleep(clock, { ms: Math.min(pauseMs, leftMs), signal }).catch(() => {});
  }
}

/** `--timeout` is the time limit of every command; what was seen tells more than that it is over. */
function whyAborted(
  { reason }: AbortSignal,
  { seen, waitedMs }: { readonly seen: Seen | undefined; readonly waitedMs: number },
): unknown {
  return reason instanceof TimeoutError && seen?.kind === "pending" ? tooLate(seen, waitedMs) : reason;
}

type Seen =
  | { readonly kind: "applied"; readonly drifted: readonly string[] }
  | {
    readonly kind: "pending";
    /** As far as it is known: the history is not read each time. */
    readonly pending: readonly string[];
    readonly holder: LeaseState["holder"] | undefined;
    /** Nobody holds the lease, or nobody renews it. A ledger that is not there yet has none that could be taken over. */
    readonly isFree: boolean;
  };

/** Looks at the ledger again and again, and remembers what it need not read anew. */
class Watch {
  readonly #context: RunContext;
  readonly #expiry = new ExpiryWatch();
  /** The lease's word on the records when they were last read. */
  #digest: string | undefined;
  #records: readonly MigrationRecord[] = [];

  constructor(context: RunContext) {
    // A database that is not there yet is waited for here, at the pace of everything else.
    this.#context = { ...context, databasePatienceMs: 0 };
  }

  async look(): Promise<Seen> {
    const { registry, clock } = this.#context;
    const newest = newestEntry(registry);
    if (newest === undefined) return { kind: "applied", drifted: [] };
    const { value: lease, ...times } = await timed(clock, () => this.#readLease());
    if (lease !== undefined && isSettled(lease.state) && saysDone(lease.state.payload.digest, newest)) {
      return { kind: "applied", drifted: [] };
    }
    const fresh = await this.#readRecords(lease);
    const byId = new Map(this.#records.map((record) => [record.id, record]));
    const pending = registry.filter(({ id }) => !hasEffect(byId.get(id))).map(({ id }) => id);
    if (pending.length === 0 && fresh && (lease === undefined || isSettled(lease.state))) {
      return {
        kind: "applied",
        drifted: registry.filter((entry) => isDrifted(entry, byId.get(entry.id))).map(({ id }) => id),
      };
    }
    if (fresh) this.#refuseHeld();
    const expired = lease !== undefined &&
      this.#expiry.hasExpired(lease, { ...times, serverTimeMs: undefined });
    const holder = lease?.state.holder;
    return { kind: "pending", pending, holder, isFree: holder === null || expired };
  }

  /** Whoever waits may have been started before the database is there. */
  async #readLease(): Promise<ObservedLease | undefined> {
    try {
      return await readLease(this.#context.connection.ledger, this.#context);
    } catch (error) {
      if (error instanceof CosmigError && error.details["missing"] === "database") return undefined;
      throw error;
    }
  }

  /** @returns whether the records are those that the lease was last written with: where consistency is weak, a read may be older */
  async #readRecords(lease: ObservedLease | undefined): Promise<boolean> {
    const digest = lease?.state.payload.digest ?? null;
    const word = JSON.stringify(digest);
    if (word === this.#digest) return true;
    this.#records = await readRecords(this.#context.connection.ledger, this.#context);
    const fresh = lease === undefined || isFresh(digest, this.#records);
    this.#digest = fresh ? word : undefined;
    return fresh;
  }

  /** What holds `up` back holds back whoever waits for it; its other conflicts may be resolved by whoever migrates. */
  #refuseHeld(): void {
    const records = this.#records.filter(({ status }) => status === "held");
    if (records.length === 0) return;
    planUp({
      ...this.#context,
      records,
      policy: { order: "allow-gaps", ahead: "allow", drift: "warn" },
    });
  }
}

/** Whether what the lease says about the history is more than a moment of a rollback or of another command. */
function isSettled({ holder, payload }: LeaseState): boolean {
  return payload.intent === null && (holder === null || holder.command === "up");
}

function hasEffect(record: MigrationRecord | undefined): boolean {
  return record !== undefined && isApplied(record);
}

/** An `up` with nothing but what a wait was started with: no consent to anything. */
function promote(context: RunContext, lockTimeoutMs: number) {
  const holder = { ...context.holder, command: "up" };
  return runUp({ ...context, holder, lockTimeoutMs }, {
    policy: { order: "linear", ahead: "allow", drift: "refuse" },
    init: false,
    allowDestructive: false,
    allowOffline: false,
  });
}

function tooLate({ pending, holder }: Seen & { readonly kind: "pending" }, waitedMs: number): TimeoutError {
  const who = holder == null ? "nobody is migrating" : `${holder.host} (process ${holder.pid}) is migrating`;
  return new TimeoutError(
    `Not every migration was applied in time: ${pending.length} ${
      pending.length === 1 ? "is" : "are"
    } pending, ${who}; waited ${formatDuration(waitedMs)}`,
    {
      hint: 'Look at "status"; run the same command again to wait longer',
      details: { pending: [...pending] },
    },
  );
}
