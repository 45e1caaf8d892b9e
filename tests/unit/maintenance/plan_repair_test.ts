import assert from "node:assert/strict";
import type { MigrationRecord } from "../../../lib/definition/record.ts";
import { listRepairs } from "../../../lib/maintenance/list_repairs.ts";
import { planRepair, type RepairKind } from "../../../lib/maintenance/plan_repair.ts";
import { entry, record } from "../../support/records.ts";

const [A, B, C] = ["20240101_000001", "20240101_000002", "20240101_000003"] as const;
const REGISTRY = [entry(A), entry(B), entry(C)];

function plan(kind: RepairKind, id: string, records: readonly MigrationRecord[]) {
  return planRepair({ registry: REGISTRY, records }, { kind, id });
}

function refuses(kind: RepairKind, records: readonly MigrationRecord[], message: RegExp): void {
  assert.throws(() => plan(kind, B, records), { code: "usage", message }, kind);
}

Deno.test("planRepair() accepts a change of what is applied, once", () => {
  const changed = record(B, { checksums: ["v1:before"] });
  assert.deepEqual(plan("accept-checksum", B, [changed]).map(({ kind }) => kind), ["accept-checksum"]);
  assert.deepEqual(plan("accept-checksum", B, [record(B)]), []);
});

Deno.test("planRepair() with `all` accepts what stands in the way, and leaves corrections of what failed alone", () => {
  const records = [
    record(A, { checksums: ["v1:before"] }),
    record(B, { checksums: ["v1:before"], status: "failed" }),
    record(C, { checksums: ["v1:before"], status: "reverting" }),
  ];
  assert.deepEqual(plan("accept-checksum", "all", records).map(({ record }) => record?.id), [A, C]);
  assert.deepEqual(plan("accept-checksum", "all", [record(A)]), []);
});

Deno.test("planRepair() tries again what failed, and what died often without a trace", () => {
  assert.equal(plan("retry", B, [record(B, { status: "failed", attempts: 5 })]).length, 1);
  assert.equal(plan("retry", B, [record(B, { status: "running", progressed: false })]).length, 1);
  assert.equal(plan("retry", B, [record(B, { status: "reverting", attempts: 2 })]).length, 1);
  assert.deepEqual(plan("retry", B, [record(B, { status: "failed", attempts: 0 })]), []);
});

Deno.test("planRepair() marks as applied what comes next, whatever became of it before", () => {
  for (const status of ["failed", "running", "reverted", "held"] as const) {
    assert.equal(plan("mark-applied", B, [record(A), record(B, { status })]).length, 1, status);
  }
  assert.equal(plan("mark-applied", B, [record(A)]).length, 1);
  assert.deepEqual(plan("mark-applied", B, [record(A), record(B)]), []);
});

Deno.test("planRepair() releases what is held, once", () => {
  assert.equal(plan("release", B, [record(B, { status: "held" })]).length, 1);
  assert.deepEqual(plan("release", B, [record(B, { status: "reverted" })]), []);
});

Deno.test("planRepair() refuses a repair that a migration's state is not for", () => {
  refuses("accept-checksum", [], /never applied.*no record/);
  refuses("accept-checksum", [record(B, { status: "held" })], /current value is held/);
  refuses("retry", [record(B)], /current value is applied/);
  refuses("retry", [], /current value is no record/);
  refuses("mark-applied", [record(A), record(B, { status: "reverting" })], /rollback is under way/);
  refuses("mark-applied", [], /everything before it has to be: "20240101_000001" is not/);
  refuses("release", [record(B)], /current value is applied/);
});

Deno.test("planRepair() refuses an id that this binary does not contain, where its version matters", () => {
  for (const kind of ["accept-checksum", "mark-applied"] as const) {
    assert.throws(() => plan(kind, "20250101_000001", []), {
      code: "usage",
      message: /contains no migration/,
    });
  }
});

Deno.test("listRepairs() lists what a person could decide, with a reason, and nothing that the next run takes care of", () => {
  const records = [
    record(A, { checksums: ["v1:before"] }),
    record(B, { status: "failed", attempts: 5, error: { code: "internal", message: "no such user" } }),
    record(C, { status: "held", by: "pod-1:1", finishedAt: "2024-01-02T00:00:00.000Z" }),
    record("20250101_000001", { status: "running", progressed: true }),
    record("20250101_000002", { status: "reverting", attempts: 7 }),
    record("20250101_000003", { status: "reverted" }),
    record("20250101_000005", { status: "failed", attempts: 1 }),
    record("20250101_000004"),
  ];
  assert.deepEqual(
    listRepairs({ registry: REGISTRY, records, maxAttempts: 5 }).map(({ id, problem, choices }) => [
      id,
      problem,
      choices,
    ]),
    [
      [A, "changed after it was applied", ["accept-checksum"]],
      [B, "parked after 5 attempts: no such user", ["retry", "mark-applied"]],
      [C, "held by pod-1:1 since 2024-01-02 00:00:00 UTC", ["release"]],
      ["20250101_000002", "its rollback is parked after 7 attempts", ["retry"]],
      ["20250101_000005", "failed in 1 attempt", ["retry"]],
    ],
  );
});
