import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson, type JsonObject, type JsonValue } from "../../../lib/base/json.ts";
import {
  compareInOrder,
  compileQuery,
  executeQuery,
  type QueryOptions,
  queryPlan,
} from "../../../lib/sql/mod.ts";

/** Query, and what differs from the plan of `SELECT * FROM c`. As recorded in azure-cosmos-dotnet-v3, QueryPlanBaselineTests.*.xml. */
const PLANS:
  readonly (readonly [query: string, plan: JsonObject, parameters?: QueryOptions["parameters"]])[] = [
    ["SELECT * FROM c WHERE c.a = 1", {}],
    ["SELECT TOP 5 * FROM c", { top: 5 }],
    ["SELECT TOP @TOPCOUNT * FROM c", { top: 42 }, { "@TOPCOUNT": 42 }],
    ["SELECT * FROM c OFFSET 1 LIMIT 2", {
      offset: 1,
      limit: 2,
      rewrittenQuery: "SELECT *\nFROM c\nOFFSET 0 LIMIT 3",
    }],
    [
      "SELECT * FROM c OFFSET @o LIMIT @l",
      { offset: 42, limit: 1337, rewrittenQuery: "SELECT *\nFROM c\nOFFSET 0 LIMIT 1379" },
      { o: 42, l: 1337 },
    ],
    ["SELECT * FROM c WHERE c.blah = 5 OFFSET 1 LIMIT 2", {
      offset: 1,
      limit: 2,
      rewrittenQuery: "SELECT *\nFROM c\nWHERE (c.blah = 5)\nOFFSET 0 LIMIT 3",
    }],
    ["SELECT DISTINCT c.blah FROM c", { distinctType: "Unordered" }],
    ["SELECT DISTINCT TOP 5 VALUE c.name FROM c", {
      distinctType: "Unordered",
      top: 5,
      hasSelectValue: true,
      rewrittenQuery: "SELECT DISTINCT VALUE c.name\nFROM c",
    }],
    ["SELECT DISTINCT *  FROM c WHERE c.key = 5 OFFSET 1 LIMIT 2", {
      distinctType: "Unordered",
      offset: 1,
      limit: 2,
      rewrittenQuery: "SELECT DISTINCT *\nFROM c\nWHERE (c.key = 5)",
    }],
    ["SELECT DISTINCT VALUE c.blah FROM c ORDER BY c.blah", {
      distinctType: "Ordered",
      orderBy: ["Ascending"],
      orderByExpressions: ["c.blah"],
      hasSelectValue: true,
      rewrittenQuery: 'SELECT c._rid, [{"item": c.blah}] AS orderByItems, c.blah AS payload\nFROM c\n' +
        "WHERE (({documentdb-formattableorderbyquery-filter}) AND IS_DEFINED(c.blah))\nORDER BY c.blah",
    }],
    ["SELECT * FROM Root r ORDER BY r.blah", {
      orderBy: ["Ascending"],
      orderByExpressions: ["r.blah"],
      rewrittenQuery: 'SELECT r._rid, [{"item": r.blah}] AS orderByItems, r AS payload\nFROM Root AS r\n' +
        "WHERE ({documentdb-formattableorderbyquery-filter})\nORDER BY r.blah",
    }],
    ['SELECT TOP 70 r["a"] FROM Root r ORDER BY r.key DESC', {
      top: 70,
      orderBy: ["Descending"],
      orderByExpressions: ["r.key"],
      rewrittenQuery:
        'SELECT TOP 70 r._rid, [{"item": r.key}] AS orderByItems, {"a": r["a"]} AS payload\nFROM Root AS r\n' +
        "WHERE ({documentdb-formattableorderbyquery-filter})\nORDER BY r.key DESC",
    }],
    ["SELECT TOP 50 r[0] FROM r WHERE r.key IN (1, 2) ORDER BY r.key ASC, r.b", {
      top: 50,
      orderBy: ["Ascending", "Ascending"],
      orderByExpressions: ["r.key", "r.b"],
      rewrittenQuery:
        'SELECT TOP 50 r._rid, [{"item": r.key}, {"item": r.b}] AS orderByItems, {"$1": r[0]} AS payload\nFROM r\n' +
        "WHERE ((r.key IN (1, 2)) AND ({documentdb-formattableorderbyquery-filter}))\nORDER BY r.key ASC, r.b",
    }],
    ["SELECT VALUE COUNT(1) FROM c WHERE c.key = 5 OFFSET 1 LIMIT 2", {
      offset: 1,
      limit: 2,
      aggregates: ["Count"],
      hasSelectValue: true,
      rewrittenQuery: 'SELECT VALUE [{"item": COUNT(1)}]\nFROM c\nWHERE (c.key = 5)',
    }],
    ["SELECT TOP 5 VALUE AVG(c.name) FROM c", {
      top: 5,
      aggregates: ["Average"],
      hasSelectValue: true,
      rewrittenQuery: 'SELECT VALUE [{"item": {"sum": SUM(c.name), "count": COUNT(c.name)}}]\nFROM c',
    }],
    ["SELECT VALUE MIN(c.blah + 1) FROM c", {
      aggregates: ["Min"],
      hasSelectValue: true,
      rewrittenQuery:
        'SELECT VALUE [{"item": MIN((c.blah + 1)), "item2": {"min": MIN((c.blah + 1)), "count": COUNT((c.blah + 1))}}]\nFROM c',
    }],
    ["SELECT MAX(c.blah) as max_blah, COUNTIF(c.valid) FROM c", {
      groupByAliases: ["max_blah", "$1"],
      groupByAliasToAggregateType: { max_blah: "Max", $1: "CountIf" },
      rewrittenQuery:
        'SELECT {"max_blah": {"item": MAX(c.blah), "item2": {"max": MAX(c.blah), "count": COUNT(c.blah)}}, ' +
        '"$1": {"item": COUNTIF(c.valid)}} AS payload\nFROM c',
    }],
    ["SELECT c.name FROM c WHERE c.key = 5 GROUP BY c.name OFFSET 1 LIMIT 2", {
      offset: 1,
      limit: 2,
      groupByExpressions: ["c.name"],
      groupByAliases: ["name"],
      groupByAliasToAggregateType: { name: null },
      rewrittenQuery: 'SELECT [{"item": c.name}] AS groupByItems, {"name": c.name} AS payload\nFROM c\n' +
        "WHERE (c.key = 5)\nGROUP BY c.name",
    }],
    ["SELECT TOP 5 VALUE c.name FROM c GROUP BY c.name", {
      top: 5,
      groupByExpressions: ["c.name"],
      hasSelectValue: true,
      rewrittenQuery: 'SELECT [{"item": c.name}] AS groupByItems, c.name AS payload\nFROM c\nGROUP BY c.name',
    }],
  ];

