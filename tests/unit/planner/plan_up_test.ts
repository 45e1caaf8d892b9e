import assert from "node:assert/strict";
import fc from "fast-check";
import { ConflictError } from "../../../lib/base/errors.ts";
import { isApplied, type RecordStatus } from "../../../lib/definition/record.ts";
import { planUp, type UpPolicy } from "../../../lib/planner/plan_up.ts";
import { entry, record } from "../../support/records.ts";

const POLICY: UpPolicy = { order: "linear", ahead: "allow", drift: "refuse" };
const [A, B, C] = ["20240101_000001", "20240101_000002", "20240101_000003"] as const;
const REGISTRY = [entry(A), entry(B), entry(C)];

function plan(
  records: Parameters<typeof planUp>[0]["records"],
  overrides: Partial<UpPolicy> = {},
  registry = REGISTRY,
) {
  return planUp({ registry, records, policy: { ...POLICY, ...overrides }, maxAttempts: 5 });
}

function ids(result: ReturnType<typeof planUp>): string[] {
  return result.pending.map((pending) => pending.entry.id);
}

Deno.test("planUp() applies what has no record, in the order of ids", () => {
  assert.deepEqual(ids(plan([])), [A, B, C]);
  assert.deepEqual(ids(plan([record(A)])), [B, C]);
  assert.deepEqual(ids(plan([record(A), record(B, { status: "baselined" }), record(C)])), []);
});

Deno.test("planUp() stops at `to`, inclusive, and after `steps`", () => {
  assert.deepEqual(ids(plan([], { to: B })), [A, B]);
  assert.deepEqual(ids(plan([record(A)], { steps: 1 })), [B]);
  assert.throws(() => plan([], { to: "20990101_000000" }), { code: "usage" });
});

Deno.test("planUp() resumes what failed or died, and starts anew what changed since", () => {
  for (const status of ["failed", "running"] as const) {
    const [resumed] = plan([record(A, { status, attempts: 2 })]).pending;
    assert.equal(resumed?.start.kind, "resume");
    assert.equal(resumed?.attempts, 2);
    const [fixed] = plan([record(A, { status, attempts: 2, checksums: ["v1:old"] })]).pending;
    assert.equal(fixed?.start.kind, "fix-forward");
    assert.equal(fixed?.attempts, 0);
  }
  assert.equal(plan([record(A, { status: "reverted" })]).pending[0]?.start.kind, "fresh");
});

Deno.test("planUp() counts an attempt that died without any progress", () => {
  assert.equal(
    plan([record(A, { status: "running", attempts: 1, progressed: false })]).pending[0]?.attempts,
    2,
  );
  assert.equal(
    plan([record(A, { status: "running", attempts: 1, progressed: true })]).pending[0]?.attempts,
    1,
  );
});

Deno.test("planUp() refuses a parked migration until it changes", () => {
  const parked = record(A, { status: "failed", attempts: 5, error: { code: "internal", message: "boom" } });
  assert.throws(() => plan([parked]), {
    kind: "parked",
    message: /parked after 5 failed attempts; the last error was: boom/,
  });
  assert.deepEqual(ids(plan([{ ...parked, checksums: ["v1:old"] }])), [A, B, C]);
});

Deno.test("planUp() refuses a gap unless gaps are allowed", () => {
  assert.throws(() => plan([record(B)]), { kind: "gap" });
  assert.deepEqual(ids(plan([record(B)], { order: "allow-gaps" })), [A, C]);
  assert.deepEqual(ids(plan([record(C)], { to: "20240101_000003", order: "allow-gaps" })), [A, B]);
});

Deno.test("planUp() refuses drift only when something is to be applied", () => {
  const drifted = record(A, { checksums: ["v1:other"] });
  assert.throws(() => plan([drifted]), { kind: "drift" });
  assert.deepEqual(plan([drifted], { drift: "warn" }).drifted, [A]);
  assert.deepEqual(plan([drifted, record(B), record(C)]).drifted, [A]);
  assert.deepEqual(plan([record(A, { checksums: ["v1:other", `v1:${A}`] })]).drifted, []);
});

Deno.test("planUp() reports a database that is ahead, and refuses it on request", () => {
  const records = [record(A), record(B), record(C), record("20240101_000009")];
  assert.deepEqual(plan(records).ahead, ["20240101_000009"]);
  assert.throws(() => plan(records, { ahead: "refuse" }), { kind: "ahead" });
});

