import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { readAudit } from "../../../lib/history/audit.ts";
import type { LeaseState } from "../../../lib/lock/lease_document.ts";
import { forceRelease } from "../../../lib/maintenance/force_release.ts";
import { acquire, fixture as otherProcess } from "../lock/_fixture.ts";
import { LedgerFixture } from "./_fixture.ts";

const HOLDER = {
  host: "pod-1",
  pid: 1,
  version: "test",
  command: "up",
  since: "2024-01-01T00:00:00.000Z",
};

async function held(lease: Partial<LeaseState> = {}): Promise<LedgerFixture> {
  const fixture = new LedgerFixture();
  await fixture.plant([], { term: 7, holder: HOLDER, ...lease });
  return fixture;
}

function release(
  fixture: LedgerFixture,
  options: { readonly term: number; readonly holderIsDead?: boolean },
) {
  return fixture.clock.run(
    forceRelease(fixture.context([]), {
      by: "ada@laptop",
      reason: "node lost",
      holderIsDead: false,
      ...options,
    }),
  );
}

function leaseOf(fixture: LedgerFixture): JsonObject {
  return fixture.ledger.documents.get("lease") ?? {};
}

Deno.test("forceRelease() frees the lease of the term that was named, and says that requests may still arrive", async () => {
  const fixture = await held();
  const { outcome, before } = await release(fixture, { term: 7 });
  assert.deepEqual([outcome, before.holder], ["released", HOLDER]);
  const { holder, unsettled, term } = leaseOf(fixture);
  assert.deepEqual([holder, unsettled, term], [null, "forced", 7]);
});

Deno.test("forceRelease() says that nothing can arrive when the holder is known to be dead", async () => {
  const fixture = await held();
  await release(fixture, { term: 7, holderIsDead: true });
  assert.equal(leaseOf(fixture)["unsettled"], false);
});

Deno.test("forceRelease() refuses a lease of another term and changes nothing", async () => {
  const fixture = await held();
  const before = { ...leaseOf(fixture) };
  await assert.rejects(() => release(fixture, { term: 6 }), {
    kind: "lease-changed",
    message: /current value is 7/,
  });
  assert.deepEqual(leaseOf(fixture), before);
});

Deno.test("forceRelease() refuses a lease that another process takes over just before it is written", async () => {
  const fixture = await held();
  fixture.ledger.faults = ({ kind }) => {
    if (kind !== "batch") return undefined;
    const lease = fixture.ledger.documents.get("lease");
    if (lease !== undefined) {
      fixture.ledger.documents.set("lease", { ...lease, term: 8, nonce: "successor", _etag: '"successor"' });
    }
    return undefined;
  };
  await assert.rejects(() => release(fixture, { term: 7 }), {
    kind: "lease-changed",
    message: /current value is 8/,
  });
  assert.equal(leaseOf(fixture)["nonce"], "successor");
});

Deno.test("forceRelease() goes on when the holder renews in between", async () => {
  const fixture = await held();
  let renewals = 2;
  fixture.ledger.faults = ({ kind }) => {
    const lease = fixture.ledger.documents.get("lease");
    if (kind === "batch" && renewals-- > 0 && lease !== undefined) {
      fixture.ledger.documents.set("lease", { ...lease, _etag: `"renewal-${renewals}"` });
    }
    return undefined;
  };
  assert.equal((await release(fixture, { term: 7 })).outcome, "released");
  assert.equal(leaseOf(fixture)["holder"], null);
});

Deno.test("forceRelease() does nothing to a lease that is free", async () => {
  const fixture = await held({ holder: null });
  assert.equal((await release(fixture, { term: 7 })).outcome, "free");
  assert.equal(fixture.writes, 0);
});

Deno.test("forceRelease() says that there is no lease where there is none", async () => {
  await assert.rejects(() => release(new LedgerFixture(), { term: 7 }), {
    code: "usage",
    message: /there is none/,
  });
});

Deno.test("forceRelease() recognises its own release when the answer is lost, also when a successor is there already", async () => {
  for (const isTakenOver of [false, true]) {
    const fixture = await held();
    let lost = false;
    fixture.ledger.faults = ({ kind }) => {
      if (kind === "batch" && !lost) {
        lost = true;
        return "lost-after-commit";
      }
      const lease = fixture.ledger.documents.get("lease");
      if (lost && isTakenOver && lease !== undefined && lease["holder"] === null) {
        fixture.ledger.documents.set("lease", {
          ...lease,
          ...{ term: 8, nonce: "successor", holder: { ...HOLDER, host: "pod-2" }, _etag: '"successor"' },
        });
      }
      return undefined;
    };
    assert.equal((await release(fixture, { term: 7 })).outcome, "released");
    assert.equal((await readAudit(fixture.ledger, fixture.context([]))).length, 1);
  }
});

Deno.test("forceRelease() leaves an entry in the audit trail", async () => {
  const fixture = await held();
  await release(fixture, { term: 7 });
  const [entry] = await readAudit(fixture.ledger, fixture.context([]));
  assert.deepEqual([entry?.action, entry?.by, entry?.reason, entry?.term], [
    "force-release",
    "ada@laptop",
    "node lost",
    7,
  ]);
  assert.deepEqual(entry?.before, { holder: HOLDER, holderIsDead: false });
});

Deno.test("forceRelease() stops a living holder with its next write", async () => {
  const fixture = new LedgerFixture();
  const lease = await acquire(otherProcess(fixture));
  await release(fixture, { term: lease.term });
  await fixture.clock.run(
    assert.rejects(() => lease.renew(), { code: "lease-lost", message: /released by somebody else/ }),
  );
});

Deno.test("forceRelease() makes the next holder wait for the old lease's duration, unless the holder is dead", async () => {
  for (const [holderIsDead, settles] of [[false, [45_000]], [true, []]] as const) {
    const fixture = await held({ durationMs: 45_000 });
    await release(fixture, { term: 7, holderIsDead });
    const next = otherProcess(fixture);
    const lease = await acquire(next);
    await fixture.clock.run(lease.settle(new AbortController().signal));
    const waits = next.events.flatMap((event) => event.type === "settling" ? [Math.round(event.waitMs)] : []);
    assert.deepEqual(waits, settles);
    lease.abandon();
  }
});
