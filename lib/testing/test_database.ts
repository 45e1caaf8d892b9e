import { systemClock } from "../base/clock.ts";
import type { EventSink } from "../base/events.ts";
import type { JsonObject } from "../base/json.ts";
import { connect } from "../cosmos/connect.ts";
import type { CosmosConnection } from "../cosmos/port.ts";
import { isMigration, type Migration } from "../definition/migration.ts";
import type { Registry, RegistryEntry } from "../definition/registry.ts";
import { isSystemProperty } from "../definition/reserved_property.ts";
import { type Emulator, type Seed, startEmulator } from "../emulator/mod.ts";
import { leaseTimings } from "../lock/timings.ts";
import type { RollbackSelection } from "../planner/plan_rollback.ts";
import type { RunContext } from "../runner/context.ts";
import type { RunReport } from "../runner/report.ts";
import { runRollback } from "../runner/run_rollback.ts";
import { runUp } from "../runner/run_up.ts";
import { type DatabaseState, stateOf } from "./database_state.ts";

const LEDGER = "__migrations";
const DATABASE = "cosmig";
const REQUEST_TIMEOUT_MS = 10_000;
const PATIENCE_MS = 10_000;

/**
 * What can be applied: the registry of a program, or migrations by themselves, which get ids by their
 * position.
 */
export type Migrations = Registry | Migration | readonly Migration[];

/** How a test database is started. */
export interface TestDatabaseOptions {
  /**
   * Containers with their documents; a whole seed, as from a file, is accepted as well.
   *
   * @default an empty database
   */
  readonly containers?: Seed["containers"] | undefined;
  /** @default {"cosmig"} */
  readonly database?: string | undefined;
  /** Ends whatever runs. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of one run. */
export interface TestRunOptions {
  /** Receives what happens. */
  readonly onEvent?: EventSink | undefined;
}

/**
 * An embedded database with the means to migrate it as the tool does, over real HTTP: with a lease, a history
 * and checkpoints. Destructive and offline operations are allowed, since nothing outside the process is
 * touched.
 *
 * Does not tell how long something takes on the service, nor what it costs to the last request unit.
 */
export interface TestDatabase extends AsyncDisposable {
  /** The embedded database itself: faults, hooks, requests. */
  readonly emulator: Emulator;
  /**
   * Applies what is pending.
   *
   * @throws {CosmigError} as the command `up` would end with
   */
  up(
    migrations: Migrations,
    options?: TestRunOptions & { readonly to?: string; readonly steps?: number },
  ): Promise<RunReport>;
  /**
   * Undoes the last `steps` migrations.
   *
   * @param options.steps `"all"` for everything
   * @default options.steps {1}
   * @throws {CosmigError} as the command `rollback` would end with
   */
  rollback(
    migrations: Migrations,
    options?: TestRunOptions & { readonly steps?: number | "all" },
  ): Promise<RunReport>;
  /** The documents of a container, without what the service adds to them, in the order of their ids. */
  documents(container: string): readonly JsonObject[];
  /** Everything that it holds; see {@linkcode differencesBetween}. */
  state(): DatabaseState;
}

/**
 * Starts a test database.
 *
 * @example
 * ```ts
 * import { addField, defineMigration } from "../mod.ts";
 * import { startTestDatabase } from "./mod.ts";
 *
 * await using database = await startTestDatabase({
 *   containers: { Users: { partitionKey: "/id", documents: [{ id: "ada" }] } },
 * });
 * const migration = defineMigration({
 *   description: "Users have an age",
 *   up: [addField({ container: "Users", field: "/age", value: 0 })],
 * });
 * await database.up(migration);
 * const [ada] = database.documents("Users"); // { id: "ada", age: 0 }
 * if (ada?.age !== 0) throw new Error("the age is missing");
 * await database.rollback(migration);
 * ```
 */
export async function startTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { containers = {}, database = DATABASE, signal = new AbortController().signal } = options;
  const emulator = await startEmulator({ seed: { database, containers } });
  const connection = await openConnection(emulator, { database, signal }).catch(async (error) => {
    await emulator.close();
    throw error;
  });
  const contextFor = (migrations: Migrations, { onEvent = () => {} }: TestRunOptions = {}): RunContext => ({
    ...RUN_SETTINGS,
    timings: leaseTimings({ requestTimeoutMs: REQUEST_TIMEOUT_MS }),
    connection,
    signal,
    registry: entriesOf(migrations),
    emit: onEvent,
    holder: {
      host: "test",
      pid: 0,
      version: "test",
      command: "test",
      since: new Date(systemClock.wallMs()).toISOString(),
    },
  });
  return {
    emulator,
    up: (migrations, { to, steps, ...rest } = {}) =>
      runUp(contextFor(migrations, rest), {
        policy: { order: "linear", ahead: "allow", drift: "refuse", to, steps },
        init: true,
        allowDestructive: true,
        allowOffline: true,
      }),
    rollback: (migrations, { steps = 1, ...rest } = {}) =>
      runRollback(contextFor(migrations, rest), {
        selection: selectionOf(steps),
        hold: false,
        allowDestructive: true,
        allowOffline: true,
      }),
    documents: (container) =>
      (snapshotOf(emulator, database)[container]?.documents ?? [])
        .map((document) =>
          Object.fromEntries(Object.entries(document).filter(([name]) => !isSystemProperty(name)))
        )
        .sort((left, right) => String(left["id"]) < String(right["id"]) ? -1 : 1),
    state: () => stateOf({ containers: snapshotOf(emulator, database) }, [LEDGER]),
    [Symbol.asyncDispose]: async () => {
      connection.close();
      await emulator.close();
    },
  };
}

const RUN_SETTINGS = {
  clock: systemClock,
  random: Math.random,
  newNonce: () => crypto.randomUUID(),
  patienceMs: PATIENCE_MS,
  lockTimeoutMs: PATIENCE_MS,
  maxAttempts: 5,
  settings: {
    ruPerSecond: undefined,
    concurrency: 4,
    pageSize: 100,
    maxFailures: 100,
    patienceMs: PATIENCE_MS,
  },
  unsafeNoFence: false,
  redact: (text: string) => text,
} as const;

function openConnection(
  { endpoint, key }: Emulator,
  { database, signal }: { readonly database: string; readonly signal: AbortSignal },
): Promise<CosmosConnection> {
  return connect({
    endpoint,
    credential: { kind: "key", key },
    databaseId: database,
    ledgerContainerId: LEDGER,
    scope: "default",
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    connectTimeoutMs: PATIENCE_MS,
    readPatienceMs: PATIENCE_MS,
    endpointDiscovery: "off",
    clock: systemClock,
    random: Math.random,
    userAgentSuffix: "cosmig-test",
    signal,
  });
}

function entriesOf(migrations: Migrations): readonly RegistryEntry[] {
  if ("entries" in migrations && "digest" in migrations) return migrations.entries;
  const list = isMigration(migrations) ? [migrations] : migrations as readonly Migration[];
  return list.map((migration, index) => {
    const id = `20000101_${String(index + 1).padStart(6, "0")}`;
    return { id, name: `migration_${index + 1}`, checksum: `v1:${id}`, migration };
  });
}

function selectionOf(steps: number | "all"): RollbackSelection {
  return steps === "all" ? { kind: "all" } : { kind: "steps", steps };
}

function snapshotOf(emulator: Emulator, database: string): Seed["containers"] {
  return emulator.store.snapshot(database).containers;
}
