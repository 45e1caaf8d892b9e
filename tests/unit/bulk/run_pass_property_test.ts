import assert from "node:assert/strict";
import fc from "fast-check";
import { runPass } from "../../../lib/bulk/run_pass.ts";
import type { Pass } from "../../../lib/bulk/pass.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { FakeContainer, type FakeFault, type FakeRequest } from "../../support/fake_container.ts";
import {
  countingPass,
  fill,
  MemoryCheckpoints,
  passContext,
  seededRandom,
} from "../../support/pass_fixture.ts";

/** What disturbs a run; probabilities for each request. */
interface Disturbance {
  readonly seed: number;
  readonly documents: number;
  readonly ranges: number;
  readonly pageSize: number;
  readonly faults: number;
  readonly liveWrites: number;
  readonly splits: number;
  readonly crashes: number;
  readonly latencyMs: number;
}

const disturbance: fc.Arbitrary<Disturbance> = fc.record({
  seed: fc.nat(),
  documents: fc.integer({ min: 0, max: 120 }),
  ranges: fc.integer({ min: 1, max: 4 }),
  pageSize: fc.integer({ min: 1, max: 40 }),
  faults: fc.constantFrom(0, 0.1, 0.3),
  liveWrites: fc.constantFrom(0, 1, 3),
  splits: fc.constantFrom(0, 0.02, 0.1),
  crashes: fc.constantFrom(0, 0.02, 0.1),
  latencyMs: fc.constantFrom(0, 7),
});

const FAULTS: readonly ((random: () => number) => FakeFault)[] = [
  (random) => ({ kind: "refused", status: 429, retryAfterMs: Math.floor(random() * 50) }),
  () => ({ kind: "refused", status: 429 }),
  () => ({ kind: "refused", status: 449 }),
  () => ({ kind: "refused", status: 503 }),
  () => ({ kind: "refused", status: 410 }),
  () => ({ kind: "refused", status: 0 }),
  () => ({ kind: "lost" }),
  () => ({ kind: "lost" }),
  (random) => ({ kind: "items", status: 429, retryAfterMs: 10, refuses: () => random() < 0.5 }),
  (random) => ({ kind: "items", status: 449, refuses: () => random() < 0.3 }),
  (random) => ({ kind: "items", status: 503, refuses: () => random() < 0.3 }),
];

class Crash extends Error {}

const PASSES: readonly ((seed: number) => Pass)[] = [
  () => countingPass(),
  // Without a condition: only the decision tells what is done.
  () =>
    countingPass({
      where: undefined,
      convergence: "decide",
      decide: (document) =>
        document["version"] === 2
          ? { kind: "skip" }
          : { kind: "replace", document: { ...document, version: Number(document["version"]) + 1 } },
    }),
  () =>
    countingPass({
      read: ["version"],
      decide: async (document) => {
        await Promise.resolve();
        const version = Number(document["version"]) + 1;
        return {
          kind: "patch",
          operations: [{ op: "set", path: "/version", value: version }],
          after: { ...document, version },
        };
      },
    }),
];

async function disturbedRun(pass: Pass, options: Disturbance) {
  const random = seededRandom(options.seed);
  const clock = new VirtualClock();
  const { documents, ranges, latencyMs } = options;
  const container = new FakeContainer({ clock, ranges, latencyMs });
  fill(container, documents);
  const checkpoints = new MemoryCheckpoints();
  const expected = new Map<string, number>();
  let crashed = false;
  let lives = 30;
  const dieIfDead = () => {
    if (crashed) throw new Crash();
  };
  checkpoints.before = dieIfDead;
  container.before = (request: FakeRequest) => {
    dieIfDead();
    if (lives > 0 && random() < options.crashes) {
      crashed = true;
      lives--;
    }
    dieIfDead();
    if (random() < options.splits) container.split(pick(container.rangeIds(), random));
    if (random() < options.splits / 2) container.merge();
    if (request.kind !== "write") return;
    for (let count = 0; count < options.liveWrites && documents > 0; count++) {
      if (random() < 0.3) continue;
      const id = `d${Math.floor(random() * documents)}`;
      const live = (expected.get(id) ?? 0) + 1;
      expected.set(id, live);
      container.put({ ...container.document(id), id, live });
    }
  };
  container.fault = () => random() < options.faults ? pick(FAULTS, random)(random) : undefined;
  const settings = { pageSize: options.pageSize, concurrency: 3, patienceMs: 3_600_000 };
  for (let attempt = 0; attempt <= 30; attempt++) {
    crashed = false;
    try {
      const running = runPass(pass, passContext({ clock, container, checkpoints, settings }));
      return { outcome: await clock.run(running), container, expected, attempt, checkpoints };
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
  assert.fail("It dies less often than that");
}

for (const [index, makePass] of PASSES.entries()) {
  Deno.test(`runPass() ends in the same state whatever disturbs it, with pass ${index}`, async () => {
    await fc.assert(
      fc.asyncProperty(disturbance, async (options) => {
        const { outcome, container, expected, attempt } = await disturbedRun(makePass(options.seed), options);

        for (let number = 0; number < options.documents; number++) {
          const id = `d${number}`;
          assert.equal(container.document(id)?.["version"], 2, `${id} is changed once`);
          assert.equal(container.document(id)?.["live"], expected.get(id), `${id} keeps live changes`);
          assert.equal(container.writesById.get(id), 1, `${id} is written once`);
        }
        const { read, changed, skipped } = outcome.documents;
        assert.equal(read, changed + skipped);
        assert.ok(changed <= options.documents);
        const disturbed = options.faults + options.liveWrites + options.splits > 0 || attempt > 0;
        if (!disturbed) assert.equal(changed, options.documents);
      }),
      { numRuns: 60 },
    );
  });
}

Deno.test("runPass() reads no finished range again after it died", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 60 }), async (seed, dieAt) => {
      const clock = new VirtualClock();
      const container = new FakeContainer({ clock, ranges: 6 });
      fill(container, 200);
      const checkpoints = new MemoryCheckpoints();
      const settings = { concurrency: 2, pageSize: 7 };
      let left = dieAt + seed % 7;
      const die = () => {
        if (left-- <= 0) throw new Crash();
      };
      container.before = die;
      checkpoints.before = () => {
        if (left <= 0) throw new Crash();
      };
      const first = runPass(countingPass(), passContext({ clock, container, checkpoints, settings }));
      await clock.run(first).catch((error) => assert.ok(error instanceof Crash, String(error)));
      const done = [...checkpoints.saved.values()].filter((checkpoint) => checkpoint.done);
      container.queriedRanges.length = 0;
      left = Number.POSITIVE_INFINITY;
      checkpoints.before = () => {};

      const second = runPass(countingPass(), passContext({ clock, container, checkpoints, settings }));
      const outcome = await clock.run(second);

      for (const { rangeId } of done) assert.ok(!container.queriedRanges.includes(rangeId));
      assert.equal(outcome.documents.changed <= 200, true);
      assert.ok(container.contents().every(({ version }) => version === 2));
    }),
    { numRuns: 40 },
  );
});

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)]!;
}
