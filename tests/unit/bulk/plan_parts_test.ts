import assert from "node:assert/strict";
import fc from "fast-check";
import type { RangeCheckpoint } from "../../../lib/bulk/checkpoint.ts";
import { planParts } from "../../../lib/bulk/plan_parts.ts";
import type { PartitionKeyRange } from "../../../lib/cosmos/port.ts";

function range(id: string, minInclusive: string, maxExclusive: string): PartitionKeyRange {
  return { id, minInclusive, maxExclusive, parents: [] };
}

function checkpoint(range: PartitionKeyRange, more: Partial<RangeCheckpoint> = {}): RangeCheckpoint {
  const { id, minInclusive, maxExclusive } = range;
  return {
    containerRid: "rid",
    rangeId: id,
    minInclusive,
    maxExclusive,
    documents: { read: 5, changed: 3, skipped: 2 },
    requestUnits: 10,
    done: false,
    ...more,
  };
}

const LOW = range("0", "", "20");
const HIGH = range("1", "20", "FF");

Deno.test("planParts() makes a part of each physical range", () => {
  const { open, done } = planParts({ containerRid: "rid", ranges: [HIGH, LOW], checkpoints: [] });

  assert.deepEqual(open.map(({ range }) => range.id), ["0", "1"]);
  assert.deepEqual(open.map(({ queryBounds }) => queryBounds), [undefined, undefined]);
  assert.deepEqual(done, []);
});

Deno.test("planParts() goes on from a checkpoint of a range that is still there", () => {
  const saved = [checkpoint(LOW, { continuation: "token" }), checkpoint(HIGH, { done: true })];

  const { open, done } = planParts({ containerRid: "rid", ranges: [LOW, HIGH], checkpoints: saved });

  assert.deepEqual(open.map((part) => part.toCheckpoint()), [saved[0]]);
  assert.deepEqual(done, [saved[1]]);
});

Deno.test("planParts() begins anew in the ranges that another one split into, and keeps what was changed", () => {
  const children = [range("2", "", "10"), range("3", "10", "20")];
  const saved = checkpoint(LOW, { continuation: "token" });

  const { open, obsolete } = planParts({
    containerRid: "rid",
    ranges: [...children, HIGH],
    checkpoints: [saved, checkpoint(HIGH, { done: true })],
  });

  assert.deepEqual(open.map((part) => part.toCheckpoint()), [
    checkpoint(children[0]!, {
      continuation: undefined,
      documents: { read: 3, changed: 3, skipped: 0 },
    }),
    checkpoint(children[1]!, {
      continuation: undefined,
      documents: { read: 0, changed: 0, skipped: 0 },
      requestUnits: 0,
    }),
  ]);
  assert.deepEqual(obsolete, [saved]);
});

Deno.test("planParts() restricts a part to its bounds in a range that ranges merged into", () => {
  const merged = range("2", "", "FF");

  const { open } = planParts({
    containerRid: "rid",
    ranges: [merged],
    checkpoints: [checkpoint(LOW, { done: true }), checkpoint(HIGH, { continuation: "token" })],
  });

  assert.deepEqual(open.map(({ queryBounds, continuation }) => ({ queryBounds, continuation })), [
    { queryBounds: { minInclusive: "20", maxExclusive: "FF" }, continuation: undefined },
  ]);
});

Deno.test("planParts() discards the checkpoints of another container", () => {
  const saved = [checkpoint(LOW, { containerRid: "other", done: true })];

  const { open, done } = planParts({ containerRid: "rid", ranges: [LOW, HIGH], checkpoints: saved });

  assert.equal(open.length, 2);
  assert.deepEqual(open[0]?.documents, { read: 0, changed: 0, skipped: 0 });
  assert.deepEqual(done, []);
});

Deno.test("planParts() covers the whole container just once, whatever was saved", () => {
  const cut = fc.constantFrom("08", "10", "18", "20", "28", "30");
  const cuts = fc.uniqueArray(cut, { maxLength: 5 }).map((list) => ["", ...list.sort(), "FF"]);
  const saved = fc.record({
    from: fc.constantFrom("", "08", "10", "18", "20", "28", "30"),
    to: fc.constantFrom("08", "10", "18", "20", "28", "30", "FF"),
    rangeId: fc.constantFrom("0", "1", "2"),
    done: fc.boolean(),
    containerRid: fc.constantFrom("rid", "rid", "rid", "other"),
    continuation: fc.option(fc.constant("token"), { nil: undefined }),
  });
  fc.assert(
    fc.property(cuts, fc.array(saved, { maxLength: 6 }), (bounds, list) => {
      const ranges = bounds.slice(1).map((max, index) => range(String(index), bounds[index]!, max));
      const checkpoints = list.map(({ from, to, rangeId, ...rest }) =>
        checkpoint(range(rangeId, from, to), {
          ...rest,
          continuation: rest.done ? undefined : rest.continuation,
        })
      );

      const { open, done } = planParts({ containerRid: "rid", ranges, checkpoints });

      const pieces = [...open.map(({ bounds }) => bounds), ...done]
        .sort((left, right) => left.minInclusive < right.minInclusive ? -1 : 1);
      let reached = "";
      for (const { minInclusive, maxExclusive } of pieces) {
        assert.equal(minInclusive, reached);
        reached = maxExclusive;
      }
      assert.equal(reached, "FF");
      for (const part of open) {
        assert.ok(
          part.range.minInclusive <= part.bounds.minInclusive &&
            part.bounds.maxExclusive <= part.range.maxExclusive,
          "a part lies within its range",
        );
      }
    }),
    { numRuns: 2_000 },
  );
});
