import assert from "node:assert/strict";
import { sleep } from "../../../lib/base/clock.ts";
import { TemporaryError } from "../../../lib/base/errors.ts";
import { foldRanges } from "../../../lib/bulk/fold_ranges.ts";
import { RuGovernor } from "../../../lib/bulk/ru_governor.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { FakeContainer } from "../../support/fake_container.ts";
import { fill, seededRandom } from "../../support/pass_fixture.ts";

function ids(clock: VirtualClock, container: FakeContainer) {
  return clock.run(foldRanges(container, {
    query: "SELECT * FROM c",
    clock,
    random: seededRandom(1),
    signal: new AbortController().signal,
    patienceMs: 10_000,
    start: (): string[] => [],
    add: (found, { id }) => [...found, String(id)],
  }));
}

Deno.test("foldRanges() sees every row once, also when ranges split and merge and requests fail", async () => {
  const clock = new VirtualClock();
  const container = new FakeContainer({ clock, ranges: 3 });
  fill(container, 2_500);
  let requests = 0;
  container.before = () => {
    requests++;
    if (requests === 2 || requests === 5) container.split();
    if (requests === 9) container.merge();
  };
  container.fault = () => requests % 3 === 0 ? { kind: "refused", status: 429, retryAfterMs: 5 } : undefined;

  const { totals, requestUnits } = await ids(clock, container);

  const all = totals.flat();
  assert.equal(all.length, 2_500);
  assert.equal(new Set(all).size, 2_500);
  assert.ok(requestUnits >= 2_500);
});

Deno.test("foldRanges() ends when a range stays gone, and when nothing is answered", async () => {
  for (const status of [410, 503]) {
    const clock = new VirtualClock();
    const container = new FakeContainer({ clock });
    container.fault = () => ({ kind: "refused", status });

    await assert.rejects(ids(clock, container), TemporaryError);
  }
});

Deno.test("foldRanges() stops at what its function throws", async () => {
  const clock = new VirtualClock();
  const container = new FakeContainer({ clock, ranges: 4 });
  fill(container, 100);

  await assert.rejects(
    clock.run(foldRanges(container, {
      query: "SELECT * FROM c",
      clock,
      random: () => 0,
      signal: new AbortController().signal,
      start: () => 0,
      add: () => {
        throw new Error("too many");
      },
    })),
    /too many/,
  );
});

Deno.test("foldRanges() keeps pages within the budget of a second, whatever counts have cost before", async () => {
  const clock = new VirtualClock();
  const container = new FakeContainer({ clock, latencyMs: 5 });
  fill(container, 1_000);
  const governor = new RuGovernor({ clock, ruPerSecond: 100 });
  const options = {
    ...{ clock, governor, random: () => 0, signal: new AbortController().signal },
    start: () => 0,
    add: (total: number) => total + 1,
  };

  for (let count = 0; count < 5; count++) {
    await clock.run(
      foldRanges(container, { ...options, query: "SELECT COUNT(1) AS count FROM c", kind: "count" }),
    );
  }
  await clock.run(foldRanges(container, { ...options, query: "SELECT * FROM c" }));

  const largest = Math.max(...container.charges.map(({ charge }) => charge));
  assert.ok(largest <= 100, `${largest} in one request`);
});

Deno.test("foldRanges() expects little of a count, although a page of documents would be dear", async () => {
  const clock = new VirtualClock();

  await clock.run(foldRanges(new FakeContainer({ clock }), {
    ...{ clock, random: () => 0, signal: new AbortController().signal },
    governor: new RuGovernor({ clock, ruPerSecond: 1_000 }),
    kind: "count",
    query: "SELECT COUNT(1) AS count FROM c",
    start: () => 0,
    add: (total) => total,
  }));

  assert.ok(clock.monotonicMs() < 10, `${clock.monotonicMs()} ms`);
});

Deno.test("foldRanges() reads so many ranges at once that a cap allows them to be dear", async () => {
  for (const [ruPerSecond, most] of [[400, 1], [3_000, 3], [undefined, 8]] as const) {
    const clock = new VirtualClock();
    const container = new FakeContainer({ clock, ranges: 10 });
    let [now, atOnce] = [0, 0];
    const { query } = container;
    container.query = async (request) => {
      atOnce = Math.max(atOnce, ++now);
      await sleep(clock, { ms: 50, signal: request.signal });
      now--;
      return await query.call(container, request);
    };

    await clock.run(foldRanges(container, {
      ...{ clock, random: () => 0, signal: new AbortController().signal },
      governor: new RuGovernor({ clock, ruPerSecond }),
      kind: "count",
      query: "SELECT COUNT(1) AS count FROM c",
      start: () => 0,
      add: (total) => total,
    }));

    assert.equal(atOnce, most, `${ruPerSecond} RU/s`);
  }
});
