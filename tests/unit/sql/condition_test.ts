import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../lib/base/json.ts";
import { compileCondition, compileQuery, equalities, SqlSyntaxError } from "../../../lib/sql/mod.ts";

Deno.test("Condition.matches() is true where WHERE would keep the document", () => {
  const condition = compileCondition("NOT IS_DEFINED(c.categoryName) AND c.price > @least");
  const parameters = { least: 5 };
  assert.equal(condition.matches({ price: 6 }, parameters), true);
  assert.equal(condition.matches({ price: 6, categoryName: "x" }, parameters), false);
  assert.equal(condition.matches({ price: "6" }, parameters), false);
  assert.equal(condition.matches({ price: 6 }, { "@least": 7 }), false);
  assert.deepEqual(condition.parameters, ["@least"]);
  assert.throws(
    () => condition.matches({ price: 6 }),
    /each parameter needs a value: current value is @least/,
  );
});

Deno.test("compileCondition() takes another alias", () => {
  assert.equal(compileCondition("p.a = 1", { alias: "p" }).matches({ a: 1 }), true);
  assert.throws(() => compileCondition("c.a = 1", { alias: "p" }), SqlSyntaxError);
});

Deno.test("compileCondition() refuses what is no condition, aggregates and the current time", () => {
  for (
    const [where, message] of [
      ["", /an expression must stand here/],
      ["SELECT * FROM c", /an expression must stand here: current value is SELECT/],
      ["c.a = 1 ORDER BY c.a", /the condition must end here: current value is ORDER/],
      ["COUNT(1) > 1", /aggregates stand in SELECT only/],
      [
        "c.expires < GetCurrentTimestamp()",
        /line 1, column 13 as a condition must not depend on the current time/,
      ],
      ["RAND() < 0.5", /a query must give the same rows each time/],
      [
        "FullTextContains(c.a, 'x')",
        /a function must be one that is supported: current value is FullTextContains/,
      ],
    ] as const
  ) {
    assert.throws(() => compileCondition(where), message, where);
  }
});

Deno.test("Condition.paths names the properties that the condition reads", () => {
  for (
    const [where, paths] of [
      ["true", []],
      ["NOT IS_DEFINED(c.name)", [["name"]]],
      ["c.a.b = 1 AND c['x y'].z > c.a.b", [["a", "b"], ["x y", "z"]]],
      ["c.items[0].sku = 'a'", [["items"]]],
      ["c.a[c.b].d = 1", [["a"], ["b"]]],
      ["c.a[@p] = 1 OR UPPER(c.d) IN (c.e, 'x')", [["a"], ["d"], ["e"]]],
      ["EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t.x = c.y)", [["tags"], ["y"]]],
      ["EXISTS(SELECT VALUE 1 FROM d IN c.list JOIN e IN d.inner)", [["list"]]],
      ["ARRAY_LENGTH(ARRAY(SELECT VALUE c FROM c IN c.tags)) > 0", [["tags"]]],
      ["EXISTS(SELECT VALUE 1 FROM c.items[0] i WHERE i.a = 1)", [["items"]]],
      ["EXISTS(SELECT VALUE x.a FROM c AS x)", [["a"]]],
      ["IS_DEFINED(c)", "whole"],
      ["c[@name] = 1", "whole"],
      ["EXISTS(SELECT * FROM c)", "whole"],
    ] as const
  ) {
    assert.deepEqual(compileCondition(where).paths, paths, where);
  }
});

Deno.test("Condition.matches() gives the same for a document that has only Condition.paths", () => {
  const wheres = [
    "c.a.b = 1 OR c.x > 0",
    "NOT IS_DEFINED(c.a.b) AND IS_DEFINED(c.tags[0])",
    "EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t = c.x)",
    "c.a[c.key] = 1",
  ].map((where) => compileCondition(where));
  const document = fc.record({
    a: fc.oneof(fc.record({ b: fc.nat(2), d: fc.nat() }), fc.nat()),
    x: fc.nat(2),
    key: fc.constantFrom("b", "d"),
    tags: fc.array(fc.nat(2), { maxLength: 3 }),
    other: fc.nat(),
  }, { requiredKeys: [] });
  fc.assert(fc.property(document, (whole) => {
    for (const condition of wheres) {
      assert.ok(condition.paths !== "whole");
      const names = new Set(condition.paths.map(([name]) => name));
      const projected = Object.fromEntries(Object.entries(whole).filter(([name]) => names.has(name)));
      assert.equal(condition.matches(projected), condition.matches(whole as JsonObject), condition.text);
    }
  }));
});

Deno.test("equalities() finds the constraints that AND joins, on either side of =", () => {
  const literal = (value: string | number | null) => ({ kind: "literal", value });
  const find = (where: string) => equalities(compileQuery(`SELECT * FROM root r WHERE ${where}`));
  assert.deepEqual(find("r.id = 'a' AND @pk = r['tenant'].id AND r.n > 1"), [
    { path: ["id"], value: literal("a") },
    { path: ["tenant", "id"], value: { kind: "parameter", name: "@pk" } },
  ]);
  assert.deepEqual(find("(r.a = 1 AND (r.b = null AND r.c != 2))"), [
    { path: ["a"], value: literal(1) },
    { path: ["b"], value: literal(null) },
  ]);
  for (
    const where of [
      "r.a = 1 OR r.b = 2",
      "NOT (r.a = 1)",
      "r.a = r.b",
      "r.a[0] = 1",
      "r = 1",
      "r.a = undefined",
    ]
  ) {
    assert.deepEqual(find(where), [], where);
  }
  assert.deepEqual(equalities(compileQuery("SELECT * FROM t IN c.tags WHERE t.id = 1")), []);
  assert.deepEqual(equalities(compileQuery("SELECT * FROM t IN c WHERE t.id = 1")), []);
  assert.deepEqual(equalities(compileQuery("SELECT * FROM c")), []);
  assert.deepEqual(equalities(compileCondition("c.id = 1")), [{ path: ["id"], value: literal(1) }]);
});
