import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../lib/base/json.ts";
import { compareInOrder, compileQuery, SqlSyntaxError } from "../../../lib/sql/mod.ts";
import { run, valueOf } from "./_evaluate.ts";

const DOCUMENTS: readonly JsonObject[] = [
  { id: "1", kind: "p", price: 10, tags: ["x", "y"], address: { city: "Bern" } },
  { id: "2", kind: "q", price: "free", tags: [] },
  {
    id: "3",
    kind: "p",
    price: null,
    tags: ["y"],
    items: [{ sku: "a", parts: [1, 2] }, { sku: "b", parts: [3] }],
  },
  { id: "4", kind: "q", tags: "none" },
];

/** Query and its rows. */
function check(cases: readonly (readonly [query: string, rows: readonly JsonValue[]])[]): void {
  for (const [query, rows] of cases) assert.deepEqual(run(query, DOCUMENTS), rows, query);
}

function fails(query: string, message: string): void {
  assert.throws(() => compileQuery(query), (error) => {
    assert.ok(error instanceof SqlSyntaxError, `${query}: ${error}`);
    assert.ok(error.message.includes(message), `${query}: ${error.message}`);
    return true;
  });
}

Deno.test("executeQuery() projects *, lists and values, and drops what is undefined", () => {
  check([
    ["SELECT * FROM c WHERE c.id = '1'", [{ ...DOCUMENTS[0] }]],
    ["SELECT c FROM c WHERE c.id = '4'", [{ c: { ...DOCUMENTS[3] } }]],
    ["SELECT c.id, c.address.city, c['kind'] FROM c WHERE c.price = 10", [{
      id: "1",
      city: "Bern",
      kind: "p",
    }]],
    ["SELECT c.tags[0], c.price + 1, c.id AS key FROM c WHERE c.id = '1'", [{ $1: "x", $2: 11, key: "1" }]],
    ["SELECT c.id key, c.missing FROM c WHERE c.id = '2'", [{ key: "2" }]],
    ["SELECT VALUE c.price FROM c", [10, "free", null]],
    ["SELECT VALUE {id: c.id, p: c.price} FROM c WHERE c.kind = 'q'", [{ id: "2", p: "free" }, { id: "4" }]],
    ["SELECT VALUE root.id FROM root", ["1", "2", "3", "4"]],
    ["SELECT 1, 'a' AS b", [{ $1: 1, b: "a" }]],
  ]);
});

Deno.test("executeQuery() keeps only documents for which WHERE is true", () => {
  check([
    ["SELECT VALUE c.id FROM c WHERE c.price > 5", ["1"]],
    ["SELECT VALUE c.id FROM c WHERE NOT (c.price > 5)", []],
    ["SELECT VALUE c.id FROM c WHERE c.price != null", ["1", "2"]],
    ["SELECT VALUE c.id FROM c WHERE NOT IS_DEFINED(c.price)", ["4"]],
    ["SELECT VALUE c.id FROM c WHERE c.price", []],
    ["SELECT VALUE c.id FROM c WHERE 'true'", []],
  ]);
});

Deno.test("executeQuery() reads paths, elements and subqueries as sources", () => {
  check([
    ["SELECT VALUE t FROM t IN c.tags", ["x", "y", "y"]],
    ["SELECT * FROM c IN c.items", [{ sku: "a", parts: [1, 2] }, { sku: "b", parts: [3] }]],
    ["SELECT VALUE city FROM c.address.city", ["Bern"]],
    ["SELECT VALUE a.city FROM products.address a", ["Bern"]],
    ["SELECT * FROM c.items[1]", [{ sku: "b", parts: [3] }]],
    ["SELECT VALUE p FROM c['items'][0]['parts'] AS p", [[1, 2]]],
    ["SELECT VALUE x.id FROM (SELECT c.id FROM c WHERE c.kind = 'p') AS x", ["1", "3"]],
    ["SELECT VALUE t FROM t IN (SELECT VALUE c.tags FROM c)", ["x", "y", "y"]],
  ]);
});

Deno.test("executeQuery() joins each document with its own elements, also nested", () => {
  check([
    ["SELECT c.id, t FROM c JOIN t IN c.tags WHERE t = 'y'", [{ id: "1", t: "y" }, { id: "3", t: "y" }]],
    [
      "SELECT i.sku, p FROM c JOIN i IN c.items JOIN p IN i.parts",
      [{ sku: "a", p: 1 }, { sku: "a", p: 2 }, { sku: "b", p: 3 }],
    ],
    ["SELECT VALUE [a, b] FROM c JOIN a IN c.tags JOIN b IN c.tags WHERE c.id = '1' AND a < b", [["x", "y"]]],
    ["SELECT c.id, city FROM c JOIN c.address.city", [{ id: "1", city: "Bern" }]],
    ["SELECT VALUE s.n FROM c JOIN (SELECT VALUE COUNT(1) FROM t IN c.tags) AS n JOIN (SELECT n) AS s", [
      2,
      0,
      1,
      0,
    ]],
  ]);
});

