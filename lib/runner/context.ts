import type { Clock } from "../base/clock.ts";
import type { EventSink, HolderFacts } from "../base/events.ts";
import type { PassSettings } from "../bulk/pass.ts";
import type { CosmosConnection } from "../cosmos/port.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import type { LeaseTimings } from "../lock/timings.ts";

/** What reading needs. */
export interface ReadContext {
  readonly connection: CosmosConnection;
  /** The migrations of this binary, in the order of their ids. */
  readonly registry: readonly RegistryEntry[];
  readonly clock: Clock;
  /** Numbers in [0, 1) for jitter. */
  readonly random: () => number;
  /** Aborted when the process is asked to stop or its time is over; the reason is the error to end with. */
  readonly signal: AbortSignal;
  /** How long to go on while the service is busy or does not answer, milliseconds. */
  readonly patienceMs: number;
  /**
   * How long to wait for a database that does not exist yet, milliseconds.
   *
   * @default {0}
   */
  readonly databasePatienceMs?: number | undefined;
  /** Told once, in words, when a read takes more than a moment. */
  readonly onDelay?: ((message: string) => void) | undefined;
}

/** What running needs. */
export interface RunContext extends ReadContext {
  readonly newNonce: () => string;
  readonly timings: LeaseTimings;
  readonly holder: HolderFacts;
  readonly lockTimeoutMs: number;
  readonly settings: PassSettings;
  /** Failed attempts after which a migration is parked. */
  readonly maxAttempts: number;
  /** Takes secrets out of a text that is to be kept. */
  readonly redact: (text: string) => string;
  readonly unsafeNoFence: boolean;
  readonly emit: EventSink;
}
