import { NO_DOCUMENTS } from "../../lib/base/document_counts.ts";
import type { Migration } from "../../lib/definition/migration.ts";
import type { Operation, Reversibility } from "../../lib/definition/operation.ts";
import type { MigrationRecord } from "../../lib/definition/record.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";

/** A record with everything that a test does not care about. */
export function record(id: string, overrides: Partial<MigrationRecord> = {}): MigrationRecord {
  return {
    id,
    name: `name_of_${id}`,
    status: "applied",
    sequence: Number(id.slice(-2)) || 1,
    cycle: 1,
    checksums: [`v1:${id}`],
    attempts: 0,
    progressed: true,
    term: 1,
    startedAt: "2024-01-01T00:00:00.000Z",
    documents: NO_DOCUMENTS,
    requestUnits: 0,
    steps: [],
    by: "pod-1:1",
    unknown: {},
    ...overrides,
  };
}

/** A registry entry whose one operation can be undone as well as asked for. */
export function entry(
  id: string,
  overrides: Partial<RegistryEntry> & { reversibility?: Reversibility } = {},
): RegistryEntry {
  const { reversibility = "exact", ...rest } = overrides;
  const operation: Operation = {
    kind: "test",
    step: "test",
    containers: [],
    parameters: {},
    fingerprint: {},
    hasFunctions: false,
    revision: undefined,
    reversibility,
    destructive: false,
    offline: false,
    ifContainerExists: false,
    description: "Test",
    invert: () => reversibility === "none" ? undefined : operation,
  };
  const migration: Migration = { description: "Test", up: [operation], down: undefined, phase: undefined };
  return { id, name: `name_of_${id}`, checksum: `v1:${id}`, migration, ...rest };
}
