import assert from "node:assert/strict";
import { NO_FOCUS } from "./_focus.ts";
import { runSchedule } from "./_schedule.ts";
import { simulate } from "./_simulate.ts";
import { LIB, loadSubject } from "./_subject.ts";
import { WorkerPool } from "./_worker_pool.ts";

const SCHEDULES = 20_000;

Deno.test(`runUp() and runRollback() keep their promises in ${SCHEDULES} schedules`, async () => {
  await using pool = new WorkerPool();
  const { schedules, requests, findings } = await simulate(pool, { firstSeed: 1, schedules: SCHEDULES });
  const [first] = findings;
  assert.equal(schedules, SCHEDULES);
  assert.ok(requests > 50 * SCHEDULES, `only ${requests} requests`);
  assert.equal(
    first,
    undefined,
    `${findings.length} schedules broke a promise: ${first?.violations.join("; ")}\n` +
      `Replay with: deno task simulate --runs 1 --seed ${first?.seed}`,
  );
});

Deno.test("runSchedule() replays a seed exactly", async () => {
  const subject = await loadSubject(LIB);
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const first = await runSchedule(subject, { seed, focus: NO_FOCUS, traced: true });
    const second = await runSchedule(subject, { seed, focus: NO_FOCUS, traced: true });
    assert.ok(first.trace.length > 20);
    assert.deepEqual(second, first);
  }
});
