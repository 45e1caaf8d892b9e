import { CosmigError } from "../base/errors.ts";
import type { Operation } from "../definition/operation.ts";
import { addCompositeIndexHandler, removeCompositeIndexHandler } from "./composite_index.ts";
import { copyContainerHandler } from "./copy_container.ts";
import { copyDocumentsHandler, removeCopiedDocumentsHandler } from "./copy_documents.ts";
import { createContainerHandler, dropCreatedContainerHandler } from "./create_container.ts";
import { deleteContainerHandler } from "./delete_container.ts";
import { deleteDocumentsHandler } from "./delete_documents.ts";
import { setDefaultTtlHandler } from "./default_ttl.ts";
import { doNothingHandler } from "./do_nothing.ts";
import { editDocumentsHandler } from "./edit_documents.ts";
import type { OperationHandler } from "./handler.ts";
import { moveToPartitionHandler } from "./move_to_partition.ts";
import { purgeTracesHandler } from "./purge_traces.ts";
import { putScriptHandler } from "./put_script.ts";
import { rebuildContainerHandler } from "./rebuild_container.ts";
import { runHandler } from "./run.ts";
import { removeSeededDocumentsHandler, seedDocumentsHandler } from "./seed_documents.ts";
import { setIndexingPolicyHandler } from "./set_indexing_policy.ts";
import { setThroughputHandler } from "./set_throughput.ts";
import { setVectorPolicyHandler } from "./set_vector_policy.ts";
import { transformDocumentsHandler } from "./transform_documents.ts";

/** Every kind of operation that there is. A new one is one line here. */
const HANDLERS: readonly OperationHandler[] = [
  editDocumentsHandler,
  transformDocumentsHandler,
  seedDocumentsHandler,
  removeSeededDocumentsHandler,
  moveToPartitionHandler,
  copyDocumentsHandler,
  removeCopiedDocumentsHandler,
  deleteDocumentsHandler,
  purgeTracesHandler,
  createContainerHandler,
  deleteContainerHandler,
  rebuildContainerHandler,
  copyContainerHandler,
  dropCreatedContainerHandler,
  setIndexingPolicyHandler,
  addCompositeIndexHandler,
  removeCompositeIndexHandler,
  setDefaultTtlHandler,
  setVectorPolicyHandler,
  setThroughputHandler,
  putScriptHandler,
  runHandler,
  doNothingHandler,
];

/** The kinds of operations that there are. */
export const OPERATION_KINDS: readonly string[] = HANDLERS.map(({ kind }) => kind);

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
