import assert from "node:assert/strict";
import { NO_DOCUMENTS } from "../../../lib/base/document_counts.ts";
import { compareStatus, isSettled, type MigrationState } from "../../../lib/cli/status_report.ts";
import { defineMigration } from "../../../lib/definition/migration.ts";
import type { MigrationRecord, RecordStatus } from "../../../lib/definition/record.ts";
import type { RegistryEntry } from "../../../lib/definition/registry.ts";
import { run } from "../../../lib/definition/run.ts";
import { leaseFromDocument, type ObservedLease } from "../../../lib/lock/lease_document.ts";

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

function heldLease(term: number): ObservedLease {
  const holder = { host: "h", pid: 1, version: "", command: "up", since: "" };
  return leaseFromDocument({
    id: "lease",
    _etag: "",
    _ts: 0,
    format: 1,
    nonce: "n",
    term,
    durationMs: 30_000,
    holder,
  });
}

Deno.test("compareStatus() knows the state of a migration from its record and the lease", () => {
  const table: readonly [RecordStatus | undefined, ObservedLease | undefined, MigrationState, boolean][] = [
    [undefined, undefined, "pending", false],
    ["applied", undefined, "applied", true],
    ["baselined", undefined, "baselined", true],
    ["reverted", undefined, "pending", false],
    ["failed", undefined, "failed", false],
    ["held", undefined, "held", false],
    ["running", heldLease(3), "running", false],
    ["reverting", heldLease(3), "running", false],
    ["running", heldLease(4), "interrupted", false],
    ["running", undefined, "interrupted", false],
  ];
  for (const [status, lease, state, settled] of table) {
    const report = compareStatus([ENTRY], { lease, records: status === undefined ? [] : [record(status)] });
    assert.deepEqual(report.migrations.map((migration) => migration.state), [state], status ?? "none");
    assert.equal(isSettled(report), settled, status ?? "none");
  }
});

Deno.test("compareStatus() marks what this binary does not know, and forgets what was rolled back", () => {
  const ahead = compareStatus([], { lease: undefined, records: [record("applied")] });
  assert.deepEqual(ahead.migrations.map((migration) => [migration.state, migration.ahead]), [[
    "applied",
    true,
  ]]);
  assert.equal(isSettled(ahead), true);
  assert.deepEqual(compareStatus([], { lease: undefined, records: [record("reverted")] }).migrations, []);
});

Deno.test("compareStatus() marks what was changed after it was applied, which is not settled", () => {
  const report = compareStatus([ENTRY], {
    lease: undefined,
    records: [record("applied", { checksums: ["v1:b"] })],
  });
  assert.deepEqual(report.migrations.map(({ drifted }) => drifted), [true]);
  assert.equal(isSettled(report), false);
});

Deno.test("compareStatus() orders by id, whoever knows it", () => {
  const later = { ...ENTRY, id: "20240101_000003" };
  const records = [record("applied", { id: "20240101_000002" }), record("applied")];
  const report = compareStatus([ENTRY, later], { lease: undefined, records });
  assert.deepEqual(report.migrations.map(({ id }) => id), [ID, "20240101_000002", "20240101_000003"]);
});
