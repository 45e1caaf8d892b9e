import type { DocumentEntry } from "./document_entry.ts";

const COMPACT_FROM = 1_024;

/** The documents of a physical partition in the order of their creation, which no later write changes. */
export class DocumentList {
  #entries: DocumentEntry[];
  #dead = 0;

  constructor(entries: DocumentEntry[] = []) {
    this.#entries = entries;
  }

  append(entry: DocumentEntry): void {
    this.#entries.push(entry);
  }

  /** Takes the newest entry back. */
  undoAppend(): void {
    this.#entries.pop();
  }

  /** Notes that an entry has died for good; its place is kept until enough of them have. */
  noteRemoved(): void {
    this.#dead++;
    if (this.#dead < COMPACT_FROM || this.#dead * 2 < this.#entries.length) return;
    this.#entries = this.#entries.filter((entry) => entry.live);
    this.#dead = 0;
  }

  /** All living documents whose number is higher than `after`. */
  *after(number: number): Generator<DocumentEntry> {
    const entries = this.#entries;
    for (let at = firstAfter(entries, number); at < entries.length; at++) {
      const entry = entries[at]!;
      if (entry.live) yield entry;
    }
  }
}

function firstAfter(entries: readonly DocumentEntry[], number: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.number <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}
