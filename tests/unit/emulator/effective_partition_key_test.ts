import assert from "node:assert/strict";
import {
  effectivePartitionKey,
  type HashVersion,
  type KeyComponent,
} from "../../../lib/emulator/hash/effective_partition_key.ts";
import { contains, evenRanges, middleOf, WHOLE_RANGE } from "../../../lib/emulator/hash/key_ranges.ts";
import vectors from "./effective_partition_keys.json" with { type: "json" };

Deno.test("effectivePartitionKey() gives what the SDK computes, for every recorded vector", () => {
  assert.ok(vectors.length > 100);
  for (const { version, key, epk } of vectors) {
    const components = (key as unknown[]).map((part) =>
      typeof part === "object" && part !== null ? undefined : part as KeyComponent
    );
    assert.equal(
      effectivePartitionKey(components, version as HashVersion),
      epk,
      JSON.stringify({ version, key }),
    );
  }
});

for (const version of ["v1", "v2", "multi"] as const) {
  Deno.test(`evenRanges() covers the key space without gap or overlap (${version})`, () => {
    for (const count of [1, 2, 3, 4, 7, 25]) {
      const ranges = evenRanges(count, version);
      assert.equal(ranges.length, count);
      assert.equal(ranges[0]!.minInclusive, "");
      assert.equal(ranges.at(-1)!.maxExclusive, "FF");
      for (let at = 1; at < count; at++) {
        assert.equal(ranges[at]!.minInclusive, ranges[at - 1]!.maxExclusive);
        assert.ok(ranges[at]!.minInclusive > ranges[at - 1]!.minInclusive);
      }
    }
  });

  Deno.test(`evenRanges() spreads keys over all ranges (${version})`, () => {
    const ranges = evenRanges(4, version);
    const counts = ranges.map(() => 0);
    for (let n = 0; n < 2_000; n++) {
      const epk = effectivePartitionKey([`user-${n}`], version);
      const holders = ranges.flatMap((range, at) => contains(range, epk) ? [at] : []);
      assert.equal(holders.length, 1);
      counts[holders[0]!]!++;
    }
    assert.ok(counts.every((count) => count > 350), JSON.stringify(counts));
  });

  Deno.test(`middleOf() lies strictly inside a range and halves its keys (${version})`, () => {
    for (const range of [WHOLE_RANGE, ...evenRanges(4, version)]) {
      const middle = middleOf(range, version);
      assert.ok(middle > range.minInclusive && middle < range.maxExclusive);
    }
    const middle = middleOf(WHOLE_RANGE, version);
    const low = Array.from({ length: 2_000 }, (_, n) => effectivePartitionKey([n], version)).filter((epk) =>
      epk < middle
    );
    assert.ok(low.length > 800 && low.length < 1_200, String(low.length));
  });
}

Deno.test("evenRanges() has the borders of the service for version 2", () => {
  assert.deepEqual(evenRanges(2, "v2"), [
    { minInclusive: "", maxExclusive: "1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF" },
    { minInclusive: "1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", maxExclusive: "FF" },
  ]);
});
