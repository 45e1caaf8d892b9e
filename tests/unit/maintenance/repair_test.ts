import assert from "node:assert/strict";
import { digestOf, digestToJson, isFresh } from "../../../lib/history/digest.ts";
import { intentToJson } from "../../../lib/history/intent.ts";
import { readAudit } from "../../../lib/history/audit.ts";
import type { MigrationRecord } from "../../../lib/definition/record.ts";
import type { RepairKind } from "../../../lib/maintenance/plan_repair.ts";
import { repair } from "../../../lib/maintenance/repair.ts";
import { planRollback } from "../../../lib/planner/plan_rollback.ts";
import { planUp } from "../../../lib/planner/plan_up.ts";
import { entry, record } from "../../support/records.ts";
import { LedgerFixture } from "./_fixture.ts";

const [A, B] = ["20240101_000001", "20240101_000002"] as const;
const REGISTRY = [entry(A), entry(B)];
const POLICY = { order: "linear", ahead: "allow", drift: "refuse" } as const;

async function planted(...records: readonly MigrationRecord[]): Promise<LedgerFixture> {
  const fixture = new LedgerFixture();
  await fixture.plant(records);
  return fixture;
}

function run(fixture: LedgerFixture, kind: RepairKind, id: string) {
  return fixture.clock.run(
    repair(fixture.context(REGISTRY), { by: "ada@laptop", reason: "because", request: { kind, id } }),
  );
}

function records(fixture: LedgerFixture): readonly MigrationRecord[] {
  return [A, B].map((id) => fixture.record(id)).filter((found) => found !== undefined);
}

function auditOf(fixture: LedgerFixture) {
  return readAudit(fixture.ledger, fixture.context(REGISTRY));
}

Deno.test("repair() lets a parked migration be tried again", async () => {
  const fixture = await planted(record(A), record(B, { status: "failed", attempts: 5 }));
  const plan = () =>
    planUp({ registry: REGISTRY, records: records(fixture), policy: POLICY, maxAttempts: 5 });
  assert.throws(plan, { kind: "parked" });
  assert.deepEqual(await run(fixture, "retry", B), { kind: "retry", repaired: [B] });
  assert.deepEqual(plan().pending.map(({ entry, start }) => [entry.id, start.kind]), [[B, "resume"]]);
});

Deno.test("repair() does not complete an interrupted rollback: it may be what that waits for", async () => {
  const fixture = new LedgerFixture();
  const parked = record(B, { status: "reverting", attempts: 5 });
  const intent = intentToJson({ command: "rollback", ids: [B], hold: false, by: "pod-1:1" });
  const digest = digestToJson(digestOf([record(A), parked]));
  await fixture.plant([record(A), parked], { payload: { sequence: 2, digest, intent } });
  await run(fixture, "retry", B);
  assert.deepEqual([fixture.record(B)?.status, fixture.record(B)?.attempts], ["reverting", 0]);
  assert.deepEqual(fixture.ledger.documents.get("lease")?.["intent"], intent);
});

Deno.test("repair() accepts a changed migration as its newest version", async () => {
  const fixture = await planted(record(A, { checksums: ["v1:before"] }));
  await run(fixture, "accept-checksum", "all");
  assert.deepEqual(fixture.record(A)?.checksums, ["v1:before", `v1:${A}`]);
});

Deno.test("repair() accepts a changed rollback without taking the steps on record for those of the new version", async () => {
  const fixture = await planted(record(A, { status: "failed", checksums: ["v1:before"] }));
  await run(fixture, "accept-checksum", A);
  const after = records(fixture);
  assert.equal(
    planRollback({ registry: REGISTRY, records: after, selection: { kind: "all" } }).reverts.length,
    1,
  );
  const { pending } = planUp({ registry: REGISTRY, records: after, policy: POLICY, maxAttempts: 5 });
  assert.equal(pending[0]?.start.kind, "fix-forward");
});

