import assert from "node:assert/strict";
import fc from "fast-check";
import { effectivePartitionKey, hashingOf } from "../../../lib/cosmos/effective_partition_key.ts";
import type { PartitionKey } from "../../../lib/cosmos/port.ts";
// The SDK does not export its hashing, so the tests take it from the file.
import { hashPartitionKey } from "../../../node_modules/@azure/cosmos/dist/esm/utils/hashing/hash.js";

const DEFINITIONS = {
  v1: { paths: ["/p"], kind: "Hash", version: 1 },
  v2: { paths: ["/p"], kind: "Hash", version: 2 },
  multi: { paths: ["/p", "/q"], kind: "MultiHash", version: 2 },
} as const;

const component = fc.oneof(
  fc.string({ unit: "binary", maxLength: 120 }),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined, "", "x".repeat(100), "x".repeat(101), 0, -0),
);

for (const hashing of ["v1", "v2", "multi"] as const) {
  Deno.test(`effectivePartitionKey() places like the SDK does, ${hashing}`, () => {
    const keys = hashing === "multi"
      ? fc.array(component, { minLength: 1, maxLength: 3 })
      : fc.tuple(component);
    fc.assert(fc.property(keys, (key: PartitionKey) => {
      const expected = hashPartitionKey(key as never, DEFINITIONS[hashing] as never);
      assert.equal(effectivePartitionKey(key, hashing), expected);
    }));
  });

  Deno.test(`hashingOf() knows a ${hashing} container`, () => {
    assert.equal(hashingOf({ partitionKey: DEFINITIONS[hashing] as never }), hashing);
  });
}

Deno.test("effectivePartitionKey() keeps to recorded values", () => {
  assert.deepEqual(
    [
      effectivePartitionKey(["redmond"], "v2"),
      effectivePartitionKey(["redmond"], "v1"),
      effectivePartitionKey([undefined], "v2"),
      effectivePartitionKey(["tenant", 7], "multi"),
    ],
    RECORDED,
  );
});

const RECORDED = [
  "22E342F38A486A088463DFF7838A5963",
  "05C1EFE313830C087366656E706F6500",
  "11622DAA78F835834610ABE56EFF5CB5",
  "3B67F777541374F849FC7793DE5DF91536ECBAF0D9CC21F10F0938014BB52739",
];
