import type { JsonValue } from "../../base/json.ts";
import type { Edit } from "../../definition/edit.ts";
import { parsePath, type PathSegment, pathToSql } from "../../definition/path.ts";

/** SQL with its parameters. */
export interface SqlCondition {
  readonly where: string;
  readonly parameters: Readonly<Record<string, JsonValue>>;
}

/** What a condition is to find. */
export type ConditionPurpose =
  /** Documents that an edit may have to look at. */
  | "to-edit"
  /** Documents that an edit would change. */
  | "unfinished"
  /** Documents that look as if the edit had been there. */
  | "to-undo";

/** Selects the documents that any of the edits is about; `undefined` when none is ever. */
export function conditionOf(edits: readonly Edit[], purpose: ConditionPurpose): SqlCondition | undefined {
  const parameters: Record<string, JsonValue> = {};
  const conditions = edits.flatMap((edit, index) => {
    const parameter = `@v${index}`;
    const condition = conditionOfEdit(edit, { purpose, parameter });
    if (condition === undefined) return [];
    if (condition.includes(parameter) && "value" in edit) parameters[parameter] = edit.value;
    return [condition];
  });
  const distinct = [...new Set(conditions)];
  return distinct.length === 0 ? undefined : { where: distinct.join(" OR "), parameters };
}

function conditionOfEdit(
  edit: Edit,
  { purpose, parameter }: { readonly purpose: ConditionPurpose; readonly parameter: string },
): string | undefined {
  if (purpose === "to-undo") {
    switch (edit.kind) {
      case "add":
        return conditionAt(edit.path, ({ value }) => `${value} = ${parameter}`);
      case "set":
        return edit.undo === undefined
          ? undefined
          : conditionAt(edit.path, ({ value }) => `${value} = ${parameter}`);
      case "rename":
        return renameCondition({ from: edit.to, to: edit.from }, "to-edit");
      case "convert":
        return edit.undo === undefined
          ? undefined
          : conditionAt(edit.path, ({ value }) => `IS_DEFINED(${value})`);
      case "remove":
        // Only the document itself knows what it had.
        return undefined;
    }
  }
  switch (edit.kind) {
    case "add":
      return conditionAt(edit.path, ({ value, within }) => `${within}NOT IS_DEFINED(${value})`);
    case "set":
      // Comparing values of different types gives undefined, which NOT would keep.
      return conditionAt(
        edit.path,
        ({ value, within }) => `${within}NOT ((${value} = ${parameter}) ?? false)`,
      );
    case "remove":
    case "convert":
      return conditionAt(edit.path, ({ value }) => `IS_DEFINED(${value})`);
    case "rename":
      return renameCondition(edit, purpose);
  }
}

/** Documents with both names are looked at, so that they are counted, but are not unfinished. */
function renameCondition(
  { from, to }: { readonly from: string; readonly to: string },
  purpose: "to-edit" | "unfinished",
): string {
  const target = parsePath(to);
  const lastEach = target.findLastIndex(({ kind }) => kind === "each");
  const tail = target.slice(lastEach + 1).flatMap((segment) => segment.kind === "name" ? [segment.name] : []);
  return conditionAt(from, ({ value, root }) => {
    const room = tail.length > 1 ? ` AND IS_OBJECT(${pathToSql(tail.slice(0, -1), root)})` : "";
    const free = purpose === "unfinished" ? ` AND NOT IS_DEFINED(${pathToSql(tail, root)})` : "";
    return `IS_DEFINED(${value})${room}${free}`;
  });
}

/** How a condition names things at one place. */
interface Spot {
  /** The value at the place. */
  readonly value: string;
  /** The document, or the element of the innermost array. */
  readonly root: string;
  /** Requires, with an AND behind it, that what is around the place exists. */
  readonly within: string;
}

/** A condition about the value at a path; with `*`, about any of its elements. */
function conditionAt(path: string, write: (spot: Spot) => string): string {
  return `(${conditionIn({ segments: parsePath(path), root: "c", level: 0 }, write)})`;
}

function conditionIn(
  { segments, root, level }: {
    readonly segments: readonly PathSegment[];
    readonly root: string;
    readonly level: number;
  },
  write: (spot: Spot) => string,
): string {
  const each = segments.findIndex(({ kind }) => kind === "each");
  const names = (each < 0 ? segments : segments.slice(0, each)).flatMap((segment) =>
    segment.kind === "name" ? [segment.name] : []
  );
  const value = pathToSql(names, root);
  if (each >= 0) {
    const item = `item${level}`;
    const inner = conditionIn({ segments: segments.slice(each + 1), root: item, level: level + 1 }, write);
    return `EXISTS(SELECT VALUE 1 FROM ${item} IN ${value} WHERE ${inner})`;
  }
  const around = names.length > 1 ? pathToSql(names.slice(0, -1), root) : root;
  // A document is an object; an element need not be.
  const within = names.length === 0 || around === "c" ? "" : `IS_OBJECT(${around}) AND `;
  return write({ value, root, within });
}
