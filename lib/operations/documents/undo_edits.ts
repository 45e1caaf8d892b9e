import { jsonEquals, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { ConvertEdit, Edit } from "../../definition/edit.ts";
import { parsePath, parsePlainPath } from "../../definition/path.ts";
import { applyEdits, moveValue, requireJson } from "./apply_edits.ts";
import { isReachable, type Place, placesOf, valueAt, withValue } from "./places.ts";
import type { TraceNote } from "./trace.ts";

/** How to undo. */
export interface UndoEditsOptions {
  readonly edits: readonly Edit[];
  /** What was noted in the document. */
  readonly notes: readonly TraceNote[];
  /** Whether the notes tell everything; otherwise only what was kept of removed values. */
  readonly traced: boolean;
}

/** Undoes edits, the last first: by the notes where there are notes to be, else by looking at the values. */
export function undoEdits(document: JsonObject, { edits, notes, traced }: UndoEditsOptions): JsonObject {
  if (traced) return restoreAll(document, { edits, notes });
  let current = document;
  for (const [index, edit] of [...edits.entries()].toReversed()) {
    if (edit.kind === "remove") {
      current = restoreAll(current, { edits, notes: notes.filter((note) => note.edit === index) });
    } else current = undoByValue(current, edit);
  }
  return current;
}

/** An edit back, decided by what the values are now. */
function undoByValue(document: JsonObject, edit: Exclude<Edit, { kind: "remove" }>): JsonObject {
  switch (edit.kind) {
    case "add":
      return replaceEach(document, edit.path, (value) => jsonEquals(value, edit.value) ? REMOVED : undefined);
    case "set": {
      const { undo } = edit;
      return undo === undefined ? document : replaceEach(
        document,
        edit.path,
        (value) => jsonEquals(value, edit.value) ? { value: undo } : undefined,
      );
    }
    case "rename":
      return applyEdits(document, [{ kind: "rename", from: edit.to, to: edit.from }]).document;
    case "convert":
      return replaceEach(document, edit.path, (value) => convertBack(value, edit));
  }
}

/** The newest note first. */
function restoreAll(
  document: JsonObject,
  { edits, notes }: Pick<UndoEditsOptions, "edits" | "notes">,
): JsonObject {
  const restored = new Set<string>();
  let current = document;
  for (const note of notes.toReversed()) {
    const name = `${note.edit} ${note.at}`;
    current = restore(current, note, { edits, isNewest: !restored.has(name) });
    restored.add(name);
  }
  return current;
}

/** What an edit noted, undone. A value that somebody else has set since is theirs, and stays. */
function restore(
  document: JsonObject,
  note: TraceNote,
  { edits, isNewest }: { readonly edits: readonly Edit[]; readonly isNewest: boolean },
): JsonObject {
  const place = placeOf(note.at);
  if (note.kind === "rename") {
    return note.to === undefined
      ? document
      : moveValue(document, { source: placeOf(note.to), target: place });
  }
  if (!isReachable(document, place)) return document;
  const value = valueAt(document, place);
  switch (note.kind) {
    case "add":
      return withValue(document, place, undefined);
    case "set":
      return jsonEquals(value, note.became) ? withValue(document, place, note.was) : document;
    case "remove":
      return value === undefined ? withValue(document, place, note.was) : document;
    case "convert": {
      if (value === undefined) return document;
      if (jsonEquals(value, note.became)) return withValue(document, place, note.was);
      if (!isNewest) return document;
      const edit = edits[note.edit];
      const converted = edit?.kind === "convert" ? convertBack(value, edit) : undefined;
      return withValue(document, place, converted?.value ?? note.was);
    }
  }
}

interface Replacement {
  readonly value: JsonValue | undefined;
}

const REMOVED: Replacement = { value: undefined };

function convertBack(value: JsonValue, { undo, path }: ConvertEdit): Replacement | undefined {
  const converted = undo?.(value);
  if (converted === undefined) return undefined;
  requireJson(converted, path);
  return { value: converted };
}

function replaceEach(
  document: JsonObject,
  path: string,
  replace: (value: JsonValue) => Replacement | undefined,
): JsonObject {
  let current = document;
  for (const place of placesOf(document, parsePath(path))) {
    const value = valueAt(current, place);
    const replacement = value === undefined ? undefined : replace(value);
    if (replacement !== undefined) current = withValue(current, place, replacement.value);
  }
  return current;
}

function placeOf(pointer: string): Place {
  return parsePlainPath(pointer);
}