Deno.test("repair() marks as applied what no rollback may then claim to undo", async () => {
  const fixture = await planted(record(A), record(B, { status: "failed", attempts: 2 }));
  await run(fixture, "mark-applied", B);
  assert.deepEqual(
    planUp({ registry: REGISTRY, records: records(fixture), policy: POLICY, maxAttempts: 5 }).pending,
    [],
  );
  assert.throws(
    () =>
      planRollback({ registry: REGISTRY, records: records(fixture), selection: { kind: "steps", steps: 1 } }),
    { kind: "irreversible" },
  );
  assert.equal(fixture.record(B)?.by, "ada@laptop");
});

Deno.test("repair() marks nothing as applied while a rollback is still to revert what is before it", async () => {
  const fixture = new LedgerFixture();
  const intent = intentToJson({ command: "rollback", ids: [A], hold: false, by: "pod-1:1" });
  const all = [record(A), record(B, { status: "reverted" })];
  const digest = digestToJson(digestOf(all));
  await fixture.plant(all, { payload: { sequence: 2, digest, intent } });
  await assert.rejects(run(fixture, "mark-applied", B), {
    code: "usage",
    message:
      `Cannot mark "${B}" as applied as a rollback has to be completed first: it is still to revert "${A}"`,
  });
  assert.equal(fixture.writes, 0);
});

Deno.test("repair() gives what was never begun the next place in the order of application", async () => {
  const fixture = await planted(record(A, { sequence: 7 }));
  await run(fixture, "mark-applied", B);
  assert.equal(fixture.record(B)?.sequence, 8);
});

Deno.test("repair() lets a held migration be applied again", async () => {
  const fixture = await planted(record(A, { status: "held" }));
  const plan = () =>
    planUp({ registry: REGISTRY, records: records(fixture), policy: POLICY, maxAttempts: 5 });
  assert.throws(plan, { code: "temporary" });
  await run(fixture, "release", A);
  assert.equal(plan().pending.length, 2);
});

Deno.test("repair() records who, why and what was there before, in the transaction of the change", async () => {
  const error = { code: "internal", message: "no such user" };
  const fixture = await planted(record(A, { status: "failed", attempts: 5, error }));
  await run(fixture, "retry", A);
  assert.deepEqual(await auditOf(fixture), [{
    at: "2024-01-01T00:00:00.000Z",
    action: "retry",
    migrationId: A,
    by: "ada@laptop",
    reason: "because",
    term: 2,
    before: { status: "failed", attempts: 5, checksums: [`v1:${A}`], error: "no such user" },
  }]);
  const batches = fixture.ledger.requests.filter(({ kind }) => kind === "batch");
  assert.equal(batches.length, 1, "the record and its audit entry have to be one transaction");
});

Deno.test("repair() leaves a lease whose digest is that of the records", async () => {
  const fixture = await planted(record(A, { status: "failed", attempts: 5 }));
  await run(fixture, "retry", A);
  const lease = fixture.ledger.documents.get("lease");
  assert.equal(lease?.["holder"], null);
  assert.ok(isFresh(lease?.["digest"] ?? null, records(fixture)));
});

Deno.test("repair() writes nothing, and takes no lease, when everything is as it was asked for", async () => {
  const fixture = await planted(record(A));
  assert.deepEqual(await run(fixture, "accept-checksum", "all"), { kind: "accept-checksum", repaired: [] });
  assert.equal(fixture.writes, 0);
});

Deno.test("repair() changes the record and its audit trail once when every answer is lost once", async () => {
  const fixture = await planted(record(A, { status: "failed", attempts: 5 }));
  const seen = new Set<string>();
  fixture.ledger.faults = ({ kind, id }) => {
    const key = `${kind} ${id}`;
    if (kind === "read" || kind === "list" || seen.has(key)) return undefined;
    seen.add(key);
    return "lost-after-commit";
  };
  await run(fixture, "retry", A);
  assert.equal(fixture.record(A)?.attempts, 0);
  assert.equal((await auditOf(fixture)).length, 1);
});
