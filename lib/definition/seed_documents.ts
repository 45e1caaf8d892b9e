import { CosmigError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { copyJson } from "./_copy_json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import type { CommonOptions, Operation } from "./operation.ts";
import { isReservedProperty } from "./reserved_property.ts";

/** What every seeded document has. */
export interface SeedDocument {
  readonly id: string;
}

/** What becomes of a document that exists already: it is left as it is, or replaced. */
export type SeedMode = "insert-missing" | "upsert";

/** Options of {@linkcode seedDocuments}. */
export interface SeedDocumentsOptions<Document extends SeedDocument> extends CommonOptions {
  readonly container: string;
  /** Whole documents; they are copied into the program, so keep them few. */
  readonly documents: readonly Document[];
  /** @default {"insert-missing"} */
  readonly mode?: SeedMode;
}

/** What {@linkcode seedDocuments} declares. */
export interface SeedDocumentsParameters {
  readonly container: string;
  readonly documents: readonly JsonObject[];
  readonly mode: SeedMode;
}

/** See {@linkcode seedDocuments}. */
export type SeedDocumentsOperation = Operation<"seedDocuments", SeedDocumentsParameters>;

/** The inverse of {@linkcode seedDocuments}. */
export type RemoveSeededDocumentsOperation = Operation<
  "removeSeededDocuments",
  Omit<SeedDocumentsParameters, "mode">
>;

/**
 * Writes documents: those that are missing, or (`upsert`) all of them.
 *
 * `insert-missing` is undone by value: a seeded document is deleted where it still equals what was seeded, also where it was there before with
 * just that content. `upsert` cannot be undone, because what it replaced is not kept.
 *
 * @throws {CosmigError} with code `operation-refused` when there is no document, one has no usable id, or one is given twice
 *
 * @example
 * ```ts
 * import { seedDocuments } from "../mod.ts";
 *
 * seedDocuments({ container: "Currencies", documents: [{ id: "EUR", digits: 2 }, { id: "JPY", digits: 0 }] });
 * ```
 */
export function seedDocuments<Document extends SeedDocument>(
  options: SeedDocumentsOptions<Document>,
): SeedDocumentsOperation {
  const { container, mode = "insert-missing" } = options;
  requireContainerName(container, "seed");
  if (options.documents.length === 0) throw refused(container, "there is no document to write");
  const documents = Object.freeze(
    options.documents.map((document, index) =>
      copyJson(document, `document ${index} to seed into "${container}"`)
    ),
  );
  documents.forEach((document) => requireDocument(document, container));
  requireDistinct(documents, container);
  const reversible = mode === "insert-missing";
  return defineOperation({
    kind: "seedDocuments",
    step: `seedDocuments:${container}`,
    containers: [container],
    parameters: Object.freeze({ container, documents, mode }),
    fingerprint: { container, documents, mode },
    description: `Write ${counted(documents)} to "${container}" ${
      reversible ? "unless they exist" : "over what is there"
    }`,
    reversibility: reversible ? "by-value" : "none",
    invert: (step) => reversible ? removeSeeded({ ...options, name: step }, documents) : undefined,
  }, options);
}

function removeSeeded(
  options: CommonOptions & { readonly container: string; readonly name: string },
  documents: readonly JsonObject[],
): RemoveSeededDocumentsOperation {
  const { container } = options;
  return defineOperation({
    kind: "removeSeededDocuments",
    step: options.name,
    containers: [container],
    parameters: Object.freeze({ container, documents }),
    fingerprint: { container, documents },
    description: `Delete ${counted(documents)} from "${container}" where they still are as they were written`,
    reversibility: "none",
    invert: () => undefined,
  }, options);
}

function requireDocument(document: JsonObject, container: string): void {
  const { id } = document;
  if (typeof id !== "string" || !/^[^/\\#?]+$/.test(id) || id.length > 1_023) {
    throw refused(
      container,
      `an id is a text of 1 to 1023 characters without / \\ # ?: current value is ${JSON.stringify(id)}`,
    );
  }
  const reserved = Object.keys(document).find(isReservedProperty);
  if (reserved !== undefined) {
    throw refused(
      container,
      `the document "${id}" carries "${reserved}", which is not for migrations to set`,
    );
  }
}

/** Documents of one id may differ in their partition key, which is not known here; that they are the very same is a slip. */
function requireDistinct(documents: readonly JsonObject[], container: string): void {
  const seen = new Set<string>();
  for (const document of documents) {
    const text = JSON.stringify(document);
    if (seen.has(text)) throw refused(container, `the document "${document["id"]}" is given twice`);
    seen.add(text);
  }
}

function refused(container: string, why: string): CosmigError {
  return new CosmigError("operation-refused", `Cannot seed "${container}" as ${why}`);
}

function counted({ length }: readonly JsonObject[]): string {
  return length === 1 ? "1 document" : `${length} documents`;
}
