import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import type { Check } from "../check.ts";
import { language } from "../citation.ts";
import type { Laboratory } from "../laboratory.ts";
import { rowsOf, type Specimen } from "../specimen.ts";

const PK = "language";
const DOCUMENTS: readonly JsonObject[] = [
  { id: "1", pk: PK, n: 1, name: "Ada", tags: ["a", "b"], address: { city: "Graz" }, nothing: null },
  { id: "2", pk: PK, n: 2, name: "Bob", tags: ["b", "c"], address: { city: "Wien" } },
  { id: "3", pk: PK, n: 3, name: "Ärne", tags: [], flag: true },
  { id: "4", pk: PK, n: "4", name: "dora", tags: ["a"], flag: false },
];

type Case = readonly [page: string, query: string, expected: readonly JsonValue[]];

/** Queries over {@linkcode DOCUMENTS} with their rows, in the order of the ids where the query has none. */
const CASES: readonly Case[] = [
  ["select", 'SELECT c.id, c.address.city FROM c WHERE c.id = "1"', [{ id: "1", city: "Graz" }]],
  ["select", 'SELECT c["name"] AS who FROM c WHERE c.id = "1"', [{ who: "Ada" }]],
  ["select", 'SELECT c.missing FROM c WHERE c.id = "1"', [{}]],
  ["keywords", "SELECT VALUE c.id FROM c", ["1", "2", "3", "4"]],
  ["keywords", "SELECT VALUE c.missing FROM c", []],
  ["keywords", 'SELECT VALUE {"i": c.id, "t": [c.n, 1]} FROM c WHERE c.id = "2"', [{ i: "2", t: [2, 1] }]],
  ["keywords", "SELECT TOP 1 VALUE c.id FROM c ORDER BY c.id DESC", ["4"]],
  ["keywords", "SELECT DISTINCT VALUE c.pk FROM c", [PK]],
  ["keywords", 'SELECT VALUE c.id FROM c WHERE c.name LIKE "%o%"', ["2", "4"]],
  ["keywords", 'SELECT VALUE c.id FROM c WHERE c.name LIKE "_d_"', ["1"]],
  ["keywords", "SELECT VALUE c.id FROM c WHERE c.n BETWEEN 2 AND 3", ["2", "3"]],
  ["keywords", 'SELECT VALUE c.id FROM c WHERE c.id IN ("1", "3", 2)', ["1", "3"]],
  ["order-by", "SELECT VALUE c.id FROM c ORDER BY c.n", ["1", "2", "3", "4"]],
  ["order-by", "SELECT VALUE c.id FROM c ORDER BY c.n DESC", ["4", "3", "2", "1"]],
  ["order-by", "SELECT VALUE c.id FROM c ORDER BY c.flag", ["1", "2", "4", "3"]],
  ["offset-limit", "SELECT VALUE c.id FROM c ORDER BY c.id OFFSET 1 LIMIT 2", ["2", "3"]],
  ["group-by", "SELECT c.flag, COUNT(1) AS n FROM c WHERE IS_DEFINED(c.flag) GROUP BY c.flag", [
    { flag: false, n: 1 },
    { flag: true, n: 1 },
  ]],
  ["aggregate-functions", "SELECT VALUE COUNT(c.flag) FROM c", [2]],
  ["aggregate-functions", "SELECT VALUE SUM(c.n) FROM c WHERE IS_NUMBER(c.n)", [6]],
  ["aggregate-functions", "SELECT VALUE AVG(c.n) FROM c WHERE IS_NUMBER(c.n)", [2]],
  ["aggregate-functions", "SELECT VALUE MAX(c.name) FROM c", ["Ärne"]],
  ["join", "SELECT c.id, t AS tag FROM c JOIN t IN c.tags WHERE c.n = 1", [{ id: "1", tag: "a" }, {
    id: "1",
    tag: "b",
  }]],
  ["join", 'SELECT VALUE c.id FROM c JOIN t IN c.tags WHERE t = "b"', ["1", "2"]],
  ["subquery", 'SELECT VALUE c.id FROM c WHERE EXISTS (SELECT VALUE t FROM t IN c.tags WHERE t = "c")', [
    "2",
  ]],
  ["subquery", "SELECT VALUE ARRAY(SELECT VALUE UPPER(t) FROM t IN c.tags) FROM c WHERE c.n = 1", [[
    "A",
    "B",
  ]]],
  ["subquery", "SELECT VALUE (SELECT VALUE COUNT(1) FROM t IN c.tags) FROM c", [2, 2, 0, 1]],
  ["ternary-coalesce-operators", 'SELECT VALUE c.missing ?? "none" FROM c WHERE c.id = "1"', ["none"]],
  ["ternary-coalesce-operators", 'SELECT VALUE c.nothing ?? "none" FROM c WHERE c.id = "1"', [null]],
  ["ternary-coalesce-operators", 'SELECT VALUE c.flag ? "yes" : "no" FROM c', ["no", "no", "yes", "no"]],
  ["equality-comparison-operators", "SELECT VALUE c.id FROM c WHERE c.n = 4", []],
  ["equality-comparison-operators", 'SELECT VALUE c.id FROM c WHERE c.n != "4"', ["1", "2", "3"]],
  ["equality-comparison-operators", "SELECT VALUE c.id FROM c WHERE c.n > 1", ["2", "3"]],
  ["equality-comparison-operators", "SELECT VALUE c.id FROM c WHERE c.missing = null", []],
  ["equality-comparison-operators", "SELECT VALUE c.id FROM c WHERE c.nothing = null", ["1"]],
  ["equality-comparison-operators", "SELECT VALUE c.id FROM c WHERE NOT (c.missing = 1)", []],
  ["logical-operators", "SELECT VALUE c.id FROM c WHERE c.flag OR c.n = 1", ["1", "3"]],
  ["logical-operators", "SELECT VALUE c.id FROM c WHERE NOT c.flag", ["4"]],
  ["scalar-expressions", "SELECT VALUE c.n * 2 + 1 FROM c WHERE c.n = 3", [7]],
  ["scalar-expressions", 'SELECT VALUE c.name || "!" FROM c WHERE c.n = 1', ["Ada!"]],
  ["type-checking-functions", "SELECT VALUE c.id FROM c WHERE IS_DEFINED(c.flag)", ["3", "4"]],
  ["type-checking-functions", "SELECT VALUE c.id FROM c WHERE IS_NULL(c.nothing)", ["1"]],
  ["type-checking-functions", "SELECT VALUE c.id FROM c WHERE IS_STRING(c.n)", ["4"]],
  ["type-checking-functions", "SELECT VALUE c.id FROM c WHERE IS_OBJECT(c.address)", ["1", "2"]],
  [
    "type-checking-functions",
    "SELECT VALUE [IS_ARRAY(c.tags), IS_BOOL(c.flag), IS_PRIMITIVE(c.tags)] FROM c WHERE c.n = 3",
    [
      [true, true, false],
    ],
  ],
  ["string-functions", 'SELECT VALUE c.id FROM c WHERE STARTSWITH(c.name, "a")', []],
  ["string-functions", 'SELECT VALUE c.id FROM c WHERE STARTSWITH(c.name, "a", true)', ["1"]],
  ["string-functions", 'SELECT VALUE c.id FROM c WHERE CONTAINS(c.name, "O", true)', ["2", "4"]],
  ["string-functions", 'SELECT VALUE c.id FROM c WHERE ENDSWITH(c.name, "a")', ["1", "4"]],
  [
    "string-functions",
    "SELECT VALUE [UPPER(c.name), LOWER(c.name), LENGTH(c.name), SUBSTRING(c.name, 1, 2)] FROM c WHERE c.n = 1",
    [
      ["ADA", "ada", 3, "da"],
    ],
  ],
  [
    "string-functions",
    'SELECT VALUE [CONCAT(c.name, "-", c.id), REPLACE(c.name, "A", "E"), INDEX_OF(c.name, "d")] FROM c WHERE c.n = 1',
    [
      ["Ada-1", "Eda", 1],
    ],
  ],
  [
    "string-functions",
    'SELECT VALUE [TRIM("  x "), LEFT("abc", 2), REVERSE("abc"), REPLICATE("ab", 2)] FROM c WHERE c.n = 1',
    [
      ["x", "ab", "cba", "abab"],
    ],
  ],
  ["string-functions", 'SELECT VALUE c.id FROM c WHERE RegexMatch(c.name, "^[A-B]")', ["1", "2"]],
  [
    "string-functions",
    'SELECT VALUE [StringToNumber("1.5"), ToString(c.n), StringToArray("[1]")] FROM c WHERE c.n = 1',
    [
      [1.5, "1", [1]],
    ],
  ],
  ["array-functions", 'SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(c.tags, "a")', ["1", "4"]],
  [
    "array-functions",
    'SELECT VALUE ARRAY_CONTAINS([{"a": 1, "b": 2}], {"a": 1}, true) FROM c WHERE c.n = 1',
    [true],
  ],
  [
    "array-functions",
    "SELECT VALUE [ARRAY_LENGTH(c.tags), ARRAY_SLICE(c.tags, 1), ARRAY_CONCAT(c.tags, [1])] FROM c WHERE c.n = 1",
    [
      [2, ["b"], ["a", "b", 1]],
    ],
  ],
  [
    "mathematical-functions",
    "SELECT VALUE [ABS(-1), CEILING(1.2), FLOOR(1.8), ROUND(2.5), POWER(2, 3), SQRT(9)] FROM c WHERE c.n = 1",
    [
      [1, 2, 1, 3, 8, 3],
    ],
  ],
  ["constants", 'SELECT VALUE ["\\u00e9", 1e3, 0x1F, true, null] FROM c WHERE c.n = 1', [[
    "é",
    1000,
    31,
    true,
    null,
  ]]],
];

