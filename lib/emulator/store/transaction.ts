/**
 * Writes that happen together or not at all. Each write says how it is taken back, and what remains to be done once it is sure to stay; outside a
 * transaction it is sure at once.
 */
export class Transaction {
  #undo: (() => void)[] | undefined;
  #finish: (() => void)[] = [];

  /** Runs writes; when one throws, those before it are taken back, the latest first. */
  run<Result>(work: () => Result): Result {
    const undo: (() => void)[] = this.#undo = [];
    try {
      const result = work();
      this.#undo = undefined;
      for (const step of this.#finish.splice(0)) step();
      return result;
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    } finally {
      this.#undo = undefined;
      this.#finish = [];
    }
  }

  /** What takes a write back. */
  undoable(step: () => void): void {
    this.#undo?.push(step);
  }

  /** What can only be done once a write cannot be taken back any more. */
  whenSure(step: () => void): void {
    if (this.#undo === undefined) step();
    else this.#finish.push(step);
  }
}
