import { CosmigError } from "../base/errors.ts";
import type { Operation } from "../definition/operation.ts";
import { addCompositeIndexHandler, removeCompositeIndexHandler } from "./composite_index.ts";
import { createContainerHandler, dropCreatedContainerHandler } from "./create_container.ts";
import { setDefaultTtlHandler } from "./default_ttl.ts";
import { doNothingHandler } from "./do_nothing.ts";
import { editDocumentsHandler } from "./edit_documents.ts";
import type { OperationHandler } from "./handler.ts";
import { runHandler } from "./run.ts";
import { removeSeededDocumentsHandler, seedDocumentsHandler } from "./seed_documents.ts";
import { setIndexingPolicyHandler } from "./set_indexing_policy.ts";
import { transformDocumentsHandler } from "./transform_documents.ts";

/** Every kind of operation that there is. A new one is one line here. */
const HANDLERS: readonly OperationHandler[] = [
  editDocumentsHandler,
  transformDocumentsHandler,
  seedDocumentsHandler,
  removeSeededDocumentsHandler,
  createContainerHandler,
  dropCreatedContainerHandler,
  setIndexingPolicyHandler,
  addCompositeIndexHandler,
  removeCompositeIndexHandler,
  setDefaultTtlHandler,
  runHandler,
  doNothingHandler,
];

/**
 * The handler that carries out an operation.
 *
 * @throws {CosmigError} with code `operation-refused` for a kind that there is none for
 */
export function handlerOf({ kind, step }: Operation): OperationHandler {
  const handler = HANDLERS.find((candidate) => candidate.kind === kind);
  if (handler !== undefined) return handler;
  throw new CosmigError(
    "operation-refused",
    `Cannot carry out the step "${step}" as nothing knows its kind: "${kind}"`,
    {
      hint: "Make operations with the functions of lib/mod.ts",
    },
  );
}
