import { systemClock } from "../../lib/base/clock.ts";
import type { RunEvent } from "../../lib/base/events.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { connect } from "../../lib/cosmos/connect.ts";
import type { Migration } from "../../lib/definition/migration.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import { type Emulator, type EmulatorOptions, type Seed, startEmulator } from "../../lib/emulator/mod.ts";
import { leaseTimings } from "../../lib/lock/timings.ts";
import type { RunContext } from "../../lib/runner/context.ts";
import type { RunReport } from "../../lib/runner/report.ts";
import { type RollbackOptions, runRollback } from "../../lib/runner/run_rollback.ts";
import { runUp, type UpOptions } from "../../lib/runner/run_up.ts";
import { forceRelease } from "../../lib/maintenance/force_release.ts";
import { type Disturbance, DoomedProcess, newProcessName } from "./doomed_process.ts";

const DATABASE = "shop";

/** What a process of a test is given in place of the usual. */
export interface ProcessOptions extends Partial<RunContext> {
  readonly requestTimeoutMs?: number;
  readonly scope?: string;
  /** What happens to it; it ends with a {@linkcode Crash} then. */
  readonly disturbance?: Disturbance | undefined;
}

/** A migration of a test, with an id made from its position. */
export function registryOf(...migrations: readonly Migration[]): RegistryEntry[] {
  return migrations.map((migration, index) => {
    const id = `20240101_${String(index + 1).padStart(6, "0")}`;
    return { id, name: `migration_${index + 1}`, checksum: `v1:${id}`, migration };
  });
}

/** An embedded database, and the means to migrate it as the tool does, over real HTTP. */
export class EmbeddedDatabase implements AsyncDisposable {
  readonly emulator: Emulator;
  readonly events: RunEvent[] = [];

  private constructor(emulator: Emulator) {
    this.emulator = emulator;
  }

  static async start(
    containers: Seed["containers"],
    options: EmulatorOptions = {},
  ): Promise<EmbeddedDatabase> {
    return new EmbeddedDatabase(
      await startEmulator({ ...options, seed: { database: DATABASE, containers } }),
    );
  }

  /** Runs `up` as a process of its own would. */
  up(
    registry: readonly RegistryEntry[],
    options: Partial<UpOptions> & ProcessOptions = {},
  ): Promise<RunReport> {
    const { policy, ...rest } = options;
    return this.within(registry, rest, (context) =>
      runUp(context, {
        init: true,
        allowDestructive: false,
        allowOffline: false,
        ...options,
        policy: policy ?? { order: "linear", ahead: "allow", drift: "refuse" },
      }));
  }

  /** Runs `rollback` as a process of its own would. */
  rollback(
    registry: readonly RegistryEntry[],
    options: Partial<RollbackOptions> & ProcessOptions = {},
  ): Promise<RunReport> {
    return this.within(
      registry,
      options,
      (context) =>
        runRollback(context, {
          selection: { kind: "all" },
          hold: false,
          allowDestructive: false,
          allowOffline: false,
          ...options,
        }),
    );
  }

  /** The documents of a container, without system properties, in the order of their ids. */
  documents(container: string): JsonObject[] {
    const documents = this.emulator.store.snapshot().containers[container]?.documents ?? [];
    return [...documents].sort((left, right) => String(left["id"]) < String(right["id"]) ? -1 : 1);
  }

  /** The documents of the ledger, by id. */
  ledger(): Map<string, JsonObject> {
    return new Map(this.documents("__migrations").map((document) => [String(document["id"]), document]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulator.close();
  }

  /** Takes the lease from a process that is known to be dead, as an operator does; nothing when nobody holds it. */
  async bury(): Promise<void> {
    const term = this.ledger().get("lease")?.["term"];
    if (typeof term !== "number") return;
    await this.within(
      [],
      {},
      (context) => forceRelease(context, { term, holderIsDead: true, by: "test", reason: "dead" }),
    );
  }

  /** Runs anything else as a process of its own would. */
  async within<Result>(
    registry: readonly RegistryEntry[],
    { disturbance, requestTimeoutMs = 10_000, scope = "default", ...overrides }: ProcessOptions,
    run: (context: RunContext) => Promise<Result>,
  ): Promise<Result> {
    const name = newProcessName();
    const connection = await connect({
      endpoint: this.emulator.endpoint,
      credential: { kind: "key", key: this.emulator.key },
      databaseId: DATABASE,
      ledgerContainerId: "__migrations",
      scope,
      requestTimeoutMs,
      connectTimeoutMs: 10_000,
      readPatienceMs: 10_000,
      endpointDiscovery: "auto",
      clock: systemClock,
      random: Math.random,
      userAgentSuffix: name,
    });
    const process = new DoomedProcess(this.emulator, { name, disturbance });
    try {
      const result = await run({
        connection,
        registry,
        clock: process.clock,
        random: Math.random,
        newNonce: () => crypto.randomUUID(),
        signal: process.signal,
        patienceMs: 10_000,
        timings: leaseTimings(),
        holder: { host: "test", pid: 1, version: "test", command: "up", since: new Date().toISOString() },
        lockTimeoutMs: 60_000,
        maxAttempts: 5,
        settings: {
          ruPerSecond: undefined,
          concurrency: 4,
          pageSize: 100,
          maxFailures: 100,
          patienceMs: 10_000,
        },
        unsafeNoFence: false,
        redact: (text) => text,
        emit: (event) => this.events.push(event),
        ...overrides,
      });
      process.signal.throwIfAborted();
      return result;
    } catch (error) {
      throw process.isDead ? process.signal.reason : error;
    } finally {
      process.end();
      connection.close();
    }
  }
}
