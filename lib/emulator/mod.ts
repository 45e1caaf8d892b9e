/**
 * The embedded database: Cosmos DB's gateway protocol over real HTTP, in memory, deterministic, with a clock that tests move and failures on command.
 *
 * It owns the protocol and the state behind it, and its own hashing of partition keys. It does not own the query language (`lib/sql`), and it is no
 * model of performance: charges follow a simple rule, indexes do not exist. A request that is wrong gets the answer of the service and changes
 * nothing; wrong options, seeds and fault rules are a CosmigError with the code `emulator`.
 *
 * @module
 */
export type { DataRole } from "./authorization.ts";
export { type ContainerAddress, EmulatorStore, type RangeFacts } from "./emulator_store.ts";
export type { Fault, FaultAnswer } from "./fault.ts";
export type { FaultCondition, FaultRule } from "./fault_rules.ts";
export type { EmulatorHooks } from "./hooks.ts";
export type { ObservedAnswer, ObservedRequest } from "./observed_request.ts";
export { type EmulatorOptions, WELL_KNOWN_KEY } from "./options.ts";
export { parseFaults } from "./parse_faults.ts";
export type { LoggedRequest } from "./request_log.ts";
export type { OperationKind, ResourceKind } from "./route.ts";
export { type ContainerSeed, parseSeed, type Seed } from "./seed.ts";
export { type Emulator, startEmulator } from "./start_emulator.ts";
