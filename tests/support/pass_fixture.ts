import type { JsonObject } from "../../lib/base/json.ts";
import type { PassProgress } from "../../lib/base/pass_progress.ts";
import type { CheckpointStore, RangeCheckpoint } from "../../lib/bulk/checkpoint.ts";
import type { Pass, PassContext, PassSettings } from "../../lib/bulk/pass.ts";
import { RuBudget } from "../../lib/bulk/ru_budget.ts";
import type { VirtualClock } from "./virtual_clock.ts";
import { type FakeContainer, fakeDatabase } from "./fake_container.ts";

/** Checkpoints in memory, as durable as the test. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly saved = new Map<string, RangeCheckpoint>();
  saves = 0;
  /** Called before each save; what it throws is thrown to the pass. */
  before: () => void = () => {};

  load(): Promise<readonly RangeCheckpoint[]> {
    return Promise.resolve([...this.saved.values()]);
  }

  // deno-lint-ignore require-await -- what `before` throws rejects
  async save(
    checkpoints: readonly RangeCheckpoint[],
    { obsolete = [] }: { readonly obsolete?: readonly RangeCheckpoint[] } = {},
  ): Promise<void> {
    this.before();
    this.saves++;
    for (const checkpoint of obsolete) this.saved.delete(nameOf(checkpoint));
    for (const checkpoint of checkpoints) {
      this.saved.set(nameOf(checkpoint), JSON.parse(JSON.stringify(checkpoint)));
    }
  }
}

function nameOf({ minInclusive, maxExclusive }: RangeCheckpoint): string {
  return `${minInclusive}-${maxExclusive}`;
}

/** Numbers in [0, 1) from a seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface FixtureOptions {
  readonly clock: VirtualClock;
  readonly container: FakeContainer;
  readonly checkpoints?: CheckpointStore;
  readonly signal?: AbortSignal;
  readonly settings?: Partial<PassSettings>;
  readonly progress?: (progress: PassProgress) => void;
}

export function passContext(options: FixtureOptions): PassContext {
  const { clock, container, checkpoints = new MemoryCheckpoints() } = options;
  const settings = {
    ruPerSecond: undefined,
    concurrency: 4,
    pageSize: 10,
    maxFailures: 100,
    patienceMs: 60_000,
    ...options.settings,
  };
  return {
    database: fakeDatabase(container),
    clock,
    signal: options.signal ?? new AbortController().signal,
    checkpoints,
    settings,
    budget: new RuBudget({ clock, settings }),
    random: seededRandom(1),
    progress: options.progress ?? (() => {}),
  };
}

/** Counts up from version 1: doing it twice shows. */
export function countingPass(options: Partial<Pass> = {}): Pass {
  return {
    container: "Users",
    where: "c.version = 1",
    read: "whole",
    decide: (document) => ({
      kind: "replace",
      document: { ...document, version: Number(document["version"]) + 1 },
    }),
    convergence: "where",
    onError: "stop",
    ...options,
  };
}

/** Documents `d0`, `d1` … of version 1. */
export function fill(container: FakeContainer, count: number, extra: JsonObject = {}): void {
  for (let index = 0; index < count; index++) container.put({ id: `d${index}`, version: 1, ...extra });
}