Deno.test("executeQuery() evaluates EXISTS, ARRAY and scalar subqueries per row", () => {
  check([
    ["SELECT VALUE c.id FROM c WHERE EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t = 'x')", ["1"]],
    ["SELECT VALUE c.id FROM c WHERE NOT EXISTS(SELECT VALUE t FROM t IN c.tags)", ["2", "4"]],
    ["SELECT VALUE EXISTS(SELECT VALUE undefined)", [false]],
    ["SELECT VALUE EXISTS(SELECT TOP 0 1)", [false]],
    ["SELECT VALUE EXISTS(SELECT VALUE COUNT(1) FROM t IN c.none) FROM c WHERE c.id = '1'", [true]],
    ["SELECT VALUE ARRAY(SELECT VALUE UPPER(t) FROM t IN c.tags ORDER BY t DESC) FROM c WHERE c.id = '1'", [[
      "Y",
      "X",
    ]]],
    ["SELECT VALUE (SELECT VALUE SUM(p) FROM i IN c.items JOIN p IN i.parts) FROM c WHERE c.id = '3'", [6]],
    ["SELECT (SELECT VALUE t FROM t IN c.tags) AS only FROM c WHERE c.id = '4'", [{}]],
    [
      "SELECT VALUE ARRAY(SELECT VALUE ARRAY(SELECT VALUE p + LENGTH(c.id) FROM p IN i.parts) FROM i IN c.items) FROM c WHERE c.id = '3'",
      [[[2, 3], [4]]],
    ],
  ]);
  assert.throws(
    () => run("SELECT VALUE (SELECT VALUE t FROM t IN c.tags) FROM c", DOCUMENTS),
    /a subquery in parentheses gives at most one row: current value is 2 rows/,
  );
});

Deno.test("executeQuery() sorts by several keys, mixed types in their order, equal keys in the order of arrival", () => {
  check([
    ["SELECT VALUE c.id FROM c ORDER BY c.price", ["4", "3", "1", "2"]],
    ["SELECT VALUE c.id FROM c ORDER BY c.price DESC", ["2", "1", "3", "4"]],
    ["SELECT VALUE c.id FROM c ORDER BY c.kind DESC, c.id ASC", ["2", "4", "1", "3"]],
    ["SELECT VALUE c.id FROM c ORDER BY c.kind", ["1", "3", "2", "4"]],
    ["SELECT TOP 2 VALUE c.id FROM c ORDER BY c.id DESC", ["4", "3"]],
    ["SELECT VALUE c.id FROM c ORDER BY c.id DESC OFFSET 1 LIMIT 2", ["3", "2"]],
  ]);
});

Deno.test("executeQuery() sorts like compareInOrder()", () => {
  const value = fc.option(fc.jsonValue() as fc.Arbitrary<JsonValue>, { nil: undefined });
  fc.assert(fc.property(fc.array(value), fc.boolean(), (values, descending) => {
    const rows = run(
      `SELECT c.v FROM c ORDER BY c.v ${descending ? "DESC" : "ASC"}`,
      values.map((v) => ({ v })),
    );
    const expected = values.map((v) => v === undefined ? {} : { v })
      .sort((left, right) => compareInOrder(left.v, right.v) * (descending ? -1 : 1));
    assert.deepEqual(rows, expected);
  }));
});

Deno.test("executeQuery() cuts with TOP and OFFSET LIMIT, and stops reading then", () => {
  check([
    ["SELECT TOP 2 VALUE c.id FROM c", ["1", "2"]],
    ["SELECT TOP 0 * FROM c", []],
    ["SELECT VALUE c.id FROM c OFFSET 1 LIMIT 2", ["2", "3"]],
    ["SELECT VALUE c.id FROM c OFFSET 9 LIMIT 2", []],
    ["SELECT TOP 3 VALUE t FROM c JOIN t IN c.tags", ["x", "y", "y"]],
  ]);
  let read = 0;
  function* documents() {
    for (const document of DOCUMENTS) {
      read++;
      yield document;
    }
  }
  compileQuery("SELECT TOP 1 * FROM c").bind().execute(documents());
  assert.equal(read, 1);
});

