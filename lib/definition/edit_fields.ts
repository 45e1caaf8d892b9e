/**
 * The one-edit forms of {@linkcode editDocuments}, named after what they do to a field.
 *
 * @module
 */
import type { JsonValue } from "../base/json.ts";
import { add, convert, remove, rename, set } from "./edit.ts";
import { type EditCommonOptions, editDocuments, type EditDocumentsOperation } from "./edit_documents.ts";
import type { Path } from "./path.ts";

/** Options of {@linkcode addField}. */
export interface AddFieldOptions extends EditCommonOptions {
  readonly field: Path;
  readonly value: JsonValue;
}

/**
 * Adds a field to the documents that lack it.
 *
 * Undone by value: removed where it still equals the added value, also in documents that had it before; exactly with `trace: true`.
 *
 * @throws {CosmigError} with code `operation-refused` when the field or its value cannot be used
 *
 * @example
 * ```ts
 * import { addField } from "../mod.ts";
 *
 * addField({ container: "Users", field: "/age", value: 0 });
 * ```
 */
export function addField({ field, value, ...options }: AddFieldOptions): EditDocumentsOperation {
  return editDocuments({ ...options, edits: [add(field, value)] });
}

/** Options of {@linkcode setField}. */
export interface SetFieldOptions extends EditCommonOptions {
  readonly field: Path;
  readonly value: JsonValue;
  /** What a rollback puts in the place of `value`. */
  readonly undo?: JsonValue;
}

/**
 * Sets a field, also over another value.
 *
 * Undone by value where `undo` is given, exactly with `trace: true`, else not at all.
 *
 * @throws {CosmigError} with code `operation-refused` when the field or its value cannot be used
 *
 * @example
 * ```ts
 * import { setField } from "../mod.ts";
 *
 * setField({ container: "Users", field: "/plan", value: "free", where: "c.plan = 'trial'", undo: "trial" });
 * ```
 */
export function setField({ field, value, undo, ...options }: SetFieldOptions): EditDocumentsOperation {
  return editDocuments({ ...options, edits: [set(field, value, undo === undefined ? {} : { undo })] });
}

/** Options of {@linkcode removeField}. */
export interface RemoveFieldOptions extends EditCommonOptions {
  readonly field: Path;
  /**
   * Keeps the removed values in the documents, so that a rollback brings them back.
   *
   * @default {false}
   */
  readonly recoverable?: boolean;
}

/**
 * Removes a field. Destructive and without a way back, unless it is `recoverable` (or has `trace: true`): then it is undone exactly.
 *
 * @throws {CosmigError} with code `operation-refused` when the field cannot be used
 *
 * @example
 * ```ts
 * import { removeField } from "../mod.ts";
 *
 * removeField({ container: "Users", field: "/legacyId", recoverable: true });
 * ```
 */
export function removeField(
  { field, recoverable = false, ...options }: RemoveFieldOptions,
): EditDocumentsOperation {
  return editDocuments({ ...options, edits: [remove(field, { recoverable })] });
}

/** Options of {@linkcode renameField}. */
export interface RenameFieldOptions extends EditCommonOptions {
  readonly field: Path;
  /** Its new place. */
  readonly to: Path;
}

/**
 * Renames a field. Documents that have both names are left alone and counted as skipped.
 *
 * Undone by value: renamed back, also in documents that had the new name before; exactly with `trace: true`.
 *
 * @throws {CosmigError} with code `operation-refused` when the places do not fit together
 *
 * @example
 * ```ts
 * import { renameField } from "../mod.ts";
 *
 * renameField({ container: "Users", field: "/mail", to: "/email" });
 * ```
 */
export function renameField({ field, to, ...options }: RenameFieldOptions): EditDocumentsOperation {
  return editDocuments({ ...options, edits: [rename(field, to)] });
}

/** Options of {@linkcode convertField}. */
export interface ConvertFieldOptions<From extends JsonValue, To extends JsonValue> extends EditCommonOptions {
  readonly field: Path;
  /** The new value; `undefined` leaves the old one. */
  readonly do: (value: From) => To | undefined;
  /** The old value of a new one. */
  readonly undo?: (value: NoInfer<To>) => NoInfer<From> | undefined;
}

/**
 * Replaces the values of a field by what a function makes of them. Needs a `where` that no longer selects a converted document, or `mark: true`.
 *
 * Undone by value where `undo` is given, exactly with `trace: true`, else not at all.
 *
 * @throws {CosmigError} with code `operation-refused` when the field cannot be used
 *
 * @example
 * ```ts
 * import { convertField } from "../mod.ts";
 *
 * convertField({
 *   container: "Products",
 *   field: "/price",
 *   where: "IS_STRING(c.price)",
 *   do: (price: string) => Number(price),
 *   undo: (price) => price.toFixed(2),
 * });
 * ```
 */
export function convertField<From extends JsonValue, To extends JsonValue>(
  options: ConvertFieldOptions<From, To>,
): EditDocumentsOperation {
  const { field, do: forward, undo, ...rest } = options;
  const edit = convert<From, To>(field, { do: forward, ...(undo === undefined ? {} : { undo }) });
  return editDocuments({ ...rest, edits: [edit] });
}