Deno.test("planUp() is blocked by a held migration of this binary, and not by one that changed or that it does not know", () => {
  assert.throws(() => plan([record(A), record(B, { status: "held" })]), {
    code: "temporary",
    message: /is held/,
  });
  assert.deepEqual(ids(plan([record(A), record(B, { status: "held", checksums: ["v1:old"] })])), [B, C]);
  assert.deepEqual(
    ids(plan([record(A), record(B), record(C), record("20240101_000009", { status: "held" })])),
    [],
  );
});

Deno.test("planUp() never plans what is applied, and plans in the order of ids, whatever the records are", () => {
  const statuses: RecordStatus[] = [
    "running",
    "applied",
    "failed",
    "reverting",
    "reverted",
    "held",
    "baselined",
  ];
  const all = Array.from({ length: 8 }, (_, index) => `20240101_00000${index + 1}`);
  const records = fc.subarray(all).chain((chosen) =>
    fc.tuple(
      ...chosen.map((id) =>
        fc.record({ status: fc.constantFrom(...statuses), attempts: fc.nat(7), progressed: fc.boolean() })
          .map((rest) => record(id, rest))
      ),
    )
  );
  fc.assert(
    fc.property(records, fc.constantFrom("linear" as const, "allow-gaps" as const), (given, order) => {
      let result;
      try {
        result = plan(given, { order }, all.map((id) => entry(id)));
      } catch (error) {
        assert.ok(["gap", "parked", undefined].includes((error as { kind?: string }).kind));
        return;
      }
      const done = new Set(given.filter(isApplied).map(({ id }) => id));
      assert.deepEqual(ids(result), all.filter((id) => !done.has(id)));
    }),
  );
});

function phased(id: string, phase?: "expand" | "contract") {
  const plain = entry(id);
  return { ...plain, migration: { ...plain.migration, phase } };
}

Deno.test("planUp() applies the migrations of a phase and those without one", () => {
  const registry = [phased(A, "expand"), phased(B), phased(C, "contract")];
  assert.deepEqual(ids(plan([], { phase: "expand" }, registry)), [A, B]);
  assert.deepEqual(ids(plan([record(A), record(B)], { phase: "expand" }, registry)), []);
  assert.deepEqual(ids(plan([record(A), record(B)], { phase: "contract" }, registry)), [C]);
  assert.deepEqual(ids(plan([record(A)], { phase: "contract" }, registry)), [B, C]);
  assert.deepEqual(ids(plan([], {}, registry)), [A, B, C]);
});

Deno.test("planUp() refuses a phase that would overtake a pending migration of the other one, and says which and how to go on", () => {
  const registry = [phased(A, "contract"), phased(B, "expand"), phased(C, "contract")];
  const names = (error: unknown) =>
    error instanceof ConflictError && error.kind === "gap" &&
    error.message.includes(`"${B}" in the phase expand`) &&
    error.message.includes(`"${A}" before it`) && /--phase contract/.test(error.hint ?? "");
  assert.throws(() => plan([], { phase: "expand" }, registry), names);
  assert.deepEqual(ids(plan([], { phase: "expand", order: "allow-gaps" }, registry)), [B]);
  assert.deepEqual(ids(plan([record(A)], { phase: "expand" }, registry)), [B]);
  // Only what would really be overtaken counts: the expand migration comes after the selected one here.
  assert.deepEqual(ids(plan([], { phase: "contract", to: A }, registry)), [A]);
  assert.throws(
    () => plan([record(A)], { phase: "contract" }, registry),
    (error) => error instanceof ConflictError && /--phase expand first/.test(error.hint ?? ""),
  );
});

Deno.test("planUp() of a phase never overtakes a pending migration, whatever is applied", () => {
  const migration = fc.constantFrom("expand" as const, "contract" as const, undefined);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(migration, fc.boolean()), { maxLength: 8 }),
      fc.constantFrom("expand" as const, "contract" as const),
      (choices, phase) => {
        const registry = choices.map(([own], index) => phased(`20240101_00000${index}`, own));
        const records = registry.filter((_, index) => choices[index]?.[1]).map(({ id }) => record(id));
        const newest = records.map(({ id }) => id).at(-1) ?? "";
        let pending: string[];
        try {
          pending = ids(plan(records, { phase }, registry));
        } catch (error) {
          assert.ok(error instanceof ConflictError && error.kind === "gap");
          return;
        }
        const applied = new Set([...records.map(({ id }) => id), ...pending]);
        const last = pending.at(-1) ?? "";
        assert.ok(pending.every((id) => id > newest));
        assert.ok(pending.length === 0 || registry.every(({ id }) => id > last || applied.has(id)));
      },
    ),
  );
});
