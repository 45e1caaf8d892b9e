import assert from "node:assert/strict";
import type { Lease } from "../../../lib/lock/lease.ts";
import { acquire, type Fixture, fixture, newFixture } from "./_fixture.ts";

/** How long a holder waits before its first write outside the ledger. */
async function settleMs({ clock }: Fixture, lease: Lease): Promise<number> {
  const startedMs = clock.monotonicMs();
  await clock.run(lease.settle(new AbortController().signal));
  return clock.monotonicMs() - startedMs;
}

Deno.test("acquireLease() settles for the whole duration when the lease was deleted over records", async () => {
  const fix = newFixture();
  const payload = { sequence: 4, digest: "d", intent: null };
  const lease = await acquire(fix, {
    restore: () => Promise.resolve({ term: 6, hasRecords: true, payload }),
  });
  assert.equal(await settleMs(fix, lease), 30_000);
  await fix.clock.run(lease.release({ unanswered: 0 }));
  assert.equal(fix.ledger.documents.get("lease")?.["unsettled"], false);
});

Deno.test("Lease.release() passes a forced release on that it did not wait for", async () => {
  const fix = newFixture();
  const forced = await acquire(fix);
  const stored = fix.ledger.documents.get("lease");
  assert.ok(stored !== undefined);
  fix.ledger.documents.set("lease", { ...stored, nonce: "forced", holder: null, unsettled: "forced" });
  forced.abandon();
  await fix.clock.run((await acquire(fixture(fix))).release({ unanswered: 0 }));
  assert.equal(fix.ledger.documents.get("lease")?.["unsettled"], "forced");
  const next = await acquire(fixture(fix));
  assert.equal(await settleMs(fix, next), 30_000);
  await fix.clock.run(next.release({ unanswered: 0 }));
});
