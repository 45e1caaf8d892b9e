import type { Clock } from "../base/clock.ts";
import type { CheckpointStore, RangeCheckpoint } from "./checkpoint.ts";
import { type Part, sameBounds } from "./part.ts";

/** A save costs request units, too. */
const INTERVAL_MS = 2_000;
/** Checkpoints a save; a transaction of the ledger takes 100 operations. */
const CHECKPOINTS_PER_SAVE = 40;

/**
 * Saves checkpoints, several parts in one go and not too often. What is saved is where a part stands when it is saved, and that is always a place from
 * which going on misses nothing.
 */
export class CheckpointKeeper {
  readonly #store: CheckpointStore;
  readonly #clock: Clock;
  readonly #dirty = new Set<Part>();
  readonly #obsolete: RangeCheckpoint[] = [];
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: { readonly store: CheckpointStore; readonly clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /**
   * The part has moved. Resolves when it is saved, or at once when it is not time to save and the part goes on.
   *
   * @throws {LeaseLostError} when the lease is gone
   */
  async moved(part: Part): Promise<void> {
    this.#dirty.add(part);
    if (part.done || this.#clock.monotonicMs() - this.#savedAtMs >= INTERVAL_MS) await this.flush();
  }

  /** The part has moved, or its counts; the next save is soon enough. */
  note(part: Part): void {
    this.#dirty.add(part);
  }

  /** A checkpoint is not valid any more; the next save drops it. */
  drop(checkpoint: RangeCheckpoint): void {
    this.#obsolete.push(checkpoint);
  }

  /** In place of one part there are others now. @throws {LeaseLostError} when the lease is gone */
  async replaced(part: Part, parts: readonly Part[]): Promise<void> {
    this.#dirty.delete(part);
    if (!parts.some(({ bounds }) => sameBounds(bounds, part.bounds))) this.drop(part.toCheckpoint());
    for (const child of parts) this.#dirty.add(child);
    await this.flush();
  }

  /** Saves what is not saved yet. @throws {LeaseLostError} when the lease is gone */
  flush(): Promise<void> {
    const saving = this.#saving.then(() => this.#saveAll());
    this.#saving = saving.catch(() => {});
    return saving;
  }

  async #saveAll(): Promise<void> {
    while (this.#dirty.size > 0 || this.#obsolete.length > 0) {
      this.#savedAtMs = this.#clock.monotonicMs();
      const parts = [...this.#dirty].slice(0, CHECKPOINTS_PER_SAVE);
      const obsolete = this.#obsolete.slice(0, CHECKPOINTS_PER_SAVE);
      for (const part of parts) this.#dirty.delete(part);
      this.#obsolete.splice(0, obsolete.length);
      try {
        await this.#store.save(parts.map((part) => part.toCheckpoint()), { obsolete });
      } catch (error) {
        for (const part of parts) this.#dirty.add(part);
        this.#obsolete.unshift(...obsolete);
        throw error;
      }
    }
  }
}
