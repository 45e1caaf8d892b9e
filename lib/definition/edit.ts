import { CosmigError } from "../base/errors.ts";
import type { JsonValue } from "../base/json.ts";
import { copyJson } from "./_copy_json.ts";
import { parsePath, type Path, type PathSegment } from "./path.ts";
import { isReservedProperty } from "./reserved_property.ts";

/** Sets a value where there is none. */
export interface AddEdit {
  readonly kind: "add";
  readonly path: Path;
  readonly value: JsonValue;
}

/** Sets a value, whatever is there. */
export interface SetEdit {
  readonly kind: "set";
  readonly path: Path;
  readonly value: JsonValue;
  /** What a rollback puts in its place; `undefined` when there is no way back. */
  readonly undo: JsonValue | undefined;
}

/** Removes a value. */
export interface RemoveEdit {
  readonly kind: "remove";
  readonly path: Path;
  /** Keeps the removed value in the document, so that a rollback brings it back. */
  readonly recoverable: boolean;
}

/** Moves a value to where there is none. */
export interface RenameEdit {
  readonly kind: "rename";
  readonly from: Path;
  readonly to: Path;
}

/** Computes a value from the one that is there; `undefined` leaves it. */
export type Conversion = (value: JsonValue) => JsonValue | undefined;

/** Replaces a value by what a function makes of it. */
export interface ConvertEdit {
  readonly kind: "convert";
  readonly path: Path;
  readonly do: Conversion;
  readonly undo: Conversion | undefined;
}

/** One change of a document. Made by {@linkcode add}, {@linkcode set}, {@linkcode remove}, {@linkcode rename} and {@linkcode convert}. */
export type Edit = AddEdit | SetEdit | RemoveEdit | RenameEdit | ConvertEdit;

/**
 * Adds a value where the document has none; one that has, keeps it. The object around it has to exist: `/address/country` leaves a document without
 * `address` alone. With `*` it is added to every element that lacks it.
 *
 * Undone by value: removed where it still equals the added value.
 *
 * @throws {CosmigError} with code `operation-refused` when the path or the value cannot be used
 */
export function add(path: Path, value: JsonValue): AddEdit {
  requireMember(path, "add");
  return Object.freeze({ kind: "add", path, value: copyValue(value, path) });
}

/**
 * Sets a value, also over another one. The object around it has to exist.
 *
 * Undone by value where `undo` is given: where the value still is what was set, it becomes `undo`. Otherwise it cannot be undone, unless the operation
 * has `trace: true`.
 *
 * @throws {CosmigError} with code `operation-refused` when the path or a value cannot be used
 */
export function set(
  path: Path,
  value: JsonValue,
  options: { readonly undo?: JsonValue } = {},
): SetEdit {
  requirePath(path, "set");
  const { undo } = options;
  return Object.freeze({
    kind: "set",
    path,
    value: copyValue(value, path),
    undo: undo === undefined ? undefined : copyValue(undo, path),
  });
}

/**
 * Removes a value. It cannot be undone, unless it is `recoverable` (then the value stays in the document under a reserved property, and a rollback puts
 * it back exactly) or the operation has `trace: true`.
 *
 * @throws {CosmigError} with code `operation-refused` when the path cannot be used
 */
export function remove(path: Path, options: { readonly recoverable?: boolean } = {}): RemoveEdit {
  requireMember(path, "remove");
  return Object.freeze({ kind: "remove", path, recoverable: options.recoverable ?? false });
}

/**
 * Moves a value. A document that has both is left alone and counted as skipped, because one of the two would be lost. The object around the new place
 * has to exist. Both paths go through the same arrays: up to the last `*` they are equal.
 *
 * Undone by value: a rename the other way round, which also meets documents that had the new name before.
 *
 * @throws {CosmigError} with code `operation-refused` when a path cannot be used, or the two do not fit together
 */
export function rename(from: Path, to: Path): RenameEdit {
  const [source, target] = [requireMember(from, "rename"), requireMember(to, "rename")];
  const arrays = lastEach(source);
  if (arrays !== lastEach(target) || !startsAlike({ source, target, length: arrays + 1 })) {
    throw refused("rename", from, `both paths lead through the same arrays: current value is "${to}"`);
  }
  if (from === to || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) {
    throw refused("rename", from, `one place is not inside the other: current value is "${to}"`);
  }
  return Object.freeze({ kind: "rename", from, to });
}

/**
 * Replaces a value by what `do` makes of it. Both functions may be called again after a conflict, must not change their argument, and leave the value
 * when they return `undefined`. Needs a `where` that no longer selects a converted document, or `mark: true`.
 *
 * Undone by value where `undo` is given; exactly with `trace: true`.
 *
 * @throws {CosmigError} with code `operation-refused` when the path cannot be used
 */
export function convert<From extends JsonValue, To extends JsonValue>(
  path: Path,
  options: {
    readonly do: (value: From) => To | undefined;
    readonly undo?: (value: NoInfer<To>) => NoInfer<From> | undefined;
  },
): ConvertEdit {
  requirePath(path, "convert");
  // What is stored is not known to be of the declared type; `where` is what makes sure of it.
  return Object.freeze({
    kind: "convert",
    path,
    do: options.do as Conversion,
    undo: options.undo as Conversion | undefined,
  });
}

/** The places that an edit reads or writes. */
export function pathsOfEdit(edit: Edit): readonly Path[] {
  return edit.kind === "rename" ? [edit.from, edit.to] : [edit.path];
}

function requireMember(path: Path, action: string): readonly PathSegment[] {
  const segments = requirePath(path, action);
  if (segments.at(-1)?.kind === "name") return segments;
  throw refused(action, path, `it names a property, not the elements of an array`);
}

function requirePath(path: Path, action: string): readonly PathSegment[] {
  const segments = readPath(path, action);
  const [first] = segments;
  if (first?.kind !== "name") throw refused(action, path, "a document is no array");
  if (first.name === "id") {
    throw refused(action, path, "the id of a document cannot change; moveToPartition writes a new document");
  }
  if (isReservedProperty(first.name)) {
    throw refused(action, path, `"${first.name}" belongs to the service or to this tool`);
  }
  return segments;
}

function readPath(path: Path, action: string): readonly PathSegment[] {
  try {
    return parsePath(path);
  } catch (error) {
    throw refused(action, path, `a path is like "/customer/name" or "/items/*/price"`, error);
  }
}

function lastEach(segments: readonly PathSegment[]): number {
  return segments.findLastIndex(({ kind }) => kind === "each");
}

function startsAlike({ source, target, length }: {
  readonly source: readonly PathSegment[];
  readonly target: readonly PathSegment[];
  readonly length: number;
}): boolean {
  return JSON.stringify(source.slice(0, length)) === JSON.stringify(target.slice(0, length));
}

function copyValue(value: JsonValue, path: Path): JsonValue {
  const { value: copy } = copyJson({ value }, `the value for "${path}"`);
  if (copy !== undefined) return copy;
  throw new CosmigError("operation-refused", `Cannot use the value for "${path}" as it is undefined`);
}

function refused(action: string, path: string, why: string, cause?: unknown): CosmigError {
  return new CosmigError("operation-refused", `Cannot ${action} "${path}" as ${why}`, { cause });
}
