import assert from "node:assert/strict";
import fc from "fast-check";
import { compileLike } from "../../../lib/sql/like.ts";

/** Pattern, escape, texts that match, texts that do not. */
const CASES: readonly (readonly [string, string | undefined, readonly string[], readonly string[]])[] = [
  ["%driver%", undefined, ["driver", "a driver b"], ["drive", "Driver"]],
  ["Road%", undefined, ["Road", "Roadster"], ["a Road"]],
  ["%SO_PS%", undefined, ["SOAPS", "xSO-PSx"], ["SOPS", "SOAAPS"]],
  ["%SO[t-z]PS%", undefined, ["SOtPS", "SOzPS"], ["SOaPS", "SO-PS"]],
  ["%SO[^abc]PS%", undefined, ["SOdPS"], ["SOaPS", "SOPS"]],
  ["20-30[%]", undefined, ["20-30%"], ["20-30", "20-30x"]],
  ["[_]n", undefined, ["_n"], ["an"]],
  ["[ [ ]", undefined, ["[", " "], ["]"]],
  ["]", undefined, ["]"], ["["]],
  ["%20^%%", "^", ["about 20% more"], ["about 20 more"]],
  ["a^[b]", "^", ["a[b]"], ["ab"]],
  ["!!", "!", ["!"], ["!!", ""]],
  ["a!", "!", ["a!"], ["a"]],
  ["[abc", undefined, ["[abc"], ["a"]],
  ["[]a]", undefined, ["]", "a"], ["[]a]"]],
  ["[a-]", undefined, ["a", "-"], ["b"]],
  ["", undefined, [""], ["a"]],
  ["%", undefined, ["", "anything\nat all"], []],
  ["_", undefined, ["a", "\n"], ["", "ab"]],
];

Deno.test("compileLike() matches as the documentation of LIKE says", () => {
  for (const [pattern, escape, matching, others] of CASES) {
    const matches = compileLike(pattern, escape);
    for (const text of matching) assert.equal(matches(text), true, `${pattern} matches ${text}`);
    for (const text of others) assert.equal(matches(text), false, `${pattern} does not match ${text}`);
  }
});

/** The definition, without any care for time. */
function naive(pattern: string, text: string): boolean {
  const [first] = pattern;
  if (first === undefined) return text === "";
  const rest = pattern.slice(1);
  if (first === "%") return naive(rest, text) || (text !== "" && naive(pattern, text.slice(1)));
  return text !== "" && (first === "_" || first === text.charAt(0)) && naive(rest, text.slice(1));
}

Deno.test("compileLike() agrees with a naive matcher", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "%", "_"), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (wanted, given) => {
      assert.equal(compileLike(wanted)(given), naive(wanted, given));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("compileLike() stays fast on patterns that make matchers go back and forth", () => {
  // A matcher with backtracking into every % would not end in a lifetime.
  assert.equal(compileLike("%a".repeat(100) + "%b")("a".repeat(2000)), false);
});