Deno.test("executeQuery() takes TOP, OFFSET and LIMIT from parameters, which must be integers from 0", () => {
  const parameters = { "@n": 2, m: 1 };
  assert.deepEqual(run("SELECT TOP @n VALUE c.id FROM c", DOCUMENTS, { parameters }), ["1", "2"]);
  assert.deepEqual(run("SELECT VALUE c.id FROM c OFFSET @m LIMIT @n", DOCUMENTS, { parameters }), ["2", "3"]);
  for (const n of [-1, 1.5, "1", null]) {
    assert.throws(
      () => run("SELECT TOP @n * FROM c", DOCUMENTS, { parameters: { n } }),
      /as TOP takes an integer from 0/,
      JSON.stringify(n),
    );
  }
  assert.throws(
    () => run("SELECT * FROM c WHERE c.a = @x", DOCUMENTS),
    /as each parameter needs a value: current value is @x/,
  );
});

Deno.test("executeQuery() removes duplicates by content", () => {
  check([
    ["SELECT DISTINCT VALUE c.kind FROM c", ["p", "q"]],
    ["SELECT DISTINCT c.missing FROM c", [{}]],
    ["SELECT DISTINCT TOP 1 VALUE c.kind FROM c", ["p"]],
    ["SELECT DISTINCT VALUE t FROM t IN c.tags ORDER BY t DESC", ["y", "x"]],
    ["SELECT DISTINCT VALUE c.kind FROM c ORDER BY c.id DESC OFFSET 0 LIMIT 2", ["q", "p"]],
  ]);
  assert.deepEqual(
    run("SELECT DISTINCT VALUE c.v FROM c", [{ v: { a: 1, b: 2 } }, { v: { b: 2, a: 1 } }, { v: 1 }, {
      v: "1",
    }]),
    [{ a: 1, b: 2 }, 1, "1"],
  );
});

Deno.test("executeQuery() groups by values, undefined being one, in the order of appearance", () => {
  check([
    ["SELECT c.kind, COUNT(1) AS n FROM c GROUP BY c.kind", [{ kind: "p", n: 2 }, { kind: "q", n: 2 }]],
    ["SELECT VALUE c.kind FROM c GROUP BY c.kind", ["p", "q"]],
    ["SELECT c.price, COUNT(1) AS n FROM c GROUP BY c.price", [
      { price: 10, n: 1 },
      { price: "free", n: 1 },
      { price: null, n: 1 },
      { n: 1 },
    ]],
    ["SELECT UPPER(c.kind) AS k, c.address.city, MAX(c.id) FROM c GROUP BY UPPER(c.kind), c.address", [
      { k: "P", city: "Bern", $1: "1" },
      { k: "Q", $1: "4" },
      { k: "P", $1: "3" },
    ]],
    ["SELECT COUNT(1) AS n, 5 AS five FROM c GROUP BY c.kind OFFSET 1 LIMIT 1", [{ n: 2, five: 5 }]],
    ["SELECT VALUE COUNT(1) FROM c WHERE false GROUP BY c.kind", []],
    ["SELECT VALUE {n: [COUNT(1)]}.n[0] FROM c", [4]],
  ]);
});

Deno.test("executeQuery() runs the queries that the SDK's query plan makes of aggregates and GROUP BY", () => {
  check([
    ['SELECT VALUE [{"item": COUNT(1)}] FROM c', [[{ item: 4 }]]],
    [
      'SELECT VALUE [{"item": {"sum": SUM(c.price), "count": COUNT(c.price)}}] FROM c WHERE IS_NUMBER(c.price)',
      [
        [{ item: { sum: 10, count: 1 } }],
      ],
    ],
    [
      'SELECT [{"item": c.kind}] AS groupByItems, {"kind": c.kind, "$1": {"item": COUNT(1)}} AS payload FROM c GROUP BY c.kind',
      [
        { groupByItems: [{ item: "p" }], payload: { kind: "p", $1: { item: 2 } } },
        { groupByItems: [{ item: "q" }], payload: { kind: "q", $1: { item: 2 } } },
      ],
    ],
    ['SELECT VALUE [{"item": MIN(c.none), "item2": {"min": MIN(c.none), "count": COUNT(c.none)}}] FROM c', [
      [{ item2: { count: 0 } }],
    ]],
  ]);
});

const AGGREGATED: readonly JsonObject[] = [
  ...[1, 2, 3.5].map((v) => ({ type: "number", v })),
  ...["a", "b"].map((v) => ({ type: "string", v })),
  ...[true, false].map((v) => ({ type: "boolean", v })),
  { type: "null", v: null },
  { type: "array", v: [] },
  { type: "object", v: {} },
  { type: "undefined" },
];

