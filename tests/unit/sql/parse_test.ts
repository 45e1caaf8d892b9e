import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, parseCondition } from "../../../lib/sql/parse.ts";
import { printExpression, printQuery } from "../../../lib/sql/print.ts";
import { compileQuery, SqlSyntaxError } from "../../../lib/sql/mod.ts";
import { expression, query, withoutOffsets } from "./_arbitrary_sql.ts";

/** Text and the same with every operator in parentheses. */
const PRECEDENCE: readonly (readonly [text: string, meaning: string])[] = [
  ["a OR b AND c", "(a OR (b AND c))"],
  ["NOT a = b", "((NOT a) = b)"],
  ["NOT a IN (1)", "((NOT a) IN (1))"],
  ["a + b * c - d", "((a + (b * c)) - d)"],
  ["a < b = c", "((a < b) = c)"],
  ["a = b & c", "((a = b) & c)"],
  ["a & b ^ c | d", "(((a & b) ^ c) | d)"],
  ["a = b || c", "((a = b) || c)"],
  ["a << 1 + 2 < b", "((a << (1 + 2)) < b)"],
  ["a BETWEEN 1 AND 2 AND b", "((a BETWEEN 1 AND 2) AND b)"],
  ["a NOT BETWEEN 1 + 1 AND 2 OR b", "((a NOT BETWEEN (1 + 1) AND 2) OR b)"],
  ["a LIKE b || 'x' AND c", '((a LIKE (b || "x")) AND c)'],
  ["a NOT LIKE 'x' ESCAPE '!'", '(a NOT LIKE "x" ESCAPE "!")'],
  ["a ?? b ?? c", "((a ?? b) ?? c)"],
  ["a ?? b ? c : d", "((a ?? b) ? c : d)"],
  ["a ? b : c ? d : e", "(a ? b : (c ? d : e))"],
  ["a OR b ?? c", "((a OR b) ?? c)"],
  ["-a.b[0] + ~c", "((-a.b[0]) + (~c))"],
  ["- -1", "(-(-1))"],
  ["a <> 1", "(a != 1)"],
  ["a not in (1, 2)", "(a NOT IN (1, 2))"],
  ["udf.f(a, 1)", "udf.f(a, 1)"],
  ["LEFT(a, 1)", "LEFT(a, 1)"],
  ["{a: 1, 'b c': [2, x]}", '{"a": 1, "b c": [2, x]}'],
];

Deno.test("parseCondition() binds operators as tightly as the published grammar", () => {
  for (const [text, meaning] of PRECEDENCE) {
    assert.equal(printExpression(parseCondition(text)), meaning, text);
  }
});

Deno.test("parse() reads every clause, keywords in any case, and skips comments", () => {
  const text = `select distinct top @n c.a as x, -- the first
    c["b"] /* and the second */ FROM root c join t in c.tags Where c.a > 0x1F
    group by c.a order By c.a desc, c.b ASC offset 1 limit @m`;
  assert.equal(
    printQuery(parse(text)),
    [
      'SELECT DISTINCT TOP @n c.a AS x, c["b"]',
      "FROM root AS c",
      "JOIN t IN c.tags",
      "WHERE (c.a > 31)",
      "GROUP BY c.a",
      "ORDER BY c.a DESC, c.b ASC",
      "OFFSET 1 LIMIT @m",
    ].join("\n"),
  );
});

Deno.test("parse() decodes the escapes of strings in both kinds of quotes", () => {
  const read = (text: string) => {
    const parsed = parseCondition(text);
    return parsed.kind === "literal" ? parsed.value : undefined;
  };
  assert.equal(read(String.raw`"\"\\\/\b\f\n\r\t\u0041\'"`), "\"\\/\b\f\n\r\tA'");
  assert.equal(read(String.raw`'it\'s "so"'`), `it's "so"`);
  assert.equal(read(`'\\ud83d\\ude00'`), "😀");
});

Deno.test("parse() reads numbers in decimal, scientific and hexadecimal notation", () => {
  for (
    const [text, value] of [["1.5", 1.5], [".5e-1", 0.05], ["2.", 2], ["1E3", 1000], ["0xff", 255]] as const
  ) {
    assert.deepEqual(parseCondition(text), { kind: "literal", value, at: 0 });
  }
});

