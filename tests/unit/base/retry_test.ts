import assert from "node:assert/strict";
import type { Clock } from "../../../lib/base/clock.ts";
import { exponentialBackoff, retry } from "../../../lib/base/retry.ts";

/** A clock on which every wait is over at once and only waits take time. */
function steppingClock(): Clock & { readonly waits: number[] } {
  let nowMs = 0;
  const waits: number[] = [];
  return {
    waits,
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    schedule(callback, delayMs) {
      waits.push(delayMs);
      nowMs += delayMs;
      queueMicrotask(callback);
      return () => {};
    },
  };
}

const TEMPORARY = new Error("temporary");
const backoff = (random: number) =>
  exponentialBackoff({
    isTemporary: (error) => error === TEMPORARY,
    random: () => random,
    initialMs: 100,
    maxMs: 1_000,
  });

Deno.test("exponentialBackoff() doubles up to its maximum, of which half is random", () => {
  const waits = (random: number) =>
    [1, 2, 3, 4, 5, 6].map((failures) => backoff(random)(TEMPORARY, failures));
  assert.deepEqual(
    waits(0).map((decision) => decision.kind === "retry" && decision.afterMs),
    [50, 100, 200, 400, 500, 500],
  );
  assert.deepEqual(
    waits(0.5).map((decision) => decision.kind === "retry" && decision.afterMs),
    [75, 150, 300, 600, 750, 750],
  );
});

Deno.test("exponentialBackoff() waits as long as it is asked to, and gives up on what does not pass", () => {
  const strategy = exponentialBackoff({
    isTemporary: (error) => error === TEMPORARY,
    retryAfterMs: () => 2_000,
    random: () => 0,
  });
  assert.deepEqual(strategy(TEMPORARY, 1), { kind: "retry", afterMs: 2_000 });
  assert.deepEqual(strategy(new Error("for good"), 1), { kind: "give-up" });
});

Deno.test("retry() gives the first success", async () => {
  const clock = steppingClock();
  let attempts = 0;
  const value = await retry(() => {
    if (++attempts < 3) throw TEMPORARY;
    return Promise.resolve("done");
  }, { strategy: backoff(0), clock, patienceMs: 1_000 });
  assert.deepEqual([value, clock.waits], ["done", [50, 100]]);
});

Deno.test("retry() begins no wait that exceeds its patience, and tells attempts what is left", async () => {
  const clock = steppingClock();
  const left: number[] = [];
  const never = retry((leftMs) => {
    left.push(leftMs);
    return Promise.reject(TEMPORARY);
  }, { strategy: backoff(0), clock, patienceMs: 350 });
  await assert.rejects(never, TEMPORARY);
  assert.deepEqual(left, [350, 300, 200]);
});

Deno.test("retry() throws what it may not repeat, and the reason when it is aborted", async () => {
  const clock = steppingClock();
  const bad = new Error("for good");
  const options = { strategy: backoff(0), clock, patienceMs: 1_000 };
  await assert.rejects(retry(() => Promise.reject(bad), options), bad);
  const controller = new AbortController();
  const reason = new Error("stop");
  const aborted = retry(() => {
    controller.abort(reason);
    return Promise.reject(TEMPORARY);
  }, { ...options, signal: controller.signal });
  await assert.rejects(aborted, reason);
  assert.deepEqual(clock.waits, []);
});
