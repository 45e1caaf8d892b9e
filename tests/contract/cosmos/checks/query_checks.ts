import { isJsonObject, type JsonObject, type JsonValue } from "../../../../lib/base/json.ts";
import type { Check } from "../check.ts";
import { language, rest, sdk, STATUS_CODES } from "../citation.ts";
import type { Laboratory } from "../laboratory.ts";
import { rowsOf, type Specimen } from "../specimen.ts";

const QUERY_REST = rest("query-documents");
const PLAN = sdk("ClientContext.js", 'HttpHeaders.IsQueryPlan] = "True"');
const PLAN_HEADERS = {
  "content-type": "application/query+json",
  "x-ms-cosmos-is-query-plan-request": "True",
  "x-ms-cosmos-query-version": "1.4",
  "x-ms-cosmos-supported-query-features":
    "Aggregate, CompositeAggregate, Distinct, GroupBy, MultipleAggregates, " +
    "MultipleOrderBy, NonValueAggregate, OffsetAndLimit, OrderBy, Top, CountIf",
};
const DOCUMENTS: readonly JsonObject[] = Array.from({ length: 30 }, (_, n) => ({
  id: `${n}`,
  pk: `key-${n}`,
  n,
  team: n % 3,
  even: n % 2 === 0,
}));
const COUNT = DOCUMENTS.length;

