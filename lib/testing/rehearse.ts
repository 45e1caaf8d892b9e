/**
 * Rehearses migrations on an embedded database: up, down and up again, and compares what the database holds
 * after each migration on each way. Owns the comparison and the verdict; applying and undoing is the
 * runner's, exactly as in the tool.
 *
 * A migration that fails on its way up ends the rehearsal with the runner's error; one that fails on its way
 * down is a finding.
 *
 * @module
 */
import { messageOf } from "../base/errors.ts";
import type { EventSink, RunEvent } from "../base/events.ts";
import { downOf, reversibilityOf } from "../definition/migration.ts";
import type { Reversibility } from "../definition/operation.ts";
import type { Registry, RegistryEntry } from "../definition/registry.ts";
import type { Seed } from "../emulator/mod.ts";
import { type FinishedMigration, RunFailedError } from "../runner/report.ts";
import {
  type DatabaseState,
  type Difference,
  differencesBetween,
  differencesWithout,
} from "./database_state.ts";
import { startTestDatabase } from "./test_database.ts";

/** What is rehearsed, and on what. */
export interface RehearsalOptions {
  readonly registry: Registry;
  /** @default an empty database */
  readonly seed?: Seed | undefined;
  readonly onEvent?: EventSink | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What one way of a migration would cost, by the charges of the embedded database. */
export interface RehearsedCost {
  readonly documents: number;
  /** Request units. */
  readonly requestUnits: number;
}

/** What became of the way down of a migration. */
export type RehearsedDown =
  /** It says that it cannot be undone. */
  | { readonly kind: "none" }
  /** A later one cannot be undone, or failed on its way down. */
  | { readonly kind: "not-reached" }
  | { readonly kind: "failed"; readonly message: string }
  | {
    readonly kind: "undone";
    readonly cost: RehearsedCost;
    /** What is not as it was before the migration. */
    readonly differences: readonly Difference[];
    /** Whether it restores what it says it does. */
    readonly holds: boolean;
  };

/** One migration in a rehearsal. */
export interface RehearsedMigration {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** How well it says it undoes. */
  readonly claim: Reversibility | "own-down";
  readonly up: RehearsedCost;
  /** What it did to the database. */
  readonly changes: readonly Difference[];
  readonly down: RehearsedDown;
  /** How the second way up ended differently from the first; `undefined` when there was none. */
  readonly again: readonly Difference[] | undefined;
}

/** The whole rehearsal. */
export interface Rehearsal {
  readonly migrations: readonly RehearsedMigration[];
  /** What does not hold, in words; empty when every migration undoes what it says it does. */
  readonly findings: readonly string[];
}

/**
 * Rehearses.
 *
 * @throws {RunFailedError} when a migration fails on its way up
 * @throws {CosmigError} as the command `up` would end with
 */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const { registry, seed, onEvent = () => {}, signal } = options;
  const { entries } = registry;
  await using database = await startTestDatabase({ ...seed, signal });
  /** Runs one way and notes the state after each migration. */
  const follow = async (run: (onEvent: EventSink) => Promise<unknown>): Promise<Way> => {
    const steps = new Map<string, WayStep>();
    const before = database.state();
    try {
      await run((event) => {
        onEvent(event);
        if (isFinish(event)) steps.set(event.id, { finished: event, state: database.state() });
      });
      return { before, steps, failure: undefined };
    } catch (error) {
      if (!(error instanceof RunFailedError)) throw error;
      return { before, steps, failure: error };
    }
  };

  const up = await follow((onEvent) => database.up(registry, { onEvent }));
  if (up.failure !== undefined) throw up.failure;
  const steps = undoableFromTheEnd(entries);
  const down = await follow((onEvent) =>
    steps === 0 ? Promise.resolve() : database.rollback(registry, { steps, onEvent })
  );
  const again = down.failure !== undefined
    ? undefined
    : await follow((onEvent) => steps === 0 ? Promise.resolve() : database.up(registry, { onEvent }));
  if (again?.failure !== undefined) throw again.failure;

