import type { DocumentEntry } from "./document_entry.ts";

const COMPACT_FROM = 1_024;

/**
 * The documents of a physical partition in the order of their latest write. A document that is written again moves to the end; the place it leaves
 * is skipped, and removed once half of the log is such places.
 */
export class ChangeLog {
  #entries: DocumentEntry[] = [];
  #lsns: number[] = [];
  #compactAt = COMPACT_FROM;

  constructor(entries: readonly DocumentEntry[] = []) {
    for (const entry of entries.toSorted((left, right) => left.lsn - right.lsn)) this.append(entry);
  }

  append(entry: DocumentEntry): void {
    this.#entries.push(entry);
    this.#lsns.push(entry.lsn);
  }

  /** Takes the newest place back. */
  undoAppend(): void {
    this.#entries.pop();
    this.#lsns.pop();
  }

  /** Drops outdated places when there are many; not to be called within a transaction, which may still take places back. */
  compact(): void {
    if (this.#entries.length < this.#compactAt) return;
    const kept = this.#entries.filter((entry, at) => entry.live && entry.lsn === this.#lsns[at]);
    this.#entries = kept;
    this.#lsns = kept.map((entry) => entry.lsn);
    this.#compactAt = Math.max(COMPACT_FROM, kept.length * 2);
  }

  /** Documents whose latest write is later than `lsn`, in the order of those writes. */
  *after(lsn: number): Generator<DocumentEntry> {
    const entries = this.#entries;
    const lsns = this.#lsns;
    let low = 0;
    let high = lsns.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lsns[middle]! <= lsn) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < entries.length; at++) {
      const entry = entries[at]!;
      if (entry.live && entry.lsn === lsns[at]) yield entry;
    }
  }
}