/** How queries are run: ranges, pages, plans. What the language means stands in the checks of the language. */
export const QUERY_CHECKS: readonly Check[] = [
  {
    name: "queries: pinned to ranges, page by page, they give every document once",
    cites: QUERY_REST,
    expected: [COUNT, COUNT, true],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const { ids, sizes } = await walk(specimen, "SELECT VALUE c.id FROM c", 4);
      return [ids.length, new Set(ids).size, sizes.every((size) => size <= 4)];
    },
  },
  {
    name: "queries: a page never has more rows than it may, also of a document that gives several",
    cites: rest("common-cosmosdb-rest-request-headers"),
    expected: [9, ["a0", "a1", "a2", "a3", "a4", "b0", "c0", "c1", "c2"], [2, 2, 2, 2, 1]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const parts = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}${n}`);
      await specimen.put(
        { id: "a", pk, parts: parts("a", 5) },
        { id: "none", pk, parts: [] },
        { id: "b", pk, parts: parts("b", 1) },
        { id: "c", pk, parts: parts("c", 3) },
      );
      const rows: string[] = [];
      const sizes: number[] = [];
      let continuation: string | undefined;
      do {
        const answer = await specimen.query("SELECT VALUE p FROM c JOIN p IN c.parts", {
          key: [pk],
          headers: {
            "x-ms-max-item-count": "2",
            ...continuation !== undefined && { "x-ms-continuation": continuation },
          },
        });
        const page = rowsOf(answer).map(String);
        rows.push(...page);
        if (page.length > 0) sizes.push(page.length);
        continuation = answer.headers["x-ms-continuation"]?.toString();
      } while (continuation !== undefined && sizes.length < 20);
      return [rows.length, rows.sort(), sizes];
    },
  },
  {
    name: "queries: a page says how many rows it has, and the last one has no continuation",
    cites: rest("common-cosmosdb-rest-response-headers"),
    expected: ["200", "3", 3, true, "200", "1", false],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put(...[1, 2, 3, 4].map((n) => ({ id: `${n}`, pk })));
      const page = (headers: Readonly<Record<string, string>>) =>
        specimen.query(`SELECT * FROM c WHERE c.pk = "${pk}"`, {
          key: [pk],
          headers: { "x-ms-max-item-count": "3", ...headers },
        });
      const first = await page({});
      const continuation = first.headers["x-ms-continuation"]?.toString();
      const second = await page(continuation === undefined ? {} : { "x-ms-continuation": continuation });
      return [
        first.outcome,
        first.headers["x-ms-item-count"] ?? null,
        first.json["_count"] ?? null,
        continuation !== undefined,
        second.outcome,
        second.headers["x-ms-item-count"] ?? null,
        second.headers["x-ms-continuation"] !== undefined,
      ];
    },
  },
  {
    name: "queries: a continuation neither skips nor repeats a document while others are written and deleted",
    cites: QUERY_REST,
    expected: [["0", "1", "2", "3", "5", "6", "7"], true],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put(...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => ({ id: `${n}`, pk })));
      const page = (continuation?: string) =>
        specimen.query("SELECT VALUE c.id FROM c", {
          key: [pk],
          headers: {
            "x-ms-max-item-count": "3",
            ...continuation !== undefined && { "x-ms-continuation": continuation },
          },
        });
      const ids: string[] = [];
      let continuation: string | undefined;
      let pages = 0;
      do {
        const answer = await page(continuation);
        ids.push(...rowsOf(answer).map(String));
        continuation = answer.headers["x-ms-continuation"]?.toString();
        if (pages++ > 0) continue;
        await specimen.documents({ method: "DELETE", id: "0", key: [pk] });
        await specimen.documents({ method: "DELETE", id: "4", key: [pk] });
        await specimen.put({ id: "1", pk, n: 1 });
      } while (continuation !== undefined && pages < 20);
      return [ids.sort(), pages > 1];
    },
  },
  {
    name: "queries: of one partition key read no other",
    cites: QUERY_REST,
    expected: [["1"]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const [one, other] = [laboratory.newKey(), laboratory.newKey()];
      await specimen.put({ id: "1", pk: one }, { id: "2", pk: other });
      return [rowsOf(await specimen.query("SELECT VALUE c.id FROM c", { key: [one] })).map(String)];
    },
  },
  {
    name:
      "queries: bounds cut a range in two without gap or overlap, and the border belongs to the upper part",
    cites: sdk("ClientContext.js", 'HttpHeaders.ReadFeedKeyType] = "EffectivePartitionKeyRange"'),
    expected: [true, true, true],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      await specimen.put({ id: "at-border", pk: "a" }, ...DOCUMENTS);
      // The effective partition key of "a", as the SDK computes it.
      const border = "3A5381E1114EB8D3FCC90795045B49B7";
      const range = (await specimen.ranges()).find(({ minInclusive, maxExclusive }) =>
        minInclusive <= border && (border < maxExclusive || maxExclusive === "FF")
      );
      if (range === undefined) return "no range holds the border";
      const ids = async (min: string, max: string) =>
        rowsOf(
          await specimen.query("SELECT VALUE c.id FROM c", {
            range: range.id,
            headers: {
              "x-ms-max-item-count": "100",
              "x-ms-start-epk": min,
              "x-ms-end-epk": max,
              "x-ms-read-key-type": "EffectivePartitionKeyRange",
            },
          }),
        ).map(String);
      const whole = rowsOf(
        await specimen.query("SELECT VALUE c.id FROM c", {
          range: range.id,
          headers: { "x-ms-max-item-count": "100" },
        }),
      ).map(String);
      const [lower, upper] = [
        await ids(range.minInclusive, border),
        await ids(border, range.maxExclusive),
      ];
      return [
        JSON.stringify([...lower, ...upper].sort()) === JSON.stringify(whole.sort()),
        upper.includes("at-border") && !lower.includes("at-border"),
        lower.length > 0,
      ];
    },
  },
  {
    name: "queries: over several ranges are refused with 400/1004 and what clients need to go on",
    cites: sdk("queryIterator.js", "error.body?.additionalErrorInfo ||"),
    expected: ["400/1004", true],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const { outcome, json } = await specimen.query("SELECT * FROM c ORDER BY c.n", {
        headers: { "x-ms-documentdb-query-enablecrosspartition": "True" },
      });
      return [
        outcome,
        typeof json["additionalErrorInfo"] === "string" || isJsonObject(json["additionalErrorInfo"]),
      ];
    },
  },
  {
    name: "queries: the plan covers the key space and tells order, limits, aggregates and groups",
    cites: PLAN,
    expected: [
      2,
      [{ min: "", max: "FF", isMinInclusive: true, isMaxInclusive: false }],
      ["Descending"],
      [5, 10],
      ["Count"],
      true,
      3,
      true,
    ],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const plan = async (query: string) =>
        (await specimen.documents({ method: "POST", headers: PLAN_HEADERS, body: { query } })).json;
      const info = async (query: string) => ((await plan(query))["queryInfo"] ?? {}) as JsonObject;
      const whole = await plan("SELECT * FROM c");
      const sorted = await info("SELECT * FROM c ORDER BY c.n DESC");
      const limited = await info("SELECT * FROM c OFFSET 5 LIMIT 10");
      const counted = await info("SELECT VALUE COUNT(1) FROM c");
      const grouped = await info("SELECT c.g, COUNT(1) AS n FROM c GROUP BY c.g");
      return [
        whole["partitionedQueryExecutionInfoVersion"] ?? null,
        whole["queryRanges"] ?? null,
        sorted["orderBy"] ?? null,
        [limited["offset"] ?? null, limited["limit"] ?? null],
        counted["aggregates"] ?? null,
        Array.isArray(grouped["groupByExpressions"]) && grouped["groupByExpressions"].length === 1,
        (await info("SELECT TOP 3 * FROM c"))["top"] ?? null,
        String(sorted["rewrittenQuery"]).includes("orderByItems"),
      ];
    },
  },
  ...([
    ["give every document", "SELECT VALUE c.n FROM c", numbers(COUNT), "sorted"],
    ["filter with parameters", "SELECT VALUE c.n FROM c WHERE c.n < @n", numbers(5), "sorted"],
    ["sort over ranges", "SELECT VALUE c.n FROM c ORDER BY c.n DESC", numbers(COUNT).reverse(), "as given"],
    [
      "sort by several keys",
      "SELECT VALUE c.n FROM c WHERE c.n < 6 ORDER BY c.team ASC, c.n DESC",
      [
        3,
        0,
        4,
        1,
        5,
        2,
      ],
      "as given",
      [["/team", "ascending"], ["/n", "descending"]],
    ],
    ["take the top of the order", "SELECT TOP 3 VALUE c.n FROM c ORDER BY c.n", [0, 1, 2], "as given"],
    [
      "skip and limit in the order",
      "SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 5 LIMIT 3",
      [5, 6, 7],
      "as given",
    ],
    ["count over ranges", "SELECT VALUE COUNT(1) FROM c", [COUNT], "as given"],
    [
      "sum, average, least and greatest over ranges",
      "SELECT SUM(c.n) AS s, AVG(c.n) AS a, MIN(c.n) AS l, MAX(c.n) AS g FROM c",
      [
        { s: 435, a: 14.5, l: 0, g: 29 },
      ],
      "as given",
    ],
    [
      "group over ranges",
      "SELECT c.team, COUNT(1) AS n FROM c GROUP BY c.team",
      [0, 1, 2].map((team) => ({ team, n: 10 })),
      "sorted",
    ],
    [
      "drop duplicates over ranges",
      "SELECT DISTINCT c.team FROM c",
      [{ team: 0 }, { team: 1 }, { team: 2 }],
      "sorted",
    ],
  ] as const).map(([what, query, expected, order, composite]): Check => ({
    name: `queries: through the SDK, ${what}`,
    cites: sdk("queryIterator.js", "async fetchAll("),
    expected: expected as unknown as JsonValue,
    async observe(laboratory) {
      const { sdk: container } = await stocked(laboratory, composite);
      const iterator = container.items.query({ query, parameters: [{ name: "@n", value: 5 }] }, {
        maxItemCount: 7,
      });
      const { resources } = await iterator.fetchAll();
      return order === "as given" ? resources : resources.toSorted(byText);
    },
  })),
  {
    name: "queries: text that is no query is refused with a position or a name",
    cites: rest("query-documents"),
    expected: ["400", "400", "400", "400"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const outcomes: string[] = [];
      for (
        const query of [
          "SELECT",
          "SELECT * FROM",
          "SELECT * FROM c WHERE c.n = (",
          "SELECT NOFUNCTION(1) FROM c",
        ]
      ) {
        outcomes.push((await specimen.query(query, { key: ["a"] })).outcome);
      }
      return outcomes;
    },
  },
  {
    name: "queries: a continuation that is none is refused",
    cites: rest("http-status-codes-for-cosmosdb"),
    expected: ["400"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const headers = { "x-ms-continuation": "nonsense" };
      return [(await specimen.query("SELECT * FROM c", { key: ["a"], headers })).outcome];
    },
  },
  {
    name: "queries: pinned to a range that does not exist are gone",
    cites: STATUS_CODES,
    expected: ["410/1002"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      return [(await specimen.query("SELECT * FROM c", { range: "4711" })).outcome];
    },
  },
  {
    name: "queries: sorted pages go on after the last row that was given",
    cites: language("order-by"),
    expected: [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put(...numbers(10).map((n) => ({ id: `${9 - n}`, pk, n })));
      const found: JsonValue[] = [];
      let continuation: string | undefined;
      for (let pages = 0; pages < 10; pages++) {
        const answer = await specimen.query("SELECT VALUE c.n FROM c ORDER BY c.n", {
          key: [pk],
          headers: {
            "x-ms-max-item-count": "4",
            ...continuation !== undefined && { "x-ms-continuation": continuation },
          },
        });
        found.push(...rowsOf(answer));
        continuation = answer.headers["x-ms-continuation"]?.toString();
        if (continuation === undefined) break;
      }
      return [found];
    },
  },
];

const shelves = new WeakMap<Laboratory, Promise<Specimen>>();

/** The container that these checks share and only read; one with a composite index is made anew. */
function stocked(
  laboratory: Laboratory,
  composite?: readonly (readonly [path: string, order: string])[],
): Promise<Specimen> {
  const known = composite === undefined ? shelves.get(laboratory) : undefined;
  if (known !== undefined) return known;
  const made = stock(laboratory, composite);
  if (composite === undefined) shelves.set(laboratory, made);
  return made;
}

async function stock(
  laboratory: Laboratory,
  composite?: readonly (readonly [path: string, order: string])[],
): Promise<Specimen> {
  const compositeIndexes = [composite?.map(([path, order]) => ({ path, order })) ?? []];
  const specimen = await laboratory.container(
    composite === undefined
      ? {}
      : { definition: { indexingPolicy: { includedPaths: [{ path: "/*" }], compositeIndexes } } },
  );
  await specimen.put(...DOCUMENTS);
  return specimen;
}

async function walk(
  specimen: Specimen,
  query: string,
  pageSize: number,
): Promise<{ readonly ids: readonly string[]; readonly sizes: readonly number[] }> {
  const ids: string[] = [];
  const sizes: number[] = [];
  for (const { id: range } of await specimen.ranges()) {
    let continuation: string | undefined;
    do {
      const answer = await specimen.query(query, {
        range,
        headers: {
          "x-ms-max-item-count": String(pageSize),
          ...continuation !== undefined && { "x-ms-continuation": continuation },
        },
      });
      ids.push(...rowsOf(answer).map(String));
      sizes.push(rowsOf(answer).length);
      continuation = answer.headers["x-ms-continuation"]?.toString();
    } while (continuation !== undefined && sizes.length < 200);
  }
  return { ids, sizes };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function byText(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}
