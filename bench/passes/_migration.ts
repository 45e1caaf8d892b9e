import { addField, defineMigration } from "../../lib/mod.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import { CONTAINER } from "./database.ts";

/** What every program of the benchmark does to the documents. */
export const REGISTRY: readonly RegistryEntry[] = [{
  id: "20240101_000001",
  name: "mark_migrated",
  checksum: "v1:bench",
  migration: defineMigration({
    description: "Every document says that it is migrated",
    up: [addField({ container: CONTAINER, field: "/migrated", value: true })],
  }),
}];
