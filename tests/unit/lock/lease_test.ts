import assert from "node:assert/strict";
import { LeaseLostError } from "../../../lib/base/errors.ts";
import { acquire, fixture, newFixture } from "./_fixture.ts";

Deno.test("acquireLease() creates the lease and takes term and payload from the records", async () => {
  const fix = newFixture();
  const { ledger, clock } = fix;
  const lease = await acquire(fix, {
    restore: () =>
      Promise.resolve({ term: 6, hasRecords: false, payload: { sequence: 4, digest: "d", intent: null } }),
  });
  assert.equal(lease.term, 7);
  assert.deepEqual(lease.payload, { sequence: 4, digest: "d", intent: null });
  assert.equal(ledger.documents.get("lease")?.["provisional"], false);
  assert.equal(ledger.documents.get("lease")?.["fenceProven"], true);
  await clock.run(lease.release({ unanswered: 0 }));
});

Deno.test("acquireLease() refuses an endpoint that ignores the condition of a batch", async () => {
  const fix = newFixture();
  fix.ledger.ignoresConditions = true;
  await assert.rejects(() => acquire(fix), { code: "ledger-unusable" });
  assert.equal(fix.ledger.documents.get("lease")?.["holder"], null);
});

Deno.test("acquireLease() waits for a live holder and gives up after the lock timeout", async () => {
  const fix = newFixture();
  const holder = await acquire(fix);
  const second = fixture(fix);
  await assert.rejects(() => acquire(second, { lockTimeoutMs: 120_000 }), { code: "lease-held" });
  assert.ok(fix.clock.monotonicMs() >= 120_000);
  assert.equal(holder.signal.aborted, false);
  await fix.clock.run(holder.release({ unanswered: 0 }));
});

Deno.test("acquireLease() reads a held lease at most once a second while it waits", async () => {
  const fix = newFixture();
  const holder = await acquire(fix);
  const before = fix.ledger.requests.length;
  await assert.rejects(() => acquire(fixture(fix), { lockTimeoutMs: 60_000 }), { code: "lease-held" });
  const reads = fix.ledger.requests.slice(before).filter(({ kind }) => kind === "read").length;
  assert.ok(reads > 30 && reads <= 61, `${reads} reads in 60 s`);
  await fix.clock.run(holder.release({ unanswered: 0 }));
});

Deno.test("acquireLease() takes over a lease whose holder stopped renewing, and settles", async () => {
  const fix = newFixture();
  const dead = await acquire(fix);
  dead.abandon();
  const startedMs = fix.clock.monotonicMs();
  const lease = await acquire(fixture(fix));
  const waitedMs = fix.clock.monotonicMs() - startedMs;
  assert.ok(waitedMs >= 30_000 && waitedMs < 33_000, `took over after ${waitedMs} ms`);
  assert.equal(lease.term, dead.term + 1);
  await fix.clock.run(lease.settle(new AbortController().signal));
  assert.ok(fix.clock.monotonicMs() - startedMs - waitedMs >= 20_000, "no settle time");
  await fix.clock.run(lease.release({ unanswered: 0 }));
});

Deno.test("acquireLease() judges expiry by the server's own clock as well", async () => {
  const fix = newFixture();
  (await acquire(fix)).abandon();
  fix.ledger.serverOffsetMs = 37_000;
  const startedMs = fix.clock.monotonicMs();
  const lease = await acquire(fixture(fix));
  assert.ok(fix.clock.monotonicMs() - startedMs < 1_000);
  await fix.clock.run(lease.release({ unanswered: 0 }));
});

Deno.test("acquireLease() does not settle after a clean release, but does after one with unanswered requests", async () => {
  const fix = newFixture();
  const clean = await acquire(fix);
  await fix.clock.run(clean.release({ unanswered: 0 }));
  const second = await acquire(fixture(fix));
  const startedMs = fix.clock.monotonicMs();
  await fix.clock.run(second.settle(new AbortController().signal));
  assert.equal(fix.clock.monotonicMs(), startedMs);
  await fix.clock.run(second.release({ unanswered: 1 }));
  const third = await acquire(fixture(fix));
  await fix.clock.run(third.settle(new AbortController().signal));
  assert.ok(fix.clock.monotonicMs() - startedMs >= 20_000);
  await fix.clock.run(third.release({ unanswered: 0 }));
});

Deno.test("acquireLease() passes on an unsettled state that it did not wait for", async () => {
  const fix = newFixture();
  await fix.clock.run((await acquire(fix)).release({ unanswered: 1 }));
  await fix.clock.run((await acquire(fixture(fix))).release({ unanswered: 0 }));
  assert.equal(fix.ledger.documents.get("lease")?.["unsettled"], "unanswered");
});

Deno.test("acquireLease() recognises its own attempt when the answer was lost", async () => {
  for (const kind of ["create", "replace"] as const) {
    const fix = newFixture();
    if (kind === "replace") await fix.clock.run((await acquire(fix)).release({ unanswered: 0 }));
    let lost = 0;
    const next = fixture(fix);
    fix.ledger.faults = (request) => request.kind === kind && lost++ === 0 ? "lost-after-commit" : undefined;
    const lease = await acquire(next);
    assert.ok(lost > 0);
    assert.equal(lease.term, kind === "create" ? 1 : 2);
    fix.ledger.faults = undefined;
    await fix.clock.run(lease.release({ unanswered: 0 }));
  }
});

