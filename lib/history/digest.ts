/**
 * What the lease carries about the history, so that most starts read one small document instead of all records.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { isApplied, isTakenOver, type MigrationRecord } from "../definition/record.ts";

/** How many of the newest migrations an image may be behind and still be told from the lease alone that it has nothing to do. */
const ENTRIES = 20;

/** Characters of an entry: 72 bits, so that twenty of them and the rest of the lease stay below 1 KB, the size up to which a point read costs 1 RU. */
const ENTRY_LENGTH = 12;

/** A migration as far as the digest is concerned. */
export interface DigestSource {
  readonly id: string;
  readonly checksum: string;
}

/** The digest as it stands in the lease. */
export interface HistoryDigest {
  /** Each over one migration and all before it, in the order of ids; the newest last. */
  readonly entries: readonly string[];
  /** Over the state of all records; tells whether a history that was read is the one this lease was written with. */
  readonly records: string;
}

/** The digest of a history: entries as far as every migration, in the order of ids, is done. No binary contains what was taken over from another tool. */
export function digestOf(records: readonly MigrationRecord[]): HistoryDigest {
  const ordered = sortById(records).filter((record) => record.status !== "reverted" && !isTakenOver(record));
  const firstOpen = ordered.findIndex((record) => !isApplied(record));
  const done = firstOpen < 0 ? ordered : ordered.slice(0, firstOpen);
  const entries = chain(done.map(({ id, checksums }) => ({ id, checksum: checksums.at(-1) ?? "" })));
  return { entries: entries.slice(-ENTRIES), records: recordsDigest(records) };
}

/** The digest over the migrations of a binary, to be compared with {@linkcode saysDone}; `undefined` when there are none. */
export function newestEntry(sources: readonly DigestSource[]): string | undefined {
  return chain(sortById(sources)).at(-1);
}

/** Whether the digest of a lease says that all these migrations, in just these versions, are applied. */
export function saysDone(digest: JsonValue, newest: string): boolean {
  return parseDigest(digest)?.entries.includes(newest) ?? false;
}

/** Whether this history is the one that the lease was last written with. */
export function isFresh(digest: JsonValue, records: readonly MigrationRecord[]): boolean {
  return (parseDigest(digest)?.records ?? recordsDigest([])) === recordsDigest(records);
}

/** The digest as JSON. */
export function digestToJson({ records, entries }: HistoryDigest): JsonObject {
  return { records, entries: [...entries] };
}

function parseDigest(value: JsonValue): HistoryDigest | undefined {
  if (!isJsonObject(value) || typeof value["records"] !== "string" || !Array.isArray(value["entries"])) {
    return undefined;
  }
  return {
    records: value["records"],
    entries: value["entries"].filter((entry) => typeof entry === "string"),
  };
}

function recordsDigest(records: readonly MigrationRecord[]): string {
  return hash(sortById(records).map(stateOf).join("\n"));
}

/**
 * Everything that a run decides by: a record whose steps are older would repeat them, or undo them with what was captured for something else. What is still
 * to be touched is not in it: it grows only with the cycle or from the steps, and an older record touches once more.
 */
function stateOf(record: MigrationRecord): string {
  const { id, status, sequence, cycle, attempts, progressed, checksums } = record;
  const steps = record.steps.map(({ key, direction, cycle, status, captured = null, once = {} }) => [
    ...[key, direction, cycle, status],
    ...[captured, once],
  ]);
  return canonicalJson([id, status, sequence, cycle, attempts, progressed, checksums, steps]);
}

function chain(sources: readonly DigestSource[]): string[] {
  let digest = "";
  return sources.map(({ id, checksum }) => {
    digest = hash(JSON.stringify([digest, id, checksum]));
    return digest.slice(0, ENTRY_LENGTH);
  });
}

function sortById<Item extends { readonly id: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((left, right) => left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