const PLAIN: JsonObject = {
  distinctType: "None",
  top: null,
  offset: null,
  limit: null,
  orderBy: [],
  orderByExpressions: [],
  groupByExpressions: [],
  groupByAliases: [],
  aggregates: [],
  groupByAliasToAggregateType: {},
  rewrittenQuery: "",
  hasSelectValue: false,
  hasNonStreamingOrderBy: false,
};

Deno.test("queryPlan() gives the plans that the service gives", () => {
  for (const [query, plan, parameters] of PLANS) {
    assert.deepEqual(queryPlan(compileQuery(query), { parameters }), { ...PLAIN, ...plan }, query);
  }
});

Deno.test("queryPlan() refuses aggregates within larger expressions, as the service does", () => {
  for (
    const query of [
      "SELECT VALUE {'sum': SUM(r.a)} FROM r",
      "SELECT VALUE FLOOR(AVG(r.a)) FROM r",
      "SELECT COUNT(1) + 1 AS n FROM r",
    ]
  ) {
    assert.throws(
      () => queryPlan(compileQuery(query)),
      /an aggregate over several ranges must be the whole of what SELECT gives/,
      query,
    );
  }
});

interface Ordered {
  readonly orderByItems: readonly { readonly item?: JsonValue }[];
  readonly payload: JsonValue;
}