/** As recorded from the service's emulator in azure-cosmos-dotnet-v3: types, and COUNT, SUM, AVG, MIN, MAX over them. */
const AGGREGATES: readonly (readonly [string, readonly (JsonValue | undefined)[]])[] = [
  ["number", [3, 6.5, 6.5 / 3, 1, 3.5]],
  ["string", [2, undefined, undefined, "a", "b"]],
  ["boolean", [2, undefined, undefined, false, true]],
  ["null", [1, undefined, undefined, null, null]],
  ["array", [1, undefined, undefined, undefined, undefined]],
  ["object", [1, undefined, undefined, undefined, undefined]],
  ["undefined", [0, 0, undefined, undefined, undefined]],
  ["number undefined", [3, 6.5, 6.5 / 3, 1, 3.5]],
  ["number string boolean null", [8, undefined, undefined, null, "b"]],
  ["number array", [4, undefined, undefined, undefined, undefined]],
  ["nothing", [0, 0, undefined, undefined, undefined]],
];

Deno.test("executeQuery() aggregates values of all types as the service does", () => {
  for (const [types, results] of AGGREGATES) {
    const documents = AGGREGATED.filter(({ type }) => types.split(" ").includes(String(type)));
    for (const [index, name] of ["COUNT", "SUM", "AVG", "MIN", "MAX"].entries()) {
      const expected = results[index];
      const rows = run(`SELECT VALUE ${name}(c.v) FROM c`, documents);
      assert.deepEqual(rows, expected === undefined ? [] : [expected], `${name} of ${types}`);
    }
  }
  assert.deepEqual(
    run("SELECT COUNTIF(c.v = true) AS n, SUM(c.none) AS s, avg(c.none) AS a FROM c", AGGREGATED),
    [{ n: 1, s: 0 }],
  );
  assert.deepEqual(run("SELECT VALUE MAX(c.v) - MIN(c.v) FROM c WHERE IS_NUMBER(c.v)", AGGREGATED), [2.5]);
});

Deno.test("compileQuery() refuses what cannot be resolved, with its position", () => {
  fails(
    "SELECT VALUE x.id FROM c",
    "line 1, column 14 as a name must be an alias of FROM or JOIN: current value is x",
  );
  fails(
    "SELECT VALUE products.id FROM products p",
    "a name must be an alias of FROM or JOIN: current value is products",
  );
  fails("SELECT c.id FROM c JOIN c IN c.tags", "each alias is used once");
  fails("SELECT * FROM c JOIN t IN d.tags", "begin with an alias of the query: current value is d");
  fails("SELECT * FROM c JOIN t IN c.tags", "SELECT * needs exactly one source");
  fails("SELECT *", "SELECT * needs exactly one source");
  fails("SELECT c.id, c.x AS id FROM c", "each name in SELECT is used once: current value is id");
  fails("SELECT VALUE NULL", "current value is NULL");
  fails(
    "SELECT VALUE udf.tax(c.a) FROM c",
    "user-defined functions are not supported: current value is udf.tax",
  );
  fails(
    "SELECT VALUE ST_DISTANCE(c.a, c.b) FROM c",
    "column 14 as a function must be one that is supported: current value is ST_DISTANCE",
  );
  fails("SELECT VALUE RAND()", "a query must give the same rows each time: current value is RAND");
  fails("SELECT VALUE ABS()", "ABS takes 1 argument: current value is 0");
  fails("SELECT VALUE CONCAT('a')", "CONCAT takes at least 2 arguments: current value is 1");
  fails(
    "SELECT VALUE STARTSWITH(c.a, 'a', 'b', 'c') FROM c",
    "STARTSWITH takes 2 to 3 arguments: current value is 4",
  );
  fails("SELECT VALUE RegexMatch(c.a, '(')  FROM c", "RegexMatch takes a regular expression");
  fails("SELECT * FROM c WHERE COUNT(1) > 1", "aggregates stand in SELECT only");
  fails("SELECT VALUE MAX(MIN(c.a)) FROM c", "aggregates stand in SELECT only, and not within each other");
  fails(
    "SELECT c.name, COUNT(1) FROM c",
    "reads only expressions of GROUP BY outside of aggregates: current value is c.name",
  );
  fails("SELECT c.b FROM c GROUP BY c.a", "current value is c.b");
  fails("SELECT VALUE c.a[c.b] FROM c GROUP BY c.a", "current value is c.b");
  fails("SELECT VALUE [COUNT(1), {x: c.b}.x] FROM c", "current value is c.b");
  fails("SELECT * FROM c GROUP BY c.a", "SELECT * needs exactly one source in FROM, and no GROUP BY");
  fails("SELECT c.a FROM c GROUP BY c.a ORDER BY c.a", "GROUP BY and ORDER BY exclude each other");
  fails("SELECT TOP 1 c.a FROM c OFFSET 0 LIMIT 1", "TOP and OFFSET LIMIT exclude each other");
  assert.throws(() => compileQuery("SELECT VALUE ISDEFINED(c.a) FROM c"), {
    hint: "Did you mean IS_DEFINED?",
  });
  assert.throws(() => compileQuery("SELECT VALUE True"), { hint: "Write true" });
});

