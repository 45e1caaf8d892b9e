import assert from "node:assert/strict";
import { ConflictError } from "../../../lib/base/errors.ts";
import { planBaseline, type WantedBaseline } from "../../../lib/planner/plan_baseline.ts";
import { planUp } from "../../../lib/planner/plan_up.ts";
import { entry, record } from "../../support/records.ts";

const A = "20240101_000001";
const B = "20240101_000002";

function wanted(id: string, overrides: Partial<WantedBaseline> = {}): WantedBaseline {
  return {
    id,
    name: id,
    checksum: `v1:${id}`,
    status: "baselined",
    at: "2024-01-01T00:00:00.000Z",
    ...overrides,
  };
}

Deno.test("planBaseline() records what the history lacks, in order, and keeps what it has", () => {
  const { migrations, kept } = planBaseline({
    wanted: [wanted(A), wanted(B)],
    records: [record(A)],
    nextSequence: 7,
  });
  assert.deepEqual(migrations.map(({ id, sequence, cycle }) => [id, sequence, cycle]), [[B, 7, 1]]);
  assert.deepEqual(kept, [A]);
});

Deno.test("planBaseline() records what was rolled back in a cycle of its own", () => {
  const { migrations } = planBaseline({
    wanted: [wanted(A)],
    records: [record(A, { status: "reverted", cycle: 4 })],
    nextSequence: 9,
  });
  assert.deepEqual(migrations.map(({ cycle }) => cycle), [5]);
});

Deno.test("planBaseline() refuses what was begun and is not finished", () => {
  for (const status of ["running", "failed", "reverting", "held"] as const) {
    assert.throws(
      () => planBaseline({ wanted: [wanted(A)], records: [record(A, { status })], nextSequence: 1 }),
      (error) => error instanceof ConflictError && error.kind === "refused" && error.message.endsWith(status),
    );
  }
});

Deno.test("planUp() takes what another tool has applied for neither ahead, nor drifted, nor newer", () => {
  const takenOver = { status: "baselined", checksums: [] } as const;
  const policy = { order: "linear", ahead: "refuse", drift: "refuse" } as const;
  const plan = planUp({
    registry: [entry(A), entry(B)],
    records: [record(A, takenOver), record("zzz", takenOver)],
    policy,
    maxAttempts: 5,
  });
  assert.deepEqual([plan.pending.map(({ entry }) => entry.id), plan.ahead, plan.drifted], [[B], [], []]);
});
