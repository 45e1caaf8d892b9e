import assert from "node:assert/strict";
import { NO_DOCUMENTS } from "../../../lib/base/document_counts.ts";
import { compareStatus, isSettled, type MigrationState } from "../../../lib/planner/compare_status.ts";
import { defineMigration } from "../../../lib/definition/migration.ts";
import type { MigrationRecord, RecordStatus } from "../../../lib/definition/record.ts";
import type { RegistryEntry } from "../../../lib/definition/registry.ts";
import { run } from "../../../lib/definition/run.ts";

const ID = "20240101_000001";
const OPERATION = run({ name: "a", describe: "a", execute: () => {} });
const ENTRY: RegistryEntry = {
  id: ID,
  name: "one",
  checksum: "v1:a",
  migration: defineMigration({ description: "One", up: [OPERATION] }),
};

function record(status: RecordStatus, changes: Partial<MigrationRecord> = {}): MigrationRecord {
  return {
    id: ID,
    name: "one",
    status,
    sequence: 1,
    cycle: 1,
    checksums: ["v1:a"],
    attempts: 0,
    progressed: false,
    term: 3,
    startedAt: "",
    documents: NO_DOCUMENTS,
    requestUnits: 0,
    steps: [],
    by: "",
    unknown: {},
    ...changes,
  };
}

Deno.test("compareStatus() knows the state of a migration from its record and the lease", () => {
  const table: readonly [RecordStatus | undefined, number | undefined, MigrationState, boolean][] = [
    [undefined, undefined, "pending", false],
    ["applied", undefined, "applied", true],
    ["baselined", undefined, "baselined", true],
    ["reverted", undefined, "pending", false],
    ["failed", undefined, "failed", false],
    ["held", undefined, "held", false],
    ["running", 3, "running", false],
    ["reverting", 3, "running", false],
    ["running", 4, "interrupted", false],
    ["running", undefined, "interrupted", false],
  ];
  for (const [status, activeTerm, state, settled] of table) {
    const records = status === undefined ? [] : [record(status)];
    const migrations = compareStatus({ registry: [ENTRY], records, activeTerm });
    assert.deepEqual(migrations.map((migration) => migration.state), [state], status ?? "none");
    assert.equal(isSettled(migrations), settled, status ?? "none");
  }
});

Deno.test("compareStatus() marks what this binary does not know, and forgets what was rolled back", () => {
  const ahead = compareStatus({ registry: [], records: [record("applied")], activeTerm: undefined });
  assert.deepEqual(ahead.map((migration) => [migration.state, migration.ahead]), [[
    "applied",
    true,
  ]]);
  assert.equal(isSettled(ahead), true);
  assert.deepEqual(compareStatus({ registry: [], records: [record("reverted")], activeTerm: undefined }), []);
});

Deno.test("compareStatus() marks what was changed after it was applied, which is not settled", () => {
  const migrations = compareStatus({
    registry: [ENTRY],
    records: [record("applied", { checksums: ["v1:b"] })],
    activeTerm: undefined,
  });
  assert.deepEqual(migrations.map(({ drifted }) => drifted), [true]);
  assert.equal(isSettled(migrations), false);
});

Deno.test("compareStatus() orders by id, whoever knows it", () => {
  const later = { ...ENTRY, id: "20240101_000003" };
  const records = [record("applied", { id: "20240101_000002" }), record("applied")];
  const migrations = compareStatus({ registry: [ENTRY, later], records, activeTerm: undefined });
  assert.deepEqual(migrations.map(({ id }) => id), [ID, "20240101_000002", "20240101_000003"]);
});

Deno.test("compareStatus() shows what another tool has applied as a baseline, not as ahead of this binary", () => {
  const takenOver = record("baselined", { checksums: [] });
  const [here] = compareStatus({ registry: [ENTRY], records: [takenOver], activeTerm: undefined });
  const [elsewhere] = compareStatus({ registry: [], records: [takenOver], activeTerm: undefined });
  for (const status of [here, elsewhere]) {
    assert.deepEqual([status?.state, status?.ahead, status?.drifted], ["baselined", false, false]);
  }
});
