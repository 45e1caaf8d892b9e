import { CosmigError } from "../../base/errors.ts";
import { jsonEquals, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { Edit, RenameEdit } from "../../definition/edit.ts";
import { formatPointer, parsePath, type PathSegment } from "../../definition/path.ts";
import { isReachable, type Place, placesOf, valueAt, withValue } from "./places.ts";
import type { TraceNote } from "./trace.ts";

/** A document with edits applied. */
export interface EditedDocument {
  readonly document: JsonObject;
  /** What was done, in order; empty when nothing was. */
  readonly notes: readonly TraceNote[];
}

/** Applies edits in order. Places where an edit has nothing to do stay as they are. */
export function applyEdits(document: JsonObject, edits: readonly Edit[]): EditedDocument {
  const notes: TraceNote[] = [];
  let current = document;
  for (const [index, edit] of edits.entries()) {
    const edited = applyEdit(current, edit, index);
    current = edited.document;
    notes.push(...edited.notes);
  }
  return { document: current, notes };
}

function applyEdit(document: JsonObject, edit: Edit, index: number): EditedDocument {
  if (edit.kind === "rename") return renameAll(document, edit, index);
  const notes: TraceNote[] = [];
  let current = document;
  for (const place of placesOf(document, parsePath(edit.path))) {
    const was = valueAt(current, place);
    const change = changeAt(was, edit);
    if (change === undefined) continue;
    current = withValue(current, place, change.value);
    notes.push({
      edit: index,
      kind: edit.kind,
      at: formatPointer(place),
      ...(was === undefined ? {} : { was }),
      ...(change.value === undefined || edit.kind === "add" ? {} : { became: change.value }),
    });
  }
  return { document: current, notes };
}

/** What an edit makes of one value; `undefined` when it stays. */
function changeAt(
  was: JsonValue | undefined,
  edit: Exclude<Edit, RenameEdit>,
): { readonly value: JsonValue | undefined } | undefined {
  switch (edit.kind) {
    case "add":
      return was === undefined ? { value: edit.value } : undefined;
    case "set":
      return jsonEquals(was, edit.value) ? undefined : { value: edit.value };
    case "remove":
      return was === undefined ? undefined : { value: undefined };
    case "convert": {
      const value = was === undefined ? undefined : edit.do(was);
      if (value === undefined || jsonEquals(was, value)) return undefined;
      requireJson(value, edit.path);
      return { value };
    }
  }
}

function renameAll(document: JsonObject, { from, to }: RenameEdit, index: number): EditedDocument {
  const notes: TraceNote[] = [];
  let current = document;
  for (const source of placesOf(document, parsePath(from))) {
    const target = counterpart(source, parsePath(to));
    const moved = moveValue(current, { source, target });
    if (moved === current) continue;
    current = moved;
    notes.push({ edit: index, kind: "rename", at: formatPointer(source), to: formatPointer(target) });
  }
  return { document: current, notes };
}

/** A copy in which a value is at another place; the same document when there is no value, no room, or one there already. */
export function moveValue(
  document: JsonObject,
  { source, target }: { readonly source: Place; readonly target: Place },
): JsonObject {
  const value = valueAt(document, source);
  if (value === undefined || valueAt(document, target) !== undefined || !isReachable(document, target)) {
    return document;
  }
  return withValue(withValue(document, source, undefined), target, value);
}

/** The place that a path leads to within the same elements of the same arrays. */
function counterpart(place: Place, segments: readonly PathSegment[]): Place {
  const indexes = place.filter((key) => typeof key === "number");
  let next = 0;
  return segments.map((segment) => segment.kind === "name" ? segment.name : indexes[next++] ?? 0);
}

/** Fails for what would be stored as something else, or not at all. */
export function requireJson(value: unknown, path: string): asserts value is JsonValue {
  const wrong = findNoJson(value);
  if (wrong === undefined) return;
  throw new CosmigError(
    "documents-failed",
    `its new value at "${path}" is no JSON: current value is ${wrong}`,
  );
}

function findNoJson(value: unknown): string | undefined {
  if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean") {
    return undefined;
  }
  if (typeof value === "number") return Number.isFinite(value) ? undefined : String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  if (!Array.isArray(value)) {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return `a ${value.constructor.name}`;
  }
  for (const inner of Object.values(value)) {
    const wrong = findNoJson(inner);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
