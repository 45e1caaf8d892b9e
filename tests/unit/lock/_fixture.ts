import type { Clock } from "../../../lib/base/clock.ts";
import type { RunEvent } from "../../../lib/base/events.ts";
import { acquireLease, type AcquireOptions } from "../../../lib/lock/acquire.ts";
import type { Lease } from "../../../lib/lock/lease.ts";
import { leaseTimings } from "../../../lib/lock/timings.ts";
import { MemoryLedger } from "../../support/memory_ledger.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

/** A ledger and a clock, and one process that uses them. */
export interface Fixture {
  readonly clock: VirtualClock;
  readonly ledger: MemoryLedger;
  readonly events: RunEvent[];
  readonly processClock: Clock;
  /** Lets the wall clock go on while the monotonic one stands still. */
  suspend(ms: number): void;
  /** Stops the process, as a pause of the machine that no clock of its own notices. */
  freeze(): void;
}

let processes = 0;

/** A process on a new, empty ledger. */
export function newFixture(): Fixture {
  const clock = new VirtualClock();
  return fixture({ clock, ledger: new MemoryLedger(clock) });
}

/** Another process on the same ledger. */
export function fixture({ clock, ledger }: Pick<Fixture, "clock" | "ledger">): Fixture {
  let suspendedMs = 0;
  let frozenAtMs: number | undefined;
  return {
    clock,
    ledger,
    events: [],
    processClock: {
      monotonicMs: () => frozenAtMs ?? clock.monotonicMs(),
      wallMs: () => clock.wallMs() - clock.monotonicMs() + (frozenAtMs ?? clock.monotonicMs()) + suspendedMs,
      schedule: (callback, delayMs) => clock.schedule(() => frozenAtMs === undefined && callback(), delayMs),
    },
    freeze: () => {
      frozenAtMs = clock.monotonicMs();
    },
    suspend: (ms) => {
      suspendedMs += ms;
    },
  };
}

/** Acquires the lease for a process, with everything that a test does not care about. */
export async function acquire(
  { clock, ledger, events, processClock }: Pick<Fixture, "clock" | "ledger" | "events" | "processClock">,
  overrides: Partial<AcquireOptions> = {},
): Promise<Lease> {
  const pid = ++processes;
  let nonces = 0;
  const acquisition = await clock.run(acquireLease({
    store: ledger,
    clock: processClock,
    random: () => 0.5,
    newNonce: () => `nonce-${pid}-${nonces++}`,
    timings: leaseTimings(),
    holder: { host: `pod-${pid}`, pid, version: "test", command: "up", since: "2024-01-01T00:00:00.000Z" },
    region: "West Europe",
    lockTimeoutMs: 600_000,
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    unsafeNoFence: false,
    restore: () =>
      Promise.resolve({ term: 0, hasRecords: false, payload: { sequence: 0, digest: null, intent: null } }),
    isDone: () => false,
    ...overrides,
  }));
  if (acquisition.kind !== "acquired") throw new Error("The lease was not needed");
  return acquisition.lease;
}
