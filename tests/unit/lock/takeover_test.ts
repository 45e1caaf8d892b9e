import assert from "node:assert/strict";
import { acquire, fixture, newFixture } from "./_fixture.ts";

/** Reads of the lease by a process that waits for it. */
function readTimes({ ledger, clock }: ReturnType<typeof newFixture>): number[] {
  const times: number[] = [];
  ledger.faults = ({ kind }) => {
    if (kind === "read") times.push(clock.monotonicMs());
    return undefined;
  };
  return times;
}

Deno.test("acquireLease() takes over from a holder that died when its lease ends, not a pause later", async () => {
  for (const seenAfterMs of [0, 300, 700, 1_300]) {
    const first = newFixture();
    const lease = await acquire(first);
    lease.abandon();
    await first.clock.advance(seenAfterMs);
    const next = await acquire(fixture(first), { random: () => 0.9 });
    const tookMs = first.clock.monotonicMs() - seenAfterMs;
    assert.ok(tookMs >= 30_000 && tookMs <= 30_020, `took over ${tookMs} ms after it was first seen`);
    next.abandon();
  }
});

Deno.test("acquireLease() never reads the lease of another holder twice within a second", async () => {
  for (const random of [0, 0.3, 0.99]) {
    const first = newFixture();
    const lease = await acquire(first);
    lease.abandon();
    const times = readTimes(first);
    const next = await acquire(fixture(first), { random: () => random });
    next.abandon();
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.ok(gaps.length > 10, "the test has to see it wait");
    assert.deepEqual(gaps.filter((gap) => gap < 1_000), []);
  }
});
