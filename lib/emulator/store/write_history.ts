import type { DocumentEntry, Version } from "./document_entry.ts";

/** Which writes a reader sees: those up to `lsn` (its session), and those that happened until `horizonMs` (everybody's). */
export interface View {
  readonly lsn: number;
  readonly horizonMs: number;
}

/** One write; without a version it was a delete. */
export interface Write {
  readonly entry: DocumentEntry;
  readonly lsn: number;
  readonly writtenMs: number;
  readonly version: Version | undefined;
}

/** The recent writes of a container, for reads that are stale on purpose. */
export class WriteHistory {
  readonly #writes = new Map<string, Write[]>();
  readonly #lagMs: number;

  constructor(lagMs: number) {
    this.#lagMs = lagMs;
  }

  /** The view of a reader whose session has seen `lsn`. */
  viewAt(lsn: number, nowMs: number): View {
    return { lsn, horizonMs: nowMs - this.#lagMs };
  }

  /** Notes a write and the state before it. */
  note(write: Write, before: Write | undefined): void {
    const list = this.#writes.get(write.entry.key);
    if (list !== undefined) list.push(write);
    else this.#writes.set(write.entry.key, before === undefined ? [write] : [before, write]);
  }

  /**
   * The latest write of a document that a view shows: a version, a delete, or neither because the document did not exist yet.
   *
   * @returns `"current"` when nothing was written lately, so that the current state is what everybody sees
   */
  latest(key: string, view: View): Write | undefined | "current" {
    const list = this.#writes.get(key);
    if (list === undefined) return "current";
    return list.findLast((write) => write.lsn <= view.lsn || write.writtenMs <= view.horizonMs);
  }

  /** Keys of the documents that were written lately. */
  keys(): Iterable<string> {
    return this.#writes.keys();
  }

  /** Forgets what no view can show any more. @returns versions whose bytes are not needed any more */
  prune(nowMs: number): readonly Version[] {
    const freed: Version[] = [];
    for (const [key, list] of this.#writes) {
      const first = list.findLastIndex((write) => write.writtenMs <= nowMs - this.#lagMs);
      if (first <= 0 && !(first === 0 && list.length === 1)) continue;
      for (const { version } of list.splice(0, first)) if (version !== undefined) freed.push(version);
      if (list.length === 1) this.#writes.delete(key);
    }
    return freed;
  }
}