interface Grouped {
  readonly groupByItems?: JsonValue;
  readonly payload: Readonly<Record<string, JsonValue>>;
}

interface Partial {
  readonly item?: JsonValue;
  readonly item2?: JsonObject;
}

/** Does what the SDK does with a plan: one query a range, and their rows put together. Written after @azure/cosmos 4.10.1, queryExecutionContext. */
function runOverRanges(query: string, ranges: readonly (readonly JsonObject[])[]): JsonValue[] {
  const plan = queryPlan(compileQuery(query));
  const text = String(plan.rewrittenQuery || query).replace(
    "{documentdb-formattableorderbyquery-filter}",
    "true",
  );
  const compiled = compileQuery(text);
  let rows = ranges.flatMap((documents) => executeQuery(compiled, documents));
  if (Array.isArray(plan.orderBy) && plan.orderBy.length > 0) {
    rows = merge(rows as never, plan.orderBy as string[]);
  }
  const types = plan.groupByAliasToAggregateType as Readonly<Record<string, string | null>>;
  const [valueType] = plan.aggregates as readonly string[];
  const groupByExpressions = plan.groupByExpressions as readonly string[];
  if (plan.hasSelectValue && (valueType !== undefined || groupByExpressions.length > 0)) {
    rows = groupValues(rows, valueType);
  } else if (Object.keys(types).length > 0) rows = groupLists(rows as never, types);
  if (plan.distinctType === "Unordered") {
    rows = [...new Map(rows.map((row) => [canonicalJson(row), row])).values()];
  }
  if (plan.distinctType === "Ordered") {
    rows = rows.filter((row, index) => canonicalJson(row) !== canonicalJson(rows[index - 1] ?? "none"));
  }
  if (typeof plan.top === "number") rows = rows.slice(0, plan.top);
  return typeof plan.limit === "number"
    ? rows.slice(Number(plan.offset), Number(plan.offset) + plan.limit)
    : rows;
}

function merge(rows: readonly Ordered[], orderBy: readonly string[]): JsonValue[] {
  const compare = (left: Ordered, right: Ordered) => {
    for (const [index, direction] of orderBy.entries()) {
      const order = compareInOrder(left.orderByItems[index]?.item, right.orderByItems[index]?.item);
      if (order !== 0) return direction === "Descending" ? -order : order;
    }
    return 0;
  };
  return [...rows].sort(compare).map(({ payload }) => payload);
}

function groupValues(rows: readonly JsonValue[], type: string | undefined): JsonValue[] {
  const groups = new Map<string, JsonValue[]>();
  for (const row of rows) {
    const { groupByItems, payload } = Array.isArray(row)
      ? { groupByItems: 0, payload: row }
      : row as never as Grouped;
    const key = canonicalJson(groupByItems ?? 0);
    groups.set(key, [...groups.get(key) ?? [], payload as JsonValue]);
  }
  const results = [...groups.values()].map((payloads) =>
    type === undefined
      ? payloads[0]
      : combine(type, payloads.map((payload) => (payload as never as Partial[])[0] ?? {}))
  );
  return results.filter((result) => result !== undefined);
}

function groupLists(rows: readonly Grouped[], types: Readonly<Record<string, string | null>>): JsonValue[] {
  const groups = new Map<string, Grouped["payload"][]>();
  for (const { groupByItems, payload } of rows) {
    const key = canonicalJson(groupByItems ?? 0);
    groups.set(key, [...groups.get(key) ?? [], payload]);
  }
  return [...groups.values()].map((payloads) => {
    const members = Object.entries(types).map(([name, type]) => {
      const values = payloads.map((payload) => payload[name]);
      return [name, type === null ? values[0] : combine(type, values as never as Partial[])];
    });
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  });
}

