import { CosmigError } from "../base/errors.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import { type Edit, pathsOfEdit } from "./edit.ts";
import { describeEdits } from "./edit_words.ts";
import type { CommonOptions, Operation, Reversibility } from "./operation.ts";

/** What to do with a document that cannot be changed: stop at the first, or go on up to a limit and fail at the end with the list. */
export type DocumentErrorPolicy = "stop" | "collect";

/** Options that all edits of documents have in common. */
export interface EditCommonOptions extends CommonOptions {
  readonly container: string;
  /**
   * Cosmos SQL condition over `c`: only documents that meet it are edited.
   *
   * @default all documents that need the edits
   */
  readonly where?: string;
  /**
   * Notes in each document what it was, under the reserved property `/__cosmig/<migration id>`, so that a rollback is exact. `purgeTraces` drops the notes.
   *
   * @default {false}
   */
  readonly trace?: boolean;
  /**
   * Stamps each edited document under the reserved property `/__cosmig/<migration id>`, so that it is not edited twice where `where` cannot tell. A
   * rollback then looks at stamped documents only.
   *
   * @default {false}
   */
  readonly mark?: boolean;
  /** @default {"stop"} */
  readonly onError?: DocumentErrorPolicy;
  /**
   * Cosmos SQL condition over `c`: the documents that a rollback edits back.
   *
   * @default those with the new values that would meet `where` again
   */
  readonly undoWhere?: string;
}

/** Options of {@linkcode editDocuments}. */
export interface EditDocumentsOptions extends EditCommonOptions {
  /** In order; later ones see what earlier ones did. */
  readonly edits: readonly [Edit, ...Edit[]];
}

/** Which way a document goes. */
export type EditDirection =
  | { readonly kind: "up" }
  /** `traced`: from the notes in the documents alone. */
  | { readonly kind: "down"; readonly traced: boolean };

/** What {@linkcode editDocuments} declares. */
export interface EditDocumentsParameters {
  readonly container: string;
  /** The condition of the way up, also in the inverse. */
  readonly where: string | undefined;
  readonly undoWhere: string | undefined;
  /** As declared, also in the inverse. */
  readonly edits: readonly Edit[];
  readonly trace: boolean;
  readonly mark: boolean;
  readonly onError: DocumentErrorPolicy;
  readonly direction: EditDirection;
}

/** See {@linkcode editDocuments}. */
export type EditDocumentsOperation = Operation<"editDocuments", EditDocumentsParameters>;

/**
 * Edits documents: one read and one conditional write for each, whatever the number of edits. Only documents that need an edit are written; a live
 * application that changes a document meanwhile keeps its change.
 *
 * Undone by the inverses of the edits, the last first, and as well as the worst of them allows; with `trace: true` exactly. Where `where` is given, a
 * document is undone by value only if it would meet `where` again; `undoWhere` overrides that. What an application changed since in other fields is kept.
 *
 * @throws {CosmigError} with code `operation-refused` when there is no edit, or options contradict each other
 *
 * @example
 * ```ts
 * import { add, convert, editDocuments, rename } from "../mod.ts";
 *
 * editDocuments({
 *   container: "Products",
 *   where: "IS_STRING(c.price)",
 *   edits: [
 *     convert("/price", { do: (price: string) => Number(price), undo: (price) => price.toFixed(2) }),
 *     rename("/sku", "/code"),
 *     add("/currency", "EUR"),
 *   ],
 * });
 * ```
 */
export function editDocuments(options: EditDocumentsOptions): EditDocumentsOperation {
  const { container, where, edits, trace = false, mark = false, onError = "stop", undoWhere } = options;
  requireContainerName(container, "edit documents of");
  if (edits.length === 0) throw refused(container, "there is no edit");
  if (where?.trim() === "" || undoWhere?.trim() === "") throw refused(container, "its where is empty");
  if (undoWhere !== undefined && (trace || mark)) {
    throw refused(container, "undoWhere has no effect with trace or mark: a rollback goes by the notes");
  }
  return define(options, {
    container,
    where,
    undoWhere,
    edits: Object.freeze([...edits]),
    trace,
    mark,
    onError,
    direction: { kind: "up" },
  });
}

function define(options: CommonOptions, parameters: EditDocumentsParameters): EditDocumentsOperation {
  const { container, edits, direction, trace } = parameters;
  const reversibility = trace ? "exact" : worst(edits.map(reversibilityOf));
  return defineOperation({
    kind: "editDocuments",
    step: `editDocuments:${container}:${edits.flatMap(pathsOfEdit).join(",")}`,
    containers: [container],
    parameters: Object.freeze(parameters),
    fingerprint: fingerprintOf(parameters),
    description: describeEdits(parameters),
    reversibility,
    hasFunctions: edits.some(({ kind }) => kind === "convert"),
    destructive: direction.kind === "up" && !trace &&
      edits.some((edit) => edit.kind === "remove" && !edit.recoverable),
    invert: (step) =>
      reversibility === "none"
        ? undefined
        : define({ ...options, name: step }, { ...parameters, direction: opposite(parameters) }),
  }, options);
}

function opposite({ direction, trace }: EditDocumentsParameters): EditDirection {
  return direction.kind === "up" ? { kind: "down", traced: trace } : { kind: "up" };
}

function reversibilityOf(edit: Edit): Reversibility {
  switch (edit.kind) {
    case "add":
    case "rename":
      return "by-value";
    case "set":
    case "convert":
      return edit.undo === undefined ? "none" : "by-value";
    case "remove":
      return edit.recoverable ? "exact" : "none";
  }
}

function worst(each: readonly Reversibility[]): Reversibility {
  return each.includes("none") ? "none" : each.includes("by-value") ? "by-value" : "exact";
}

function fingerprintOf({ where, undoWhere, edits, direction, ...rest }: EditDocumentsParameters): JsonObject {
  return {
    ...rest,
    ...(where === undefined ? {} : { where }),
    ...(undoWhere === undefined ? {} : { undoWhere }),
    edits: edits.map((edit) => definedMembers({ ...edit })),
    direction: { ...direction },
  };
}

/** Members that are JSON: functions and what is not given fall out. */
function definedMembers(edit: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(
    Object.entries(edit).filter((entry): entry is [string, JsonValue] =>
      entry[1] !== undefined && typeof entry[1] !== "function"
    ),
  );
}

function refused(container: string, why: string): CosmigError {
  return new CosmigError("operation-refused", `Cannot edit documents of "${container}" as ${why}`);
}