/** Text, offset of the error, and a part of the message. */
const ERRORS: readonly (readonly [text: string, offset: number, message: string])[] = [
  ["", 0, "a query must begin with SELECT: current value is the end of the query"],
  ["SELEC * FROM c", 0, "a query must begin with SELECT: current value is SELEC"],
  ["SELECT * FROM c WHERE", 21, "an expression must stand here"],
  ["SELECT * FROM c WHERE c.a = = 1", 28, "an expression must stand here: current value is ="],
  ["SELECT * FROM c WHERE (c.a = 1", 30, '")" must follow an expression in parentheses'],
  ["SELECT c.value FROM c", 9, "what follows a dot must be a name: current value is value"],
  ["SELECT TOP -1 * FROM c", 11, "TOP must be followed by an integer from 0 or a parameter"],
  ["SELECT * FROM c OFFSET 1", 24, "LIMIT must follow the count of OFFSET"],
  [
    "SELECT * FROM c WHERE c.a LIKE 'x' ESCAPE 'ab'",
    42,
    "ESCAPE must be followed by a string of one character",
  ],
  ["SELECT * FROM c WHERE c.a = 'x", 28, "a string must end with '"],
  ["SELECT * FROM c WHERE c.a = '\\q'", 29, "escapes are"],
  [
    "SELECT * FROM c WHERE c.a = #",
    28,
    'words, numbers, strings, parameters and operators: current value is "#"',
  ],
  ["SELECT * FROM c WHERE c.a = 1e999", 28, "a number must fit into a double"],
  ["SELECT * FROM c ORDER BY RANK FullTextScore(c.a, 'x')", 25, "hybrid search"],
  ["SELECT * FROM c WHERE c.a = 'x\ny'", 30, "control characters in a string are written as escapes"],
  ["SELECT * FROM c WHERE c.null = 1", 24, "what follows a dot must be a name: current value is null"],
  ["SELECT * FROM c WHERE 1 2", 24, "the query must end here: current value is 2"],
  ["SELECT * FROM c WHERE c.a BETWEEN 1 OR 2", 36, "AND must follow the lower bound of BETWEEN"],
  ["SELECT * FROM c WHERE c.a IN ()", 30, "an expression must stand here"],
];

Deno.test("parse() reports where a query goes wrong and what was expected", () => {
  for (const [text, offset, message] of ERRORS) {
    assert.throws(() => parse(text), (error) => {
      assert.ok(error instanceof SqlSyntaxError, String(error));
      assert.equal(error.code, "sql-syntax");
      assert.ok(error.message.includes(message), `${text}: ${error.message}`);
      assert.equal(error.position.offset, offset, text);
      return true;
    });
  }
});

Deno.test("SqlSyntaxError counts lines and columns from 1", () => {
  assert.throws(() => parse("SELECT *\nFROM c\n  WHERE )"), (error) => {
    assert.ok(error instanceof SqlSyntaxError);
    assert.deepEqual(error.position, { offset: 24, line: 3, column: 9 });
    assert.match(error.message, /^Cannot read the query at line 3, column 9 as /);
    return true;
  });
});

Deno.test("parse() says how to write a property that is named like a keyword", () => {
  assert.throws(() => parse("SELECT c.order FROM c"), {
    hint: 'Write a property that is named like a keyword as ["order"]',
  });
});

Deno.test("parse() refuses nesting that could exhaust the stack", () => {
  const deep = [
    "(".repeat(5000),
    `SELECT VALUE ${"[".repeat(5000)}`,
    `SELECT VALUE 1${" + 1".repeat(5000)}`,
    `SELECT VALUE ${"NOT ".repeat(5000)} true`,
    `SELECT VALUE c${".a".repeat(5000)} FROM c`,
    `SELECT VALUE ${"(SELECT VALUE ".repeat(2000)}`,
  ];
  for (const text of deep) assert.throws(() => compileQuery(text), SqlSyntaxError, text.slice(0, 30));
});

Deno.test("parse() accepts a long list of values and a deep but sane condition", () => {
  const values = Array.from({ length: 5000 }, (_, index) => `"${index}"`).join(", ");
  compileQuery(`SELECT * FROM c WHERE c.id IN (${values})`);
  compileQuery(
    `SELECT * FROM c WHERE ${Array.from({ length: 900 }, (_, index) => `c.a = ${index}`).join(" OR ")}`,
  );
});

Deno.test("parse() gives back the tree that printQuery() wrote", () => {
  fc.assert(
    fc.property(query, (tree) => {
      assert.deepEqual(withoutOffsets(parse(printQuery(tree))), withoutOffsets(tree));
    }),
    { numRuns: 500 },
  );
});

Deno.test("parseCondition() gives back the tree that printExpression() wrote", () => {
  fc.assert(
    fc.property(expression, (tree) => {
      assert.deepEqual(withoutOffsets(parseCondition(printExpression(tree))), withoutOffsets(tree));
    }),
    { numRuns: 500 },
  );
});

const FRAGMENTS = [
  ..."SELECT * FROM c WHERE VALUE TOP DISTINCT JOIN IN GROUP ORDER BY OFFSET LIMIT AND OR NOT LIKE BETWEEN"
    .split(" "),
  ..."EXISTS ARRAY udf . , ( ) [ ] { } : ? ?? || = != < > + - ~ 1 'x' \"y\" @p null undefined a COUNT ABS"
    .split(" "),
];

Deno.test("compileQuery() throws nothing but SqlSyntaxError, whatever the text is", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 25 }).map((words) => words.join(" ")),
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 25 }).map((words) =>
      `SELECT VALUE ${words.join(" ")}`
    ),
    query.map((tree) => printQuery(tree)),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      try {
        compileQuery(candidate);
      } catch (error) {
        assert.ok(error instanceof SqlSyntaxError, `${candidate}: ${error}`);
      }
    }),
    { numRuns: 2000 },
  );
});
