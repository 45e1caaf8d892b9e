import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonEquals, type JsonValue } from "../../../lib/base/json.ts";
import { compareInOrder } from "../../../lib/sql/mod.ts";

const value = fc.option(fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<JsonValue>, {
  nil: undefined,
});

Deno.test("compareInOrder() sorts undefined, null, booleans, numbers, strings, arrays and objects in this order", () => {
  const sorted = [undefined, null, false, true, -1, 0, 2.5, "", "A", "a", "b", [], [1], [1, 2], [2], {}, {
    a: 1,
  }, { a: 2 }];
  for (const [index, left] of sorted.entries()) {
    for (const [other, right] of sorted.entries()) {
      assert.equal(
        Math.sign(compareInOrder(left, right)),
        Math.sign(index - other),
        JSON.stringify([left, right]),
      );
    }
  }
});

Deno.test("compareInOrder() is a total order", () => {
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      const sign = (left: JsonValue | undefined, right: JsonValue | undefined) =>
        Math.sign(compareInOrder(left, right));
      assert.ok(sign(a, b) === -sign(b, a), "antisymmetric");
      if (sign(a, b) <= 0 && sign(b, c) <= 0) assert.ok(sign(a, c) <= 0, "transitive");
      assert.equal(sign(a, b) === 0, jsonEquals(a, b), "zero for equal values only");
    }),
    { numRuns: 2000 },
  );
});
