import assert from "node:assert/strict";
import fc from "fast-check";
import { type LocatedJson, LocatedJsonError, parseLocatedJson } from "../../../lib/config/located_json.ts";

function plain(json: LocatedJson): unknown {
  switch (json.kind) {
    case "object":
      return Object.fromEntries(json.members.map(({ name, value }) => [name, plain(value)]));
    case "array":
      return [];
    case "scalar":
      return json.value;
  }
}

Deno.test("parseLocatedJson() reads what JSON.parse reads", () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.boolean(),
    fc.constant(null),
  );
  const object = fc.dictionary(
    fc.string().filter((name) => name !== "__proto__"),
    fc.oneof(scalar, fc.dictionary(fc.string().filter((name) => name !== "__proto__"), scalar)),
  );
  fc.assert(fc.property(object, fc.constantFrom(0, 2), (value, indent) => {
    const text = JSON.stringify(value, null, indent);
    assert.deepEqual(plain(parseLocatedJson(text)), JSON.parse(text));
  }));
});

Deno.test("parseLocatedJson() knows the line of every member", () => {
  const json = parseLocatedJson('{\n  "a": 1,\n\n  /* two\n lines */ "b": {\n    "c": "x" // end\n  },\n}');
  assert.ok(json.kind === "object");
  assert.deepEqual(json.members.map(({ name, line }) => [name, line]), [["a", 2], ["b", 5]]);
  const [, b] = json.members;
  assert.ok(b?.value.kind === "object");
  assert.deepEqual(b.value.members.map(({ name, line }) => [name, line]), [["c", 6]]);
});

Deno.test("parseLocatedJson() names the line of the first mistake", () => {
  const table: readonly [string, number][] = [
    ["", 1],
    ["{\n", 2],
    ['{\n"a" 1}', 2],
    ['{"a":1}\n\nx', 3],
    ["[1\n2]", 2],
    ['{"a":\n01}', 2],
    ['"\\q"', 1],
    ["{a:1}", 1],
  ];
  for (const [text, line] of table) {
    assert.throws(
      () => parseLocatedJson(text),
      (error) => error instanceof LocatedJsonError && error.line === line,
      text,
    );
  }
});

Deno.test("parseLocatedJson() refuses any other text with an error of its own", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    try {
      parseLocatedJson(text);
    } catch (error) {
      assert.ok(error instanceof LocatedJsonError);
    }
  }));
  assert.throws(() => parseLocatedJson("[".repeat(10_000)), LocatedJsonError);
});
