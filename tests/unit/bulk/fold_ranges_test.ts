import assert from "node:assert/strict";
import { TemporaryError } from "../../../lib/base/errors.ts";
import { foldRanges } from "../../../lib/bulk/fold_ranges.ts";
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
