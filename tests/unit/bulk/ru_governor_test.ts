import assert from "node:assert/strict";
import { sleep } from "../../../lib/base/clock.ts";
import { RuGovernor } from "../../../lib/bulk/ru_governor.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

const signal = new AbortController().signal;

Deno.test("RuGovernor lets everything pass without a cap", async () => {
  const clock = new VirtualClock();
  const governor = new RuGovernor({ clock, ruPerSecond: undefined });

  for (let count = 0; count < 100; count++) {
    (await governor.reserve("write", { documents: 100, signal })).settle(10_000);
  }

  assert.equal(clock.monotonicMs(), 0);
  assert.equal(governor.documentsPerRequest("write", 100), 100);
});

Deno.test("RuGovernor earns nothing before the first request", async () => {
  const clock = new VirtualClock();
  const governor = new RuGovernor({ clock, ruPerSecond: 100 });
  await clock.run(sleep(clock, { ms: 5_000 }));

  await clock.run(governor.reserve("read", { documents: 100, signal }));

  assert.equal(clock.monotonicMs(), 6_000);
});

Deno.test("RuGovernor earns what a request costs before it is sent", async () => {
  const clock = new VirtualClock();
  const governor = new RuGovernor({ clock, ruPerSecond: 100 });
  let spent = 0;

  for (let count = 0; count < 50; count++) {
    const { settle } = await clock.run(governor.reserve("write", { documents: 5, signal }));
    settle(50);
    spent += 50;
  }

  const earned = clock.monotonicMs() / 1_000 * 100;
  assert.ok(spent <= earned + 1 && spent >= earned * 0.98, `${spent} of ${earned}`);
});

Deno.test("RuGovernor shares the budget between those who ask at the same time, in their order", async () => {
  const clock = new VirtualClock();
  const governor = new RuGovernor({ clock, ruPerSecond: 110 });
  const order: string[] = [];
  const ask = async (name: string) => {
    const { settle } = await governor.reserve("write", { documents: 10, signal });
    order.push(`${name} ${Math.round(clock.monotonicMs() / 1_000)}`);
    settle(110);
  };

  await clock.run(Promise.all([ask("a"), ask("b"), ask("c")]));

  assert.deepEqual(order, ["a 1", "b 2", "c 3"]);
});

Deno.test("RuGovernor makes those wait who come after a request that cost more than expected", async () => {
  const clock = new VirtualClock();
  const governor = new RuGovernor({ clock, ruPerSecond: 100 });
  const first = await clock.run(governor.reserve("read", { documents: 100, signal }));
  const second = governor.reserve("read", { documents: 1, signal });
  first.settle(600);

  await clock.run(second);

  assert.ok(clock.monotonicMs() >= 6_000, `${clock.monotonicMs()}`);
});

Deno.test("RuGovernor keeps requests to what one second earns", async () => {
  const clock = new VirtualClock();
  const governor = new RuGovernor({ clock, ruPerSecond: 400 });

  (await clock.run(governor.reserve("write", { documents: 10, signal }))).settle(200);

  assert.equal(governor.documentsPerRequest("write", 100), 20);
  assert.equal(governor.documentsPerRequest("write", 5), 5);
});

Deno.test("RuGovernor gives back what an aborted wait has reserved", async () => {
  const clock = new VirtualClock();
  const governor = new RuGovernor({ clock, ruPerSecond: 10 });
  const stop = new AbortController();
  const waiting = governor.reserve("read", { documents: 1_000, signal: stop.signal });
  stop.abort(new Error("stop"));
  await assert.rejects(waiting, /stop/);

  await clock.run(governor.reserve("read", { documents: 10, signal }));

  assert.ok(clock.monotonicMs() <= 1_000);
});

Deno.test("RuGovernor refuses a cap of nothing", () => {
  assert.throws(() => new RuGovernor({ clock: new VirtualClock(), ruPerSecond: 0 }), RangeError);
});
