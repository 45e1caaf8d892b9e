import type { JsonValue } from "../base/json.ts";
import type { Edit } from "./edit.ts";
import type { EditDirection } from "./edit_documents.ts";

const VALUE_LIMIT = 60;

/** What an operation's one line is made of. */
export interface EditWords {
  readonly container: string;
  readonly where: string | undefined;
  readonly edits: readonly Edit[];
  readonly direction: EditDirection;
}

/** One line for the plan. */
export function describeEdits({ container, where, edits, direction }: EditWords): string {
  const scope = where === undefined ? "" : ` where ${where}`;
  const [edit] = edits;
  if (edit !== undefined && edits.length === 1) {
    return direction.kind === "up"
      ? `${sentence(edit, container)}${scope}`
      : backSentence(edit, { container, traced: direction.traced });
  }
  const list = direction.kind === "up"
    ? edits.map(clause)
    : edits.toReversed().map((edit) => backClause(edit, direction.traced));
  const what = direction.kind === "up" ? "Edit" : "Edit back";
  return `${what} documents of "${container}"${direction.kind === "up" ? scope : ""}: ${list.join(", ")}`;
}

function sentence(edit: Edit, container: string): string {
  switch (edit.kind) {
    case "add":
      return `Add field ${edit.path} = ${inWords(edit.value)} to documents of "${container}" that lack it`;
    case "set":
      return `Set field ${edit.path} = ${inWords(edit.value)} in documents of "${container}"`;
    case "remove":
      return `Remove field ${edit.path} from documents of "${container}"${
        edit.recoverable ? ", keeping its values for a rollback" : ""
      }`;
    case "rename":
      return `Rename field ${edit.from} to ${edit.to} in documents of "${container}"`;
    case "convert":
      return `Convert field ${edit.path} in documents of "${container}"`;
  }
}

function clause(edit: Edit): string {
  switch (edit.kind) {
    case "add":
      return `add ${edit.path} = ${inWords(edit.value)}`;
    case "set":
      return `set ${edit.path} = ${inWords(edit.value)}`;
    case "remove":
      return `remove ${edit.path}${edit.recoverable ? " (recoverable)" : ""}`;
    case "rename":
      return `rename ${edit.from} to ${edit.to}`;
    case "convert":
      return `convert ${edit.path}`;
  }
}

function backSentence(
  edit: Edit,
  { container, traced }: { readonly container: string; readonly traced: boolean },
): string {
  const documents = `documents of "${container}"`;
  switch (edit.kind) {
    case "add":
      return traced
        ? `Remove field ${edit.path} from the ${documents} that it was added to`
        : `Remove field ${edit.path} from ${documents} where it is ${inWords(edit.value)}`;
    case "set":
      return traced || edit.undo === undefined
        ? `Set field ${edit.path} back to what it was in ${documents}`
        : `Set field ${edit.path} = ${inWords(edit.undo)} in ${documents} where it is ${inWords(edit.value)}`;
    case "remove":
      return `Put field ${edit.path} back into ${documents}`;
    case "rename":
      return `Rename field ${edit.to} to ${edit.from} in ${documents}`;
    case "convert":
      return `Convert field ${edit.path} back in ${documents}`;
  }
}

function backClause(edit: Edit, traced: boolean): string {
  switch (edit.kind) {
    case "add":
      return traced
        ? `remove ${edit.path} where it was added`
        : `remove ${edit.path} where it is ${inWords(edit.value)}`;
    case "set":
      return `set ${edit.path} back`;
    case "remove":
      return `put ${edit.path} back`;
    case "rename":
      return `rename ${edit.to} to ${edit.from}`;
    case "convert":
      return `convert ${edit.path} back`;
  }
}

function inWords(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length <= VALUE_LIMIT ? text : `${text.slice(0, VALUE_LIMIT)}…`;
}
