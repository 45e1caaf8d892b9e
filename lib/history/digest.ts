/**
 * What the lease carries about the history, so that most starts read one small document instead of all records.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { isApplied, type MigrationRecord } from "../definition/record.ts";

/** How many of the newest migrations an image may be behind and still be told from the lease alone that it has nothing to do. */
const ENTRIES = 20;

/** A migration as far as the digest is concerned. */
export interface DigestSource {
  readonly id: string;
  readonly checksum: string;
}

/** The digest over a migration and everything before it. */
interface DigestEntry {
  readonly id: string;
  readonly digest: string;
}

/** The digest as it stands in the lease. */
export interface HistoryDigest {
  /** In the order of ids, the newest last. */
  readonly entries: readonly DigestEntry[];
  /** Over the state of all records; tells whether a history that was read is the one this lease was written with. */
  readonly records: string;
}

/** The digest of a history: entries as far as every migration, in the order of ids, is done. */
export function digestOf(records: readonly MigrationRecord[]): HistoryDigest {
  const ordered = sortById(records).filter((record) => record.status !== "reverted");
  const firstOpen = ordered.findIndex((record) => !isApplied(record));
  const done = firstOpen < 0 ? ordered : ordered.slice(0, firstOpen);
  const entries = chain(done.map(({ id, checksums }) => ({ id, checksum: checksums.at(-1) ?? "" })));
  return { entries: entries.slice(-ENTRIES), records: recordsDigest(records) };
}

/** The digest over a registry, to be compared with {@linkcode saysDone}; `undefined` when it holds no migration. */
export function newestEntry(sources: readonly DigestSource[]): DigestEntry | undefined {
  return chain(sortById(sources)).at(-1);
}

/** Whether the digest of a lease says that all these migrations, in just these versions, are applied. */
export function saysDone(digest: JsonValue, newest: DigestEntry): boolean {
  return parseDigest(digest)?.entries.some((entry) =>
    entry.id === newest.id && entry.digest === newest.digest
  ) ?? false;
}

/** Whether this history is the one that the lease was last written with. */
export function isFresh(digest: JsonValue, records: readonly MigrationRecord[]): boolean {
  return (parseDigest(digest)?.records ?? recordsDigest([])) === recordsDigest(records);
}

/** The digest as JSON. */
export function digestToJson(digest: HistoryDigest): JsonObject {
  return { records: digest.records, entries: digest.entries.map((entry) => ({ ...entry })) };
}

function parseDigest(value: JsonValue): HistoryDigest | undefined {
  if (!isJsonObject(value) || typeof value["records"] !== "string" || !Array.isArray(value["entries"])) {
    return undefined;
  }
  const entries = value["entries"].filter(isJsonObject).map(({ id, digest }) => ({
    id: String(id),
    digest: String(digest),
  }));
  return { records: value["records"], entries };
}

function recordsDigest(records: readonly MigrationRecord[]): string {
  return hash(
    sortById(records).map(({ id, status, sequence, cycle, attempts, checksums }) =>
      JSON.stringify([id, status, sequence, cycle, attempts, checksums])
    ).join("\n"),
  );
}

function chain(sources: readonly DigestSource[]): DigestEntry[] {
  let digest = "";
  return sources.map(({ id, checksum }) => {
    digest = hash(JSON.stringify([digest, id, checksum]));
    return { id, digest };
  });
}

function sortById<Item extends { readonly id: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((left, right) => left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
