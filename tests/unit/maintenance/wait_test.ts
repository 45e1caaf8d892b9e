import assert from "node:assert/strict";
import { TimeoutError } from "../../../lib/base/errors.ts";
import type { RunContext } from "../../../lib/runner/context.ts";
import { waitUntilApplied } from "../../../lib/maintenance/wait.ts";
import { entry, record } from "../../support/records.ts";
import { LedgerFixture } from "./_fixture.ts";

const [A, B] = ["20240101_000001", "20240101_000002"] as const;
const REGISTRY = [entry(A), entry(B)];
const HOLDER = { host: "pod-1", pid: 1, version: "test", command: "up", since: "2024-01-01T00:00:00.000Z" };

function wait(fixture: LedgerFixture, overrides: Partial<RunContext> = {}, timeoutMs = 60_000) {
  return waitUntilApplied(fixture.context(REGISTRY, overrides), { timeoutMs, promote: false });
}

Deno.test("waitUntilApplied() ends with one request when everything is applied", async () => {
  const fixture = new LedgerFixture();
  await fixture.plant([record(A), record(B)]);
  assert.deepEqual(await fixture.clock.run(wait(fixture)), { applied: [], drifted: [] });
  assert.equal(fixture.ledger.requests.length, 1);
});

Deno.test("waitUntilApplied() ends when the database is ahead, also further than the lease tells", async () => {
  const fixture = new LedgerFixture();
  const later = Array.from(
    { length: 60 },
    (_, index) => record(`20250101_${String(index + 1).padStart(6, "0")}`),
  );
  await fixture.plant([record(A), record(B), ...later]);
  assert.deepEqual(await fixture.clock.run(wait(fixture)), { applied: [], drifted: [] });
});

Deno.test("waitUntilApplied() ends when what is applied was changed since, and says so", async () => {
  const fixture = new LedgerFixture();
  await fixture.plant([record(A), record(B, { checksums: ["v1:other"] })]);
  assert.deepEqual(await fixture.clock.run(wait(fixture)), { applied: [], drifted: [B] });
});

Deno.test("waitUntilApplied() waits until the last migration is recorded", async () => {
  const fixture = new LedgerFixture();
  await fixture.plant([record(A)], { holder: HOLDER });
  const waiting = wait(fixture);
  await fixture.clock.advance(20_000);
  await fixture.plant([record(A), record(B)], { holder: HOLDER });
  await fixture.clock.run(waiting);
  const [event] = fixture.events;
  assert.deepEqual(event, { type: "migrations-awaited", pending: [B], holder: HOLDER, waitedMs: 0 });
});

Deno.test("waitUntilApplied() does not take a rollback under way for the end", async () => {
  const fixture = new LedgerFixture();
  await fixture.plant([record(A), record(B)], { holder: { ...HOLDER, command: "rollback" } });
  await assert.rejects(() => fixture.clock.run(wait(fixture, {}, 5_000)), { code: "timeout" });
});

Deno.test("waitUntilApplied() spends at most one request unit a second, whatever the history does", async () => {
  const fixture = new LedgerFixture();
  await fixture.plant([record(A, { status: "running" })], { holder: HOLDER });
  const waiting = assert.rejects(() => wait(fixture, {}, 300_000), { code: "timeout" });
  for (let second = 0; second < 300; second++) {
    await fixture.clock.advance(1_000);
    const before = fixture.ledger.requests.length;
    if (second % 3 === 0) {
      await fixture.plant([record(A, { status: "running", attempts: second })], { holder: HOLDER });
      // Planting is not waiting.
      fixture.ledger.requests.length = before;
    }
  }
  await fixture.clock.run(waiting);
  assert.ok(fixture.ledger.requests.length <= 300, `${fixture.ledger.requests.length} requests in 300 s`);
  assert.ok(fixture.ledger.requests.length >= 150, "the test has to see it read");
  assert.equal(fixture.writes, 0);
});

