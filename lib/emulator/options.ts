import type { Clock } from "../base/clock.ts";
import { CosmigError } from "../base/errors.ts";
import type { DataRole } from "./authorization.ts";
import type { FaultRule } from "./fault_rules.ts";
import type { EmulatorHooks } from "./hooks.ts";
import type { Seed } from "./seed.ts";

/** How an emulator is started. */
export interface EmulatorOptions {
  /**
   * Where to listen; anything else than a loopback address lets others in.
   * @default "127.0.0.1"
   */
  readonly hostname?: string | undefined;
  /**
   * 0 for a free one.
   * @default 0
   */
  readonly port?: number | undefined;
  /**
   * Master key, base 64.
   * @default WELL_KNOWN_KEY
   */
  readonly key?: string | undefined;
  /**
   * Bearer tokens that are accepted, with their roles. Clients send them over TLS only.
   * @default {}
   */
  readonly tokens?: Readonly<Record<string, DataRole>> | undefined;
  /**
   * Databases, containers and documents at the start.
   * @default none
   */
  readonly seed?: Seed | undefined;
  /**
   * Physical partitions of each container.
   * @default 4
   */
  readonly partitions?: number | undefined;
  /**
   * Where the time comes from, before {@linkcode EmulatorStore.advanceClock} adds to it.
   * @default the clock of the machine
   */
  readonly clock?: Clock | undefined;
  /**
   * Time that every request takes.
   * @default 0
   */
  readonly latencyMs?: number | undefined;
  /**
   * Functions that are called with every request; more can be added later.
   * @default none
   */
  readonly hooks?: EmulatorHooks | undefined;
  /**
   * What is to fail; more can be added later.
   * @default none
   */
  readonly faults?: readonly FaultRule[] | undefined;
  /**
   * PEM texts, for HTTPS.
   * @default plain HTTP
   */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /**
   * An account without provisioned throughput: no offers, and containers cannot be created with one.
   * @default false
   */
  readonly serverless?: boolean | undefined;
  /**
   * Refuses requests beyond the provisioned throughput of a range with 429.
   * @default false
   */
  readonly throttle?: boolean | undefined;
  /**
   * What the account says it has; the emulator itself is consistent unless `staleReads` is given.
   * @default "Session"
   */
  readonly consistency?:
    | "Strong"
    | "BoundedStaleness"
    | "Session"
    | "ConsistentPrefix"
    | "Eventual"
    | undefined;
  /**
   * Reads and queries do not see writes of the last `lagMs`, except those that their session token proves to have seen.
   * @default every read sees every write
   */
  readonly staleReads?: { readonly lagMs: number } | undefined;
  /**
   * How long a changed indexing policy takes to be applied, on the emulator's clock.
   * @default 0
   */
  readonly indexTransformationMs?: number | undefined;
}

/** The master key that emulators of Cosmos DB share; it is public and protects nothing. */
export const WELL_KNOWN_KEY =
  "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==";

/** @throws {CosmigError} (`emulator`) for a value that cannot work */
export function checkOptions(options: EmulatorOptions): void {
  const {
    port = 0,
    partitions = 4,
    latencyMs = 0,
    indexTransformationMs = 0,
    staleReads,
    key = WELL_KNOWN_KEY,
  } = options;
  requireInteger("port", { value: port, min: 0, max: 65_535 });
  requireInteger("partitions", { value: partitions, min: 1, max: 1_000 });
  requireInteger("latencyMs", { value: latencyMs, min: 0, max: 3_600_000 });
  requireInteger("indexTransformationMs", {
    value: indexTransformationMs,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  });
  if (staleReads) {
    requireInteger("staleReads.lagMs", { value: staleReads.lagMs, min: 0, max: Number.MAX_SAFE_INTEGER });
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) {
    throw new CosmigError("emulator", `Cannot use option "key" as it must be base 64: current value is not`);
  }
}

function requireInteger(
  name: string,
  { value, min, max }: { readonly value: number; readonly min: number; readonly max: number },
): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new CosmigError(
    "emulator",
    `Cannot use option "${name}" as it must be an integer from ${min} to ${max}: current value is ${value}`,
  );
}
