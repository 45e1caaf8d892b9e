import { isJsonObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { pathToSql } from "../../definition/path.ts";
import type { Direction } from "../../definition/record.ts";
import { TRACE_PROPERTY } from "../../definition/reserved_property.ts";

/** Whose notes: of one step of one migration. */
export interface TraceKey {
  readonly migrationId: string;
  readonly step: string;
}

/** A step on one way. */
export interface TraceWay extends TraceKey {
  /** Which way the migration goes. */
  readonly way: Direction;
}

/** The attempt of a step that makes notes. */
export interface TraceOwner extends TraceWay {
  readonly cycle: number;
}

/** What one edit did at one place; enough to undo it without the edit. */
export interface TraceNote {
  /** Position in the list of edits. */
  readonly edit: number;
  readonly kind: "add" | "set" | "remove" | "rename" | "convert";
  /** JSON Pointer. */
  readonly at: string;
  /** Where a rename moved the value. */
  readonly to?: string;
  /** The value before; absent when there was none. */
  readonly was?: JsonValue;
  readonly became?: JsonValue;
}

/**
 * What a step noted in a document. As long as it is there the document is in the state that the step has brought it into: whatever brings it back removes
 * the entry. So a step that begins anew, after a fix forward or an incomplete rollback, passes over just the right documents.
 */
export interface TraceEntry {
  readonly way: Direction;
  /** The cycle in which the step finished the document, for people. */
  readonly cycle: number;
  readonly notes: readonly TraceNote[];
}

/** The SQL condition that a step has finished a document on one way; undefined, which is not true, where it noted nothing. */
export function isTracedInSql({ migrationId, step }: TraceKey, way: Direction): string {
  return `${pathToSql([TRACE_PROPERTY, migrationId, step, "way"])} = "${way}"`;
}

/** What a step noted in a document; `undefined` when it noted nothing. */
export function readTrace(document: JsonObject, { migrationId, step }: TraceKey): TraceEntry | undefined {
  const all = document[TRACE_PROPERTY];
  const ofMigration = isJsonObject(all) ? all[migrationId] : undefined;
  const entry = isJsonObject(ofMigration) ? ofMigration[step] : undefined;
  if (!isJsonObject(entry)) return undefined;
  const { way, cycle, notes } = entry;
  return {
    way: way === "down" ? "down" : "up",
    cycle: typeof cycle === "number" ? cycle : 0,
    notes: Array.isArray(notes) ? notes.filter(isTraceNote) : [],
  };
}

/** A copy with other notes of a step; `undefined` removes them, and what is empty then. */
export function withTrace(
  document: JsonObject,
  { migrationId, step }: TraceKey,
  entry: TraceEntry | undefined,
): JsonObject {
  const all = objectOr(document[TRACE_PROPERTY]);
  const written = entry && {
    way: entry.way,
    cycle: entry.cycle,
    ...(entry.notes.length === 0 ? {} : { notes: entry.notes.map((note) => ({ ...note })) }),
  };
  const ofMigration = withMember(objectOr(all[migrationId]), { name: step, value: written });
  const traces = withMember(all, {
    name: migrationId,
    value: Object.keys(ofMigration).length === 0 ? undefined : ofMigration,
  });
  return withMember(document, {
    name: TRACE_PROPERTY,
    value: Object.keys(traces).length === 0 ? undefined : traces,
  });
}

/** A copy without what the steps of a migration noted on the way that is now taken back. */
export function withoutOppositeTraces(
  document: JsonObject,
  { migrationId, way }: Pick<TraceOwner, "migrationId" | "way">,
): JsonObject {
  const all = document[TRACE_PROPERTY];
  const ofMigration = isJsonObject(all) ? all[migrationId] : undefined;
  if (!isJsonObject(ofMigration)) return document;
  return Object.keys(ofMigration).reduce((current, step) => {
    const key = { migrationId, step };
    return readTrace(current, key)?.way === way ? current : withTrace(current, key, undefined);
  }, document);
}

function withMember(
  object: JsonObject,
  { name, value }: { readonly name: string; readonly value: JsonValue | undefined },
): JsonObject {
  const { [name]: _, ...rest } = object;
  return value === undefined ? rest : { ...rest, [name]: value };
}

function objectOr(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function isTraceNote(note: unknown): note is TraceNote {
  return isJsonObject(note) && typeof note["edit"] === "number" && typeof note["kind"] === "string" &&
    typeof note["at"] === "string";
}
