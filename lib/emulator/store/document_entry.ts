import { contains, type KeyRange } from "../hash/key_ranges.ts";
import type { Slot } from "./byte_store.ts";

/** One state of a document. */
export interface Version extends Slot {
  /** Number of the write that made it; grows over the whole container. */
  readonly lsn: number;
  readonly writtenMs: number;
  /** The document's own `ttl` in seconds; 0 when it has none. */
  readonly ttlSeconds: number;
}

/** A document of a container: what identifies it, and its current state. Kept small, since there is one for each document. */
export class DocumentEntry implements Version {
  /** {@linkcode documentKey} of the document. */
  readonly key: string;
  /** Effective partition key. */
  readonly epk: string;
  /** Order of creation within the container; the `_rid` is made from it. */
  readonly number: number;
  at: number;
  length: number;
  lsn: number;
  writtenMs: number;
  ttlSeconds: number;
  live = true;

  constructor(
    identity: { readonly key: string; readonly epk: string; readonly number: number },
    version: Version,
  ) {
    this.key = identity.key;
    this.epk = identity.epk;
    this.number = identity.number;
    this.at = version.at;
    this.length = version.length;
    this.lsn = version.lsn;
    this.writtenMs = version.writtenMs;
    this.ttlSeconds = version.ttlSeconds;
  }

  become(version: Version): void {
    this.at = version.at;
    this.length = version.length;
    this.lsn = version.lsn;
    this.writtenMs = version.writtenMs;
    this.ttlSeconds = version.ttlSeconds;
  }

  current(): Version {
    const { at, length, lsn, writtenMs, ttlSeconds } = this;
    return { at, length, lsn, writtenMs, ttlSeconds };
  }
}

/** Identifies a document within its container: id and partition key together. */
export function documentKey(partition: string, id: string): string {
  return `${partition}\n${id}`;
}

/** The partition part of a {@linkcode documentKey}. */
export function partitionOf(key: string): string {
  return key.slice(0, key.indexOf("\n"));
}

/** The id part of a {@linkcode documentKey}. */
export function idOf(key: string): string {
  return key.slice(key.indexOf("\n") + 1);
}

/** Whether a document belongs into a part of the key space. */
export function isWithin(entry: DocumentEntry, bounds: KeyRange): boolean {
  return contains(bounds, entry.epk);
}