Deno.test("Lease.write() is refused as a whole when somebody else took the lease over", async () => {
  const fix = newFixture();
  const paused = await acquire(fix);
  fix.freeze();
  const successor = await acquire(fixture(fix));
  const zombie = fix.ledger.documents.size;
  await assert.rejects(
    () => fix.clock.run(paused.write([{ kind: "upsert", document: { id: "migration:x" } }])),
    LeaseLostError,
  );
  assert.equal(fix.ledger.documents.size, zombie);
  await fix.clock.run(successor.release({ unanswered: 0 }));
});

Deno.test("Lease.write() resolves a lost answer: what took effect is not written twice, what did not is", async () => {
  for (const fault of ["lost-after-commit", "lost-before-commit"] as const) {
    const fix = newFixture();
    const lease = await acquire(fix);
    let lost = 0;
    fix.ledger.faults = (request) => request.kind === "batch" && lost++ === 0 ? fault : undefined;
    const before = fix.ledger.requests.length;
    await fix.clock.run(lease.write([{ kind: "create", document: { id: "migration:x" } }]));
    assert.ok(fix.ledger.documents.has("migration:x"));
    const batches = fix.ledger.requests.slice(before).filter(({ kind }) => kind === "batch").length;
    assert.equal(batches, fault === "lost-after-commit" ? 1 : 2);
    await fix.clock.run(lease.write([{ kind: "upsert", document: { id: "migration:y" } }]));
    await fix.clock.run(lease.release({ unanswered: 0 }));
    assert.equal(fix.ledger.documents.get("lease")?.["holder"], null);
  }
});

Deno.test("Lease renews itself and loses itself when it can't", async () => {
  const fix = newFixture();
  const lease = await acquire(fix);
  await fix.clock.advance(300_000);
  assert.equal(lease.signal.aborted, false);
  lease.assertMayWriteOutside();
  fix.ledger.faults = () => "unavailable";
  await fix.clock.advance(21_000);
  assert.equal(lease.signal.aborted, true);
  assert.ok(lease.signal.reason instanceof LeaseLostError);
  assert.throws(() => lease.assertMayWriteOutside(), LeaseLostError);
});

Deno.test("Lease.assertMayWriteOutside() cuts off before the lease can be taken over", async () => {
  const fix = newFixture();
  const lease = await acquire(fix);
  fix.ledger.faults = () => "unavailable";
  await fix.clock.advance(17_900);
  lease.assertMayWriteOutside();
  await fix.clock.advance(200);
  assert.throws(() => lease.assertMayWriteOutside(), /nothing may be written after 18000 ms/);
});

Deno.test("Lease takes its deadline from the wall clock when the monotonic one stood still", async () => {
  const fix = newFixture();
  const lease = await acquire(fix);
  fix.suspend(25_000);
  assert.throws(() => lease.assertMayWriteOutside(), LeaseLostError);
});

Deno.test("Lease.release() leaves a lease alone that belongs to somebody else", async () => {
  const fix = newFixture();
  const first = await acquire(fix);
  fix.ledger.documents.set("lease", {
    ...fix.ledger.documents.get("lease")!,
    nonce: "other",
    _etag: '"other"',
  });
  await fix.clock.run(first.release({ unanswered: 0 }));
  assert.equal(fix.ledger.documents.get("lease")?.["nonce"], "other");
  assert.notEqual(fix.ledger.documents.get("lease")?.["holder"], null);
});

Deno.test("Lease.write() goes on when a document that it deletes is gone already, and is lost when the lease is", async () => {
  const fix = newFixture();
  const lease = await acquire(fix);
  await fix.clock.run(lease.write([
    { kind: "delete", id: "checkpoint:gone" },
    { kind: "upsert", document: { id: "migration:x" } },
  ]));
  assert.ok(fix.ledger.documents.has("migration:x"));
  assert.equal(lease.signal.aborted, false);
  fix.ledger.documents.delete("lease");
  await assert.rejects(
    () => fix.clock.run(lease.write([{ kind: "delete", id: "checkpoint:gone" }])),
    /its document is gone/,
  );
});

Deno.test("acquireLease() tries the fence again when the answer of the trial was lost", async () => {
  for (const fault of ["lost-after-commit", "lost-before-commit", "unavailable"] as const) {
    const fix = newFixture();
    let lost = 0;
    fix.ledger.faults = (request) => {
      const isTrial = request.kind === "batch" || (request.kind === "read" && request.id === "fence-probe");
      return isTrial && lost++ < 3 ? fault : undefined;
    };
    const lease = await acquire(fix);
    assert.ok(lost > 3);
    assert.equal(lease.state.fenceProven, true);
    await fix.clock.run(lease.release({ unanswered: 0 }));
  }
});
