import assert from "node:assert/strict";
import { CosmosError, TemporaryError } from "../../../lib/base/errors.ts";
import { sleep } from "../../../lib/base/clock.ts";
import { RangeLane } from "../../../lib/bulk/range_lane.ts";
import { RuGovernor } from "../../../lib/bulk/ru_governor.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { cosmosError } from "../../support/fake_container.ts";

function setup(maxInFlight = 4) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const governor = new RuGovernor({ clock, ruPerSecond: undefined });
  const lane = new RangeLane({
    ...{ clock, governor, maxInFlight },
    random: () => 0,
    signal: stop.signal,
    patienceMs: 60_000,
    label: "range 0",
  });
  let inFlight = 0;
  let most = 0;
  const request = async () => {
    most = Math.max(most, ++inFlight);
    await sleep(clock, { ms: 10 });
    inFlight--;
  };
  const send = () => lane.send(request, { kind: "write", documents: 1, chargeOf: () => 1 });
  const mostOf = async (count: number) => {
    most = 0;
    await clock.run(Promise.all(Array.from({ length: count }, send)));
    return most;
  };
  return { clock, lane, stop, send, mostOf };
}

Deno.test("RangeLane keeps no more requests in flight than it may, halves that when throttled and adds with success", async () => {
  const { clock, lane, mostOf } = setup();
  assert.equal(await mostOf(10), 4);

  await clock.run(lane.setBack({ status: 429, retryAfterMs: 5 }));
  assert.equal(await mostOf(10), 2);
  await clock.run(lane.setBack({ status: 429, retryAfterMs: 5 }));
  assert.equal(await mostOf(10), 1);
  lane.progressed();
  assert.equal(await mostOf(10), 2);
  for (let count = 0; count < 20; count++) lane.progressed();
  assert.equal(await mostOf(10), 4);
});

Deno.test("RangeLane sends nothing while the service asked it to wait", async () => {
  const { clock, lane, send } = setup();
  const throttled = lane.send(() => Promise.reject(cosmosError(429, 700)), {
    kind: "read",
    documents: 1,
    chargeOf: () => 1,
  });
  await clock.advance(1);
  const other = send();

  assert.equal((await clock.run(throttled)).kind, "failed");
  await clock.run(other);

  assert.equal(clock.monotonicMs(), 710);
});

Deno.test("RangeLane waits longer from time to time when nobody says how long", async () => {
  const { clock, lane } = setup();
  const waits: number[] = [];
  for (let count = 0; count < 8; count++) {
    const before = clock.monotonicMs();
    await clock.run(lane.setBack({ status: 503 }));
    waits.push(clock.monotonicMs() - before);
  }

  assert.deepEqual(waits, [50, 100, 200, 400, 800, 1_600, 2_500, 2_500]);
});

Deno.test("RangeLane gives up a wait that would exceed its patience, and begins anew after a success", async () => {
  const { clock, lane } = setup();
  await clock.run(lane.setBack({ status: 429, retryAfterMs: 50_000 }));
  lane.progressed();
  await clock.run(lane.setBack({ status: 429, retryAfterMs: 50_000 }));

  await assert.rejects(clock.run(lane.setBack({ status: 429, retryAfterMs: 20_000 })), TemporaryError);
});

Deno.test("RangeLane lets go of everybody who waits for a turn when it is stopped", async () => {
  const { clock, stop, send } = setup(1);
  const sent = Array.from({ length: 5 }, send);
  const outcomes = Promise.allSettled(sent);
  await clock.advance(5);
  stop.abort(new Error("stop"));

  const [first, ...others] = await clock.run(outcomes);

  assert.equal(first?.status, "fulfilled");
  assert.ok(others.every(({ status }) => status === "rejected"));
});

Deno.test("RangeLane passes on what another try cannot help", async () => {
  const { clock, lane } = setup();
  for (const error of [cosmosError(403), new Error("the lease is gone")]) {
    const sent = lane.send(() => Promise.reject(error), { kind: "write", documents: 1, chargeOf: () => 1 });
    await assert.rejects(clock.run(sent), (thrown) => thrown === error || thrown instanceof CosmosError);
  }
});
