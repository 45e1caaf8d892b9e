/**
 * Migrations for Azure Cosmos DB for NoSQL: what a migration is written with, and the program that applies it.
 *
 * ```ts
 * import { addField, defineMigration } from "./mod.ts";
 *
 * export default defineMigration({
 *   description: "Users have an age",
 *   up: [addField({ container: "Users", field: "/age", value: 0 })],
 * });
 * ```
 *
 * @module
 */

// Migrations and their registry.
export {
  defineMigration,
  type Migration,
  type MigrationOptions,
  type Phase,
} from "./definition/migration.ts";
export { defineRegistry, type Registry, type RegistryEntry } from "./definition/registry.ts";
export type { CommonOptions, Operation, Reversibility } from "./definition/operation.ts";
export type { Path } from "./definition/path.ts";

// Documents.
export { add, convert, type Edit, remove, rename, set } from "./definition/edit.ts";
export {
  type DocumentErrorPolicy,
  type EditCommonOptions,
  editDocuments,
  type EditDocumentsOperation,
  type EditDocumentsOptions,
} from "./definition/edit_documents.ts";
export {
  addField,
  type AddFieldOptions,
  convertField,
  type ConvertFieldOptions,
  removeField,
  type RemoveFieldOptions,
  renameField,
  type RenameFieldOptions,
  setField,
  type SetFieldOptions,
} from "./definition/edit_fields.ts";
export { type Lookup, lookup, type LookupOptions } from "./definition/lookup.ts";
export {
  transformDocuments,
  type TransformDocumentsOperation,
  type TransformDocumentsOptions,
} from "./definition/transform_documents.ts";
export {
  type SeedDocument,
  seedDocuments,
  type SeedDocumentsOperation,
  type SeedDocumentsOptions,
  type SeedMode,
} from "./definition/seed_documents.ts";
export {
  moveToPartition,
  type MoveToPartitionOperation,
  type MoveToPartitionOptions,
  type PartitionMove,
} from "./definition/move_to_partition.ts";
export {
  copyDocuments,
  type CopyDocumentsOperation,
  type CopyDocumentsOptions,
  type ExistingCopy,
} from "./definition/copy_documents.ts";
export {
  deleteDocuments,
  type DeleteDocumentsOperation,
  type DeleteDocumentsOptions,
} from "./definition/delete_documents.ts";
export {
  purgeTraces,
  type PurgeTracesOperation,
  type PurgeTracesOptions,
} from "./definition/purge_traces.ts";

// Containers.
export {
  deleteContainer,
  type DeleteContainerOperation,
  type DeleteContainerOptions,
} from "./definition/delete_container.ts";
export {
  copyContainer,
  type CopyContainerOperation,
  type CopyContainerOptions,
} from "./definition/copy_container.ts";
export {
  rebuildContainer,
  type RebuildContainerOperation,
  type RebuildContainerOptions,
} from "./definition/rebuild_container.ts";
export {
  setVectorPolicy,
  type SetVectorPolicyOperation,
  type SetVectorPolicyOptions,
} from "./definition/set_vector_policy.ts";
export type { VectorEmbedding, VectorIndex } from "./definition/vector_policy.ts";
export {
  setThroughput,
  type SetThroughputOperation,
  type SetThroughputOptions,
} from "./definition/set_throughput.ts";
export {
  type PutScriptOperation,
  type PutScriptOptions,
  putStoredProcedure,
  putTrigger,
  type PutTriggerOptions,
  putUserDefinedFunction,
} from "./definition/put_script.ts";
export type { ContainerThroughput } from "./definition/throughput.ts";
export {
  createContainer,
  type CreateContainerOperation,
  type CreateContainerOptions,
} from "./definition/create_container.ts";
export {
  addCompositeIndex,
  type AddCompositeIndexOperation,
  type CompositeIndexOptions,
  removeCompositeIndex,
  type RemoveCompositeIndexOperation,
} from "./definition/composite_index.ts";
export type { CompositeIndex, CompositePath, IndexingPolicy } from "./definition/indexing_policy.ts";
export {
  type IndexingPolicyOptions,
  setIndexingPolicy,
  type SetIndexingPolicyOperation,
} from "./definition/set_indexing_policy.ts";
export {
  type DefaultTtl,
  type DefaultTtlOptions,
  setDefaultTtl,
  type SetDefaultTtlOperation,
} from "./definition/default_ttl.ts";

// Code of your own.
export {
  run,
  type RunContext,
  type RunFunction,
  type RunOperation,
  type RunOptions,
} from "./definition/run.ts";
export type { Database } from "./cosmos/sdk_database.ts";

// Errors.
export {
  ConfigurationError,
  ConflictError,
  CosmigError,
  CosmosError,
  type ErrorCode,
  InterruptedError,
  LeaseHeldError,
  LeaseLostError,
  RegistryError,
  TemporaryError,
  TimeoutError,
} from "./base/errors.ts";

// The program.
export { type CliOptions, runCli, runMain } from "./cli/mod.ts";