  const migrations = entries.map((entry, index) =>
    describeMigration(entry, {
      up,
      down,
      again,
      previous: entries[index - 1]?.id,
      next: entries[index + 1]?.id,
    })
  );
  return { migrations, findings: migrations.flatMap(findingsOf) };
}

/** One way through the migrations. */
interface Way {
  readonly before: DatabaseState;
  readonly steps: ReadonlyMap<string, WayStep>;
  readonly failure: RunFailedError | undefined;
}

interface WayStep {
  readonly finished: FinishedMigration;
  readonly state: DatabaseState;
}

type FinishEvent = Extract<RunEvent, { readonly type: "migration-applied" | "migration-reverted" }>;

const NO_STATE: DatabaseState = new Map();

function isFinish(event: RunEvent): event is FinishEvent {
  return event.type === "migration-applied" || event.type === "migration-reverted";
}

/** How many of the last migrations can be undone. */
function undoableFromTheEnd(entries: readonly RegistryEntry[]): number {
  const stop = entries.findLastIndex(({ migration }) =>
    downOf(migration) === undefined || reversibilityOf(migration) === "none"
  );
  return entries.length - 1 - stop;
}

function describeMigration(
  { id, name, migration }: RegistryEntry,
  ways: {
    readonly up: Way;
    readonly down: Way;
    readonly again: Way | undefined;
    readonly previous: string | undefined;
    readonly next: string | undefined;
  },
): RehearsedMigration {
  const { up, down, again, previous, next } = ways;
  const applied = up.steps.get(id);
  const claim = reversibilityOf(migration);
  const before = stateAfter(up, previous) ?? up.before;
  const after = applied?.state ?? NO_STATE;
  // What a later migration did not restore is not this one's fault.
  const inherited = differencesBetween(after, stateAfter(down, next) ?? down.before);
  const repeated = again?.steps.get(id)?.state;
  const changes = differencesBetween(before, after);
  return {
    id,
    name,
    description: migration.description,
    claim,
    up: costOf(applied),
    changes,
    down: describeDown(id, { down, before, claim, changes, inherited }),
    again: repeated &&
      differencesWithout(differencesBetween(after, repeated), differencesBetween(up.before, again.before)),
  };
}

function describeDown(
  id: string,
  { down, before, claim, changes, inherited }: {
    readonly down: Way;
    readonly before: DatabaseState;
    readonly claim: RehearsedMigration["claim"];
    readonly changes: readonly Difference[];
    readonly inherited: readonly Difference[];
  },
): RehearsedDown {
  const reverted = down.steps.get(id);
  if (reverted !== undefined) {
    const differences = differencesWithout(differencesBetween(before, reverted.state), inherited);
    const holds = restores(claim, { changes, differences });
    return { kind: "undone", cost: costOf(reverted), differences, holds };
  }
  if (down.failure?.failed === id) return { kind: "failed", message: messageOf(down.failure) };
  return claim === "none" ? { kind: "none" } : { kind: "not-reached" };
}

function stateAfter({ steps }: Way, id: string | undefined): DatabaseState | undefined {
  return id === undefined ? undefined : steps.get(id)?.state;
}

function findingsOf({ id, name, down }: RehearsedMigration): readonly string[] {
  if (down.kind === "failed") return [down.message];
  if (down.kind !== "undone" || down.holds) return [];
  return [`${id} ${name}: its way down does not restore what was there before`];
}

/**
 * Undoing by value may take what looks the same for what the way up made, so documents that were not changed
 * on the way up may differ. Those that were have to come back as they were.
 */
function restores(
  claim: RehearsedMigration["claim"],
  { changes, differences }: {
    readonly changes: readonly Difference[];
    readonly differences: readonly Difference[];
  },
): boolean {
  if (claim !== "by-value") return differences.length === 0;
  const touched = new Set(changes.map(identityOf));
  return !differences.some((difference) => touched.has(identityOf(difference)));
}

function identityOf({ container, id }: Difference): string {
  return JSON.stringify([container, id]);
}

function costOf(step: WayStep | undefined): RehearsedCost {
  const { documents, requestUnits } = step?.finished ?? { documents: { changed: 0 }, requestUnits: 0 };
  return { documents: documents.changed, requestUnits };
}