/** What the query language means, over one partition key, so that every implementation can be asked. */
export const LANGUAGE_CHECKS: readonly Check[] = [
  ...CASES.map(([page, query, expected]): Check => ({
    name: `language: ${query}`,
    cites: language(page),
    expected: expected as JsonValue,
    observe: (laboratory) => answer(laboratory, query),
  })),
  {
    name: "language: parameters stand for values of every type",
    cites: language("parameterized-queries"),
    expected: ["1"],
    observe: (laboratory) =>
      answer(laboratory, {
        query: "SELECT VALUE c.id FROM c WHERE c.name = @name AND c.address = @address AND c.tags = @tags",
        parameters: [
          { name: "@name", value: "Ada" },
          { name: "@address", value: { city: "Graz" } },
          { name: "@tags", value: ["a", "b"] },
        ],
      }),
  },
];

const libraries = new WeakMap<Laboratory, Promise<Specimen>>();

async function answer(laboratory: Laboratory, query: string | JsonObject): Promise<JsonValue> {
  let library = libraries.get(laboratory);
  if (library === undefined) {
    library = laboratory.container().then(async (specimen) => {
      await specimen.put(...DOCUMENTS);
      return specimen;
    });
    libraries.set(laboratory, library);
  }
  const page = await (await library).query(query, {
    key: [PK],
    // Not needed with a key; there are implementations that ask for it anyway, and the language is what is asked for here.
    headers: { "x-ms-documentdb-query-enablecrosspartition": "True" },
  });
  if (page.outcome !== "200") return page.outcome;
  const rows = [...rowsOf(page)];
  const text = typeof query === "string" ? query : String(query["query"]);
  return /GROUP BY/.test(text)
    ? rows.sort((left, right) => JSON.stringify(left) < JSON.stringify(right) ? -1 : 1)
    : rows;
}
