/**
 * For the tests of your own migrations: a database inside the test, the tool's own way of migrating it, and
 * what it holds before and after.
 *
 * @module
 */
export {
  type ContainerState,
  type DatabaseState,
  type Difference,
  differencesBetween,
  type ValueChange,
} from "./database_state.ts";
export {
  type Rehearsal,
  type RehearsalOptions,
  rehearse,
  type RehearsedCost,
  type RehearsedDown,
  type RehearsedMigration,
} from "./rehearse.ts";
export {
  type Migrations,
  startTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
  type TestRunOptions,
} from "./test_database.ts";
export type { ContainerSeed, Seed } from "../emulator/mod.ts";