function combine(type: string, partials: readonly Partial[]): JsonValue | undefined {
  const items = partials.map(({ item, item2 }) => (item2 ?? item) as never);
  switch (type) {
    case "Average": {
      const sums = items as readonly { sum: number; count: number }[];
      const count = sums.reduce((total, one) => total + one.count, 0);
      return count === 0 ? undefined : sums.reduce((total, one) => total + one.sum, 0) / count;
    }
    case "Min":
    case "Max": {
      const values = (items as readonly JsonObject[]).map((one) => one[type.toLowerCase()]);
      const [best] = values.filter((value) => value !== undefined).sort(compareInOrder).slice(
        type === "Min" ? 0 : -1,
      );
      return best;
    }
    default:
      return (items as readonly number[]).reduce((total, one) => total + one, 0);
  }
}

/** Queries over documents {a, b, tags} whose result does not depend on which range a document is in, up to the order of rows if `isSorted` is false. */
const DISTRIBUTED: readonly (readonly [query: string, isSorted: boolean])[] = [
  ["SELECT * FROM c WHERE c.a > 1", false],
  ["SELECT c.a, c.b FROM c ORDER BY c.a, c.b DESC", true],
  ["SELECT VALUE c.b FROM c ORDER BY c.b", true],
  ["SELECT VALUE c.a FROM c WHERE c.a != 1 ORDER BY c.a DESC OFFSET 1 LIMIT 3", true],
  ["SELECT TOP 3 VALUE c.a FROM c ORDER BY c.a", true],
  ["SELECT DISTINCT VALUE c.a FROM c ORDER BY c.a OFFSET 1 LIMIT 2", true],
  ["SELECT DISTINCT VALUE c.a FROM c", false],
  ["SELECT DISTINCT c.a, c.b FROM c ORDER BY c.b, c.a", true],
  ["SELECT DISTINCT VALUE c.a FROM c ORDER BY c.b", true],
  ["SELECT DISTINCT VALUE c.b FROM c ORDER BY c.a, c.b", true],
  ["SELECT VALUE COUNT(1) FROM c", true],
  ["SELECT VALUE COUNT(c.b) FROM c WHERE c.a = 2", true],
  ["SELECT VALUE SUM(c.a) FROM c", true],
  ["SELECT VALUE AVG(c.a) FROM c", true],
  ["SELECT VALUE MIN(c.b) FROM c", true],
  ["SELECT COUNT(1) AS n, MAX(c.a) AS most, AVG(c.a) AS mean, SUM(c.a) FROM c", true],
  ["SELECT c.a, COUNT(1) AS n, MIN(c.b) AS least FROM c GROUP BY c.a", false],
  ["SELECT VALUE COUNT(1) FROM c GROUP BY c.a", false],
  ["SELECT VALUE c.b FROM c GROUP BY c.b", false],
  ["SELECT t, COUNTIF(c.a > 1) AS n FROM c JOIN t IN c.tags GROUP BY t", false],
];

Deno.test("queryPlan() makes ranges and SDK give together what one range with all documents gives", () => {
  const document = fc.record({
    a: fc.nat(3),
    b: fc.constantFrom("x", "y", "z"),
    tags: fc.array(fc.constantFrom("s", "t"), { maxLength: 2 }),
  }, { requiredKeys: ["a"] });
  const ranges = fc.array(fc.array(document, { maxLength: 6 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(ranges, (split) => {
      for (const [query, isSorted] of DISTRIBUTED) {
        const sort = (rows: readonly JsonValue[]) => isSorted ? rows : rows.map(canonicalJson).sort();
        const whole = executeQuery(compileQuery(query), split.flat() as JsonObject[]);
        assert.deepEqual(sort(runOverRanges(query, split as JsonObject[][])), sort(whole), query);
      }
    }),
    { numRuns: 300 },
  );
});