Deno.test("compileQuery() lets a subquery see the names around it, and hide them", () => {
  const documents = [{ id: "1", base: 10, tags: [1, 2] }];
  assert.deepEqual(run("SELECT VALUE (SELECT VALUE SUM(t) + c.base FROM t IN c.tags) FROM c", documents), [
    13,
  ]);
  assert.deepEqual(run("SELECT VALUE ARRAY(SELECT VALUE c FROM c IN c.tags) FROM c", documents), [[1, 2]]);
});

Deno.test("compileQuery() answers the time of the run only", () => {
  const now = compileQuery(
    "SELECT GetCurrentTimestamp() AS ms, GetCurrentDateTime() AS at, GetCurrentTicksStatic() AS ticks",
  );
  assert.deepEqual(now.bind({ nowMs: 1_600_000_000_123 }).execute([]), [{
    ms: 1_600_000_000_123,
    at: "2020-09-13T12:26:40.1230000Z",
    ticks: 16_000_000_001_230_000,
  }]);
  assert.throws(
    () => now.bind(),
    /the current time must be given to the run: current value is GetCurrentTimestamp/,
  );
});

Deno.test("compileQuery() describes the query in its shape", () => {
  const { shape } = compileQuery(
    "SELECT TOP @n c.a, COUNT(1), AVG(c.b) AS m FROM root c JOIN t IN c.tags GROUP BY c.a",
  );
  assert.deepEqual(shape, {
    alias: "c",
    select: "list",
    distinct: false,
    top: { kind: "parameter", name: "@n" },
    offset: undefined,
    limit: undefined,
    orderBy: [],
    groupBy: ["c.a"],
    aggregates: ["Count", "Average"],
    joins: true,
    constant: false,
    streaming: false,
  });
  assert.equal(compileQuery("SELECT * FROM c WHERE c.a = 1 OFFSET 1 LIMIT 2").shape.streaming, true);
  assert.deepEqual(compileQuery("SELECT * FROM c ORDER BY c.a DESC, c.b").shape.orderBy, [
    { text: "c.a", descending: true },
    { text: "c.b", descending: false },
  ]);
});

Deno.test("BoundQuery.rows() gives the rows of one document, which concatenated are the result", () => {
  for (
    const query of [
      "SELECT * FROM c",
      "SELECT c.id, t FROM c JOIN t IN c.tags",
      "SELECT VALUE c.price FROM c WHERE c.kind = @kind",
    ]
  ) {
    const bound = compileQuery(query).bind({ parameters: { "@kind": "p" } });
    assert.deepEqual(DOCUMENTS.flatMap((document) => bound.rows(document)), bound.execute(DOCUMENTS), query);
  }
  const cut = compileQuery("SELECT VALUE c.id FROM c OFFSET 1 LIMIT @n").bind({ parameters: { n: 5 } });
  assert.deepEqual([cut.offset, cut.limit, cut.top], [1, 5, undefined]);
  assert.deepEqual(DOCUMENTS.flatMap((document) => cut.rows(document)), ["1", "2", "3", "4"]);
});

Deno.test("BoundQuery.matches() tells whether a document gives a row before it is projected", () => {
  const bound = compileQuery("SELECT VALUE COUNT(1) FROM c JOIN t IN c.tags WHERE t = 'y'").bind();
  assert.deepEqual(DOCUMENTS.map((document) => bound.matches(document)), [true, false, true, false]);
});

Deno.test("compiled queries may be run again and side by side", () => {
  const query = compileQuery("SELECT VALUE COUNT(1) FROM c WHERE c.kind = @k");
  const one = query.bind({ parameters: { k: "p" } });
  const other = query.bind({ parameters: { k: "none" } });
  assert.deepEqual([one.execute(DOCUMENTS), other.execute(DOCUMENTS), one.execute(DOCUMENTS)], [[2], [0], [
    2,
  ]]);
  assert.equal(valueOf("c.a", { a: 1 }), 1);
});
