import { systemClock } from "../../lib/base/clock.ts";
import type { JsonObject, JsonValue } from "../../lib/base/json.ts";
import type { RangeCheckpoint } from "../../lib/bulk/checkpoint.ts";
import { RuBudget } from "../../lib/bulk/ru_budget.ts";
import { connect } from "../../lib/cosmos/connect.ts";
import type { CosmosConnection } from "../../lib/cosmos/port.ts";
import type { Operation } from "../../lib/definition/operation.ts";
import type { Direction } from "../../lib/definition/record.ts";
import {
  type Emulator,
  type EmulatorOptions,
  type ObservedRequest,
  type Seed,
  startEmulator,
} from "../../lib/emulator/mod.ts";
import type {
  Estimate,
  EstimateContext,
  StepContext,
  StepOutcome,
  VerifyFindings,
} from "../../lib/operations/handler.ts";
import { handlerOf } from "../../lib/operations/registry.ts";
import { type Disturbance, DoomedProcess, newProcessName } from "./doomed_process.ts";

export { Crash } from "./doomed_process.ts";

/** What survives the death of a process: what the ledger holds of one step in one direction. */
export interface StepMemory {
  captured: JsonValue | undefined;
  readonly once: Map<string, JsonValue | undefined>;
  readonly checkpoints: Map<string, RangeCheckpoint>;
}

/** How a run of a step ended. */
export interface StepRun {
  readonly outcome: StepOutcome | undefined;
  readonly error: unknown;
  /** Requests that arrived. */
  readonly requests: number;
  /** Delivers the request that was held back, and waits until it is answered. */
  release(): Promise<void>;
}

const DATABASE = "shop";

/** Single operations on an embedded database over HTTP, as the runner would carry them out, with a ledger in memory. */
export class EmbeddedSteps implements AsyncDisposable {
  readonly emulator: Emulator;
  readonly logged: string[] = [];
  /** What a watcher saw that must never be; the end of the database fails then. */
  readonly violations: string[] = [];
  /** Called with each request of a step after it took effect. */
  onEffect: (request: ObservedRequest) => void = () => {};
  /** Called with each request of a step before it takes effect, which waits for it. */
  beforeEffect: (request: ObservedRequest) => Promise<void> | void = () => {};
  #cycle = 0;

  private constructor(emulator: Emulator) {
    this.emulator = emulator;
  }

  static async start(
    containers: Seed["containers"],
    options: EmulatorOptions = {},
  ): Promise<EmbeddedSteps> {
    return new EmbeddedSteps(
      await startEmulator({ partitions: 2, ...options, seed: { database: DATABASE, containers } }),
    );
  }

  /** A step that was never begun. */
  memory(): StepMemory {
    return { captured: undefined, once: new Map(), checkpoints: new Map() };
  }

  /** Applies an operation to its end. @returns what the ledger holds of it then */
  async up(operation: Operation): Promise<StepMemory> {
    this.#cycle++;
    const memory = this.memory();
    await this.apply(operation, { memory });
    return memory;
  }

  /** Undoes an operation. */
  async down(operation: Operation, { captured }: StepMemory): Promise<StepMemory> {
    const inverse = operation.invert(captured);
    if (inverse === undefined) throw new Error(`"${operation.step}" has no inverse`);
    this.#cycle++;
    const memory = this.memory();
    await this.apply(inverse, { memory, direction: "down" });
    return memory;
  }

  /** Applies an operation and throws what it throws. */
  async apply(
    operation: Operation,
    options: {
      readonly memory: StepMemory;
      readonly direction?: Direction;
      readonly overrides?: Partial<StepContext>;
    },
  ): Promise<StepOutcome> {
    const { outcome, error } = await this.run(operation, options);
    if (outcome === undefined) throw error;
    return outcome;
  }

