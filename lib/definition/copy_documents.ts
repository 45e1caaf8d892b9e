import { CosmigError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { defineOperation, requireContainerName } from "./_define_operation.ts";
import type { CommonOptions, Operation } from "./operation.ts";

/** What becomes of a document that the target has already, with another content: an error, it stays, or it is replaced. */
export type ExistingCopy = "refuse" | "keep" | "replace";

/** Options of {@linkcode copyDocuments}. */
export interface CopyDocumentsOptions<Before, After extends { readonly id: string }> extends CommonOptions {
  readonly from: string;
  readonly to: string;
  /**
   * Cosmos SQL condition over `c`.
   *
   * @default all documents
   */
  readonly where?: string;
  /**
   * What is written for a document; `undefined` leaves it out. May be called again for the same one, and has to give the same then.
   *
   * @default the document as it is
   */
  readonly transform?: (document: Before) => After | undefined;
  /** @default {"refuse"} */
  readonly existing?: ExistingCopy;
}

/** What {@linkcode copyDocuments} declares. */
export interface CopyDocumentsParameters {
  readonly from: string;
  readonly to: string;
  readonly where: string | undefined;
  readonly transform: (document: JsonObject) => JsonObject | undefined;
  readonly existing: ExistingCopy;
}

/** See {@linkcode copyDocuments}. */
export type CopyDocumentsOperation = Operation<"copyDocuments", CopyDocumentsParameters>;

/** The inverse of {@linkcode copyDocuments}. */
export type RemoveCopiedDocumentsOperation = Operation<"removeCopiedDocuments", CopyDocumentsParameters>;

/**
 * Copies documents to another container, whose partition key may be another one. A document that is there already with the same content counts as copied.
 * Documents that are written to the source during the copy may be missed; {@linkcode copyContainer} follows them.
 *
 * Undone by value: a document of the target is deleted where it still equals what would be copied now, also where it was there before. With
 * `existing: "replace"` it cannot be undone, because what it replaced is not kept.
 *
 * @throws {CosmigError} with code `operation-refused` when both containers are the same, or the condition is empty
 *
 * @example
 * ```ts
 * import { copyDocuments } from "../mod.ts";
 *
 * copyDocuments({
 *   from: "Orders",
 *   to: "Invoices",
 *   where: "c.status = 'paid'",
 *   transform: ({ id, total }: { id: string; total: number }) => ({ id: `invoice-${id}`, orderId: id, total }),
 * });
 * ```
 */
export function copyDocuments<
  Before = JsonObject,
  After extends { readonly id: string } = JsonObject & { id: string },
>(
  options: CopyDocumentsOptions<Before, After>,
): CopyDocumentsOperation {
  const { from, to, where, transform, existing = "refuse" } = options;
  requireContainerName(from, "copy documents of");
  requireContainerName(to, "copy documents to");
  if (from === to) {
    throw new CosmigError("operation-refused", `Cannot copy documents of "${from}" to itself`, {
      hint: "Documents change their partition key with moveToPartition",
    });
  }
  if (where?.trim() === "") {
    throw new CosmigError("operation-refused", `Cannot copy documents of "${from}" as where is empty`);
  }
  const parameters: CopyDocumentsParameters = Object.freeze({
    from,
    to,
    where,
    // The types were checked where they were written; from here on documents are JSON.
    transform: (transform ?? ((document: JsonObject) => document)) as CopyDocumentsParameters["transform"],
    existing,
  });
  const common = {
    containers: [from, to],
    parameters,
    fingerprint: { from, to, existing, where: where ?? null, transform: transform !== undefined },
    hasFunctions: transform !== undefined,
  };
  const selected = where === undefined ? "" : ` where ${where}`;
  return defineOperation({
    ...common,
    kind: "copyDocuments",
    step: `copyDocuments:${from}:${to}`,
    description: `Copy documents of "${from}"${selected} to "${to}"`,
    reversibility: existing === "replace" ? "none" : "by-value",
    invert: (step) =>
      existing === "replace" ? undefined : defineOperation({
        ...common,
        kind: "removeCopiedDocuments",
        step,
        description: `Delete from "${to}" what still equals the documents of "${from}"${selected}`,
        reversibility: "none",
        invert: () => undefined,
      }, { ...options, name: step }),
  }, options);
}