Deno.test("waitUntilApplied() reads the history again only when the lease says that it changed", async () => {
  const fixture = new LedgerFixture();
  await fixture.plant([record(A)], { holder: HOLDER });
  await assert.rejects(() => fixture.clock.run(wait(fixture)), { code: "timeout" });
  assert.equal(fixture.ledger.requests.filter(({ kind }) => kind === "list").length, 1);
});

Deno.test("waitUntilApplied() does not believe a history that is older than the lease, and reads it again", async () => {
  for (const status of ["reverted", "running"] as const) {
    const fixture = new LedgerFixture();
    await fixture.plant([record(A), record(B, { status })]);
    // The lease is as somebody wrote it together with this record; reads still show the one before.
    const current = fixture.ledger.documents.get(`migration:${B}`);
    if (current === undefined) throw new Error("The record is missing");
    fixture.ledger.documents.set(`migration:${B}`, { ...current, status: "applied" });
    const waiting = assert.rejects(() => wait(fixture), { code: "timeout", message: /1 is pending/ });
    await fixture.clock.advance(20_000);
    fixture.ledger.documents.set(`migration:${B}`, current);
    await fixture.clock.run(waiting);
  }
});

Deno.test("waitUntilApplied() ends with 75's error when its time is over, and names who is at work", async () => {
  const fixture = new LedgerFixture();
  await fixture.plant([record(A)], { holder: HOLDER });
  await assert.rejects(() => fixture.clock.run(wait(fixture)), {
    code: "timeout",
    message: /1 is pending, pod-1 \(process 1\) is migrating; waited 1m/,
  });
});

Deno.test("waitUntilApplied() tells what it saw when the command's own time limit is the shorter one", async () => {
  const fixture = new LedgerFixture();
  await fixture.plant([record(A)]);
  const controller = new AbortController();
  const waiting = assert.rejects(() => wait(fixture, { signal: controller.signal }), {
    code: "timeout",
    message: /1 is pending, nobody is migrating/,
  });
  await fixture.clock.advance(5_000);
  controller.abort(new TimeoutError("The command did not end in time"));
  await fixture.clock.run(waiting);
});

Deno.test("waitUntilApplied() ends at once when a rollback holds a migration of this binary", async () => {
  const fixture = new LedgerFixture();
  await fixture.plant([record(A), record(B, { status: "held" })]);
  await assert.rejects(() => fixture.clock.run(wait(fixture)), { code: "temporary", message: /is held/ });
  assert.equal(fixture.clock.monotonicMs(), 0);
});

Deno.test("waitUntilApplied() waits for a ledger that is not there yet, also when it may be promoted", async () => {
  for (const promote of [false, true]) {
    const fixture = new LedgerFixture();
    const waiting = waitUntilApplied(fixture.context(REGISTRY), { timeoutMs: 60_000, promote });
    await fixture.clock.advance(10_000);
    assert.equal(fixture.writes, 0);
    await fixture.plant([record(A), record(B)]);
    assert.deepEqual(await fixture.clock.run(waiting), { applied: [], drifted: [] });
  }
});

Deno.test("waitUntilApplied() is promoted when the lease is free, or not renewed for its duration, and not before", async () => {
  for (const [holder, afterMs] of [[null, 0], [HOLDER, 30_000]] as const) {
    const fixture = new LedgerFixture();
    await fixture.plant([record(A)], { holder });
    const empty = { ...entry(B), migration: { ...entry(B).migration, up: [] } };
    let promotedAtMs: number | undefined;
    const context = fixture.context([entry(A), empty], {
      emit: (event) => {
        if (event.type === "lease-acquired") promotedAtMs = fixture.clock.monotonicMs();
      },
    });
    const report = await fixture.clock.run(waitUntilApplied(context, { timeoutMs: 600_000, promote: true }));
    assert.deepEqual(report.applied, [B]);
    assert.ok(promotedAtMs !== undefined && promotedAtMs >= afterMs, `promoted after ${promotedAtMs} ms`);
  }
});