  /** Applies an operation in a process of its own, which may die on the way. */
  async run(
    operation: Operation,
    { memory, direction = "up", disturbance, overrides }: {
      readonly memory: StepMemory;
      readonly direction?: Direction;
      readonly disturbance?: Disturbance;
      readonly overrides?: Partial<StepContext>;
    },
  ): Promise<StepRun> {
    const name = newProcessName();
    const connection = await this.#connect(name);
    const process = new DoomedProcess(this.emulator, { name, disturbance });
    process.before = (request) => this.beforeEffect(request);
    process.after = (request) => this.onEffect(request);
    const context = {
      ...this.#context(connection, { memory, direction, signal: process.signal }),
      ...overrides,
    };
    let outcome: StepOutcome | undefined;
    let error: unknown;
    try {
      outcome = await handlerOf(operation).apply(operation, context);
    } catch (thrown) {
      error = thrown;
    }
    if (process.isDead) [outcome, error] = [undefined, process.signal.reason];
    connection.close();
    process.end();
    return { outcome, error, requests: process.requests, release: () => process.release() };
  }

  /** Estimates without a gate that is open: a write would be refused. */
  estimate(
    operation: Operation,
    count: EstimateContext["count"] = "exact",
    overrides: Partial<EstimateContext> = {},
  ): Promise<Estimate> {
    return this.#reading((context) =>
      handlerOf(operation).estimate(operation, { ...context, count, ...overrides })
    );
  }

  verify(operation: Operation, overrides: Partial<EstimateContext> = {}): Promise<VerifyFindings> {
    return this.#reading((context) =>
      handlerOf(operation).verify(operation, { ...context, count: "exact", ...overrides })
    );
  }

  /** A client of its own, as an application has it. */
  connectAsApplication(): Promise<CosmosConnection> {
    return this.#connect("application");
  }

  /** The documents of a container, without system properties, in the order of their JSON. */
  documents(container: string): JsonObject[] {
    const documents = this.emulator.store.snapshot().containers[container]?.documents ?? [];
    return [...documents].sort((left, right) => JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulator.close();
    if (this.violations.length > 0) throw new Error(this.violations.join("\n"));
  }

  async #reading<Result>(
    read: (context: Omit<EstimateContext, "count">) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.#connect();
    connection.setWriteGate(undefined);
    try {
      const { signal } = new AbortController();
      const budget = new RuBudget({ clock: systemClock, settings: { ruPerSecond: undefined } });
      const { database } = connection;
      return await read({ database, signal, budget, clock: systemClock, random: Math.random });
    } finally {
      connection.close();
    }
  }

  async #connect(name = "cosmig-test"): Promise<CosmosConnection> {
    const connection = await connect({
      endpoint: this.emulator.endpoint,
      credential: { kind: "key", key: this.emulator.key },
      databaseId: DATABASE,
      ledgerContainerId: "__migrations",
      scope: "default",
      requestTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      readPatienceMs: 2_000,
      endpointDiscovery: "auto",
      clock: systemClock,
      random: Math.random,
      userAgentSuffix: name,
    });
    connection.setWriteGate(() => {});
    return connection;
  }

  #context(
    connection: CosmosConnection,
    { memory, direction, signal }: {
      readonly memory: StepMemory;
      readonly direction: Direction;
      readonly signal: AbortSignal;
    },
  ): StepContext {
    const settings = {
      ruPerSecond: undefined,
      concurrency: 4,
      pageSize: 100,
      maxFailures: 10,
      patienceMs: 2_000,
    };
    return {
      database: connection.database,
      clock: systemClock,
      signal,
      random: Math.random,
      migrationId: "20240101_090000",
      cycle: this.#cycle,
      direction,
      settings,
      budget: new RuBudget({ clock: systemClock, settings }),
      checkpoints: {
        load: () => Promise.resolve([...memory.checkpoints.values()]),
        save: (checkpoints, { obsolete = [] } = {}) => {
          signal.throwIfAborted();
          for (const { minInclusive, maxExclusive } of obsolete) {
            memory.checkpoints.delete(`${minInclusive}-${maxExclusive}`);
          }
          for (const checkpoint of checkpoints) {
            memory.checkpoints.set(`${checkpoint.minInclusive}-${checkpoint.maxExclusive}`, checkpoint);
          }
          return Promise.resolve();
        },
      },
      captured: memory.captured,
      capture: (value) => {
        signal.throwIfAborted();
        memory.captured = structuredClone(value);
        return Promise.resolve();
      },
      once: async (name, action) => {
        if (!memory.once.has(name)) memory.once.set(name, await action() ?? undefined);
        return memory.once.get(name);
      },
      settle: () => Promise.resolve(),
      progress: () => {},
      log: (message) => void this.logged.push(message),
      sdkDatabase: () => connection.sdkDatabase(),
    };
  }
}
