import assert from "node:assert/strict";
import { planRollback, type RollbackSelection } from "../../../lib/planner/plan_rollback.ts";
import { entry, record } from "../../support/records.ts";

const [A, B, C] = ["20240101_000001", "20240101_000002", "20240101_000003"] as const;
const REGISTRY = [entry(A), entry(B), entry(C)];
// B was applied last.
const RECORDS = [record(A, { sequence: 1 }), record(B, { sequence: 3 }), record(C, { sequence: 2 })];

function ids(selection: RollbackSelection, records = RECORDS, registry = REGISTRY): string[] {
  return planRollback({ registry, records, selection }).reverts.map((revert) => revert.entry.id);
}

Deno.test("planRollback() goes back in the order of application", () => {
  assert.deepEqual(ids({ kind: "steps", steps: 2 }), [B, C]);
  assert.deepEqual(ids({ kind: "all" }), [B, C, A]);
  assert.deepEqual(ids({ kind: "to", id: C }), [B]);
  assert.deepEqual(ids({ kind: "ids", ids: [C, A] }), [C, A]);
});

Deno.test("planRollback() takes all when asked for more steps than there are", () => {
  assert.deepEqual(ids({ kind: "steps", steps: 99 }), [B, C, A]);
  assert.deepEqual(ids({ kind: "steps", steps: 1 }, []), []);
});

Deno.test("planRollback() leaves out what is reverted or held, and includes what failed", () => {
  const records = [
    record(A, { sequence: 1 }),
    record(B, { sequence: 3, status: "failed" }),
    record(C, { sequence: 2, status: "held" }),
  ];
  assert.deepEqual(ids({ kind: "all" }, records), [B, A]);
});

Deno.test("planRollback() refuses as a whole what one migration does not allow", () => {
  assert.throws(() => ids({ kind: "steps", steps: 2 }, RECORDS, [entry(A), entry(B)]), { kind: "missing" });
  assert.throws(
    () => ids({ kind: "steps", steps: 2 }, RECORDS, [entry(A), entry(B), entry(C, { checksum: "v1:new" })]),
    { kind: "drift" },
  );
  assert.throws(
    () =>
      ids({ kind: "steps", steps: 2 }, RECORDS, [entry(A), entry(B), entry(C, { reversibility: "none" })]),
    { kind: "irreversible" },
  );
  assert.throws(() => ids({ kind: "all" }, [record(A, { status: "baselined" })]), { kind: "irreversible" });
  assert.throws(() => ids({ kind: "to", id: "20990101_000000" }), { code: "usage" });
});
