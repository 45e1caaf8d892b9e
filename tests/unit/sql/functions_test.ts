import assert from "node:assert/strict";
import type { JsonValue } from "../../../lib/base/json.ts";
import { run, valueOf } from "./_evaluate.ts";

type Case = readonly [expression: string, value: JsonValue | undefined];

function check(cases: readonly Case[]): void {
  for (const [expression, value] of cases) assert.deepEqual(valueOf(expression), value, expression);
}

const SAMPLES = ["undefined", "null", "true", "1", "1.5", "'a'", "[1]", "{a: 1}"];

/** Function and the samples for which it is true. */
const TYPE_TESTS: readonly (readonly [name: string, samples: string])[] = [
  ["IS_DEFINED", "null true 1 1.5 'a' [1] {a: 1}"],
  ["IS_NULL", "null"],
  ["IS_BOOL", "true"],
  ["IS_NUMBER", "1 1.5"],
  ["IS_FINITE_NUMBER", "1 1.5"],
  ["IS_INTEGER", "1"],
  ["IS_STRING", "'a'"],
  ["IS_ARRAY", "[1]"],
  ["IS_OBJECT", "{a: 1}"],
  ["IS_PRIMITIVE", "null true 1 1.5 'a'"],
];

Deno.test("the tests of types are true or false for a value of each type", () => {
  for (const [name, samples] of TYPE_TESTS) {
    for (const sample of SAMPLES) {
      const expected = samples.replace("{a: 1}", "{a:1}").split(" ").includes(sample.replaceAll(": ", ":"));
      assert.equal(valueOf(`${name}(${sample})`), expected, `${name}(${sample})`);
    }
  }
  check([
    ["IS_INTEGER(-9223372036854775808)", true],
    ["IS_INTEGER(9223372036854775807)", true],
    ["IS_INTEGER(18446744073709551615)", false],
    ["IIF(true, 1, 2)", 1],
    ["IIF(false, 1, 2)", 2],
    ["IIF('true', 1, 2)", 2],
    ["is_defined(c.none)", false],
  ]);
});

Deno.test("the functions of strings give what the documentation says", () => {
  check([
    ["CONCAT('a', 'b', 'c')", "abc"],
    ["CONCAT('a', 1)", undefined],
    ["CONTAINS('AdventureWorks', 'Works')", true],
    ["CONTAINS('AdventureWorks', 'works')", false],
    ["CONTAINS('AdventureWorks', 'works', true)", true],
    ["CONTAINS(1, 'a')", undefined],
    ["STARTSWITH('AdventureWorks', 'adventure')", false],
    ["STARTSWITH('AdventureWorks', 'adventure', true)", true],
    ["ENDSWITH('AdventureWorks', 'WORKS', true)", true],
    ["ENDSWITH('AdventureWorks', 'Works', false)", true],
    ["STRINGEQUALS('abc', 'ABC')", false],
    ["STRINGEQUALS('abc', 'ABC', true)", true],
    ["STRINGEQUALS(null, null)", undefined],
    ["INDEX_OF('AdventureWorks', 's')", 13],
    ["INDEX_OF('AdventureWorks', 'Works', 5)", 9],
    ["INDEX_OF('AdventureWorks', 'Adventure', 5)", -1],
    ["INDEX_OF('AdventureWorks', 'aD')", -1],
    ["LENGTH('')", 0],
    ["LENGTH('AdventureWorks')", 14],
    ["LENGTH(['a'])", undefined],
    ["LOWER('aBc')", "abc"],
    ["UPPER('aBc')", "ABC"],
    ["REVERSE('abc')", "cba"],
    ["LTRIM('  AdventureWorks  ')", "AdventureWorks  "],
    ["LTRIM('AdventureWorks', 'Works')", "AdventureWorks"],
    ["LTRIM('AdventureWorks', 'Adventure')", "Works"],
    ["LTRIM('AdventureWorks', '')", "AdventureWorks"],
    ["RTRIM('AdventureWorks', 'Works')", "Adventure"],
    ["TRIM('   AdventureWorks   ')", "AdventureWorks"],
    ["TRIM('-- AdventureWorks --', '-')", " AdventureWorks "],
    ["TRIM('-_-AdventureWorks-_-', '-_')", "AdventureWorks"],
    ["TRIM('---', '-')", ""],
    ["LEFT('AdventureWorks', 9)", "Adventure"],
    ["LEFT('AdventureWorks', 0)", ""],
    ["RIGHT('AdventureWorks', 5)", "Works"],
    ["RIGHT('Works', 99)", "Works"],
    ["RIGHT('Works', 0)", ""],
    ["SUBSTRING('AdventureWorks', 9, 5)", "Works"],
    ["SUBSTRING('AdventureWorks', 0, -1)", ""],
    ["SUBSTRING('AdventureWorks', 99, 1)", ""],
    ["SUBSTRING('AdventureWorks', 0.5, 1)", undefined],
    ["REPLACE('a.b.c', '.', '$&')", "a$&b$&c"],
    ["REPLACE('abc', '', 'x')", undefined],
    ["REPLICATE('ab', 3)", "ababab"],
    ["REPLICATE('ab', -1)", undefined],
    ["REPLICATE('ab', 5001)", undefined],
    ["StringSplit('a,b,,c', ',')", ["a", "b", "", "c"]],
    ["StringJoin(['Iropa', 'Mountain', 'Bike'], ' ')", "Iropa Mountain Bike"],
    ["StringJoin(['6', '7'], undefined)", undefined],
    ["StringJoin(['6', 7], '')", undefined],
  ]);
});

Deno.test("ToString and the functions that read strings give what the documentation says", () => {
  check([
    ["ToString(125)", "125"],
    ["ToString(0.1234)", "0.1234"],
    ["ToString(false)", "false"],
    ["ToString([1, 2, 3])", "[1,2,3]"],
    ["ToString({department: 'Bicycles'})", '{"department":"Bicycles"}'],
    ["ToString('Hello World')", "Hello World"],
    ["ToString(undefined)", undefined],
    ["StringToNumber('   60   ')", 60],
    ["StringToNumber('-1.79769e+308')", -1.79769e308],
    ["StringToNumber('Hello')", undefined],
    ["StringToNumber('')", undefined],
    ["StringToNumber('1e999')", undefined],
    ["StringToNumber(1)", undefined],
    ["StringToBoolean('    false')", false],
    ["StringToBoolean('TRUE')", undefined],
    ["StringToBoolean('1')", undefined],
    ["StringToNull('  null ')", null],
    ["StringToNull('Null')", undefined],
    [`StringToArray('[1,2,3, "[4,5,6]",[7,8]]')`, [1, 2, 3, "[4,5,6]", [7, 8]]],
    [`StringToArray("['5','6','7']")`, undefined],
    ["StringToArray('1')", undefined],
    [`StringToObject('{"a": {"b": []}}')`, { a: { b: [] } }],
    ["StringToObject('[]')", undefined],
  ]);
});

Deno.test("RegexMatch takes the documented modifiers", () => {
  check([
    ["RegexMatch('abcd', 'ABC')", false],
    ["RegexMatch('abcd', 'ABC', 'i')", true],
    ["RegexMatch('abcd', 'ab.', '')", true],
    ["RegexMatch('abcd', 'ab c', 'x')", true],
    ["RegexMatch('abcd', 'aB c', 'ix')", true],
    ["RegexMatch('ab cd', 'b[ ]c', 'x')", true],
    ["RegexMatch('salt3824908', 'salt{1}')", true],
    ["RegexMatch('a\\nb', '^b')", false],
    ["RegexMatch('a\\nb', '^b', 'm')", true],
    ["RegexMatch('a\\nb', 'a.b')", false],
    ["RegexMatch('a\\nb', 'a.b', 's')", true],
    ["RegexMatch('a-b', 'a\\\\-b')", true],
    ["RegexMatch(1, '1')", undefined],
  ]);
  const match = (p: string, m: string) => valueOf("RegexMatch('abc', @p, @m)", {}, { parameters: { p, m } });
  assert.equal(match("B", "i"), true);
  assert.equal(match("(", ""), undefined);
  assert.equal(match("b", "g"), undefined);
  const documents = [{ p: "B", m: "i" }, { p: "B", m: "" }, { p: "b", m: "" }, { p: "x", m: "" }];
  assert.deepEqual(run("SELECT VALUE RegexMatch('abc', c.p, c.m) FROM c", documents), [
    true,
    false,
    true,
    false,
  ]);
});

Deno.test("the functions of arrays give what the documentation says", () => {
  const numbers = "[70, 86, 92, 99, 85, 90, 82]";
  check([
    ["ARRAY_LENGTH([1, 2])", 2],
    ["ARRAY_LENGTH('ab')", undefined],
    ["ARRAY_CONCAT([1], [[2]], [])", [1, [2]]],
    ["ARRAY_CONCAT([1], 2)", undefined],
    ["ARRAY_CONTAINS(['coats', 'jackets'], 'coats')", true],
    ["ARRAY_CONTAINS(['coats', 'jackets'], 'hoodies')", false],
    ["ARRAY_CONTAINS([{a: 1, b: 2}], {b: 2, a: 1})", true],
    ["ARRAY_CONTAINS([{a: 1, b: 2}], {a: 1})", false],
    ["ARRAY_CONTAINS([{a: 1, b: 2}], {a: 1}, true)", true],
    ["ARRAY_CONTAINS([{a: 1, b: 2}], {a: 2, b: 2}, true)", false],
    ["ARRAY_CONTAINS([1, 2], 1, true)", true],
    ["ARRAY_CONTAINS([1], undefined)", undefined],
    ["ARRAY_CONTAINS(c.none, 1)", undefined],
    ["ARRAY_CONTAINS_ANY([1, true, '3', [1,2,3]], 1, true, '3', [1,2,3])", true],
    ["ARRAY_CONTAINS_ANY([1, 2, 3, 4], 2, 3, 4, 5)", true],
    ["ARRAY_CONTAINS_ANY([1, 2, 3, 4], 1, undefined)", true],
    ["ARRAY_CONTAINS_ANY([1, 2, 3, 4], 5, 6, 7, 8)", false],
    ["ARRAY_CONTAINS_ANY([], 1, 2, 3)", false],
    ["ARRAY_CONTAINS_ANY([1, 2, 3, 4], 5, undefined)", undefined],
    ["ARRAY_CONTAINS_ALL([1, true, '3', [1,2,3]], 1, true, '3', [1,2,3])", true],
    ["ARRAY_CONTAINS_ALL([1, 2, 3, 4], 2, 3, 4, 5)", false],
    ["ARRAY_CONTAINS_ALL([1, 2, 3, 4], 1, undefined)", undefined],
    ["ARRAY_CONTAINS_ALL([1, 2, 3, 4], 5, undefined)", false],
    [`ARRAY_SLICE(${numbers}, 1)`, [86, 92, 99, 85, 90, 82]],
    [`ARRAY_SLICE(${numbers}, -2)`, [90, 82]],
    [`ARRAY_SLICE(${numbers}, -99, 1)`, [70]],
    [`ARRAY_SLICE(${numbers}, 0, 12)`, [70, 86, 92, 99, 85, 90, 82]],
    [`ARRAY_SLICE(${numbers}, 3, 5)`, [99, 85, 90, 82]],
    [`ARRAY_SLICE(${numbers}, -2, 1)`, [90]],
    [`ARRAY_SLICE(${numbers}, 1, 0)`, []],
    ["SetIntersect([1, 2, 3, 4], [3, 4, 5, 6])", [3, 4]],
    ["SetIntersect([1, 1], [1])", [1]],
    ["SetUnion([1, 2, 3, 4], [3, 4, 5, 6])", [1, 2, 3, 4, 5, 6]],
    ["SetUnion([1, 2, 'A', 'B'], ['A', 1])", [1, 2, "A", "B"]],
    ["SetUnion([1], 2)", undefined],
    ["CHOOSE(0, 'abc', 1)", undefined],
    ["CHOOSE(1, 'abc', 1)", "abc"],
    ["CHOOSE(3, 'abc', 1)", undefined],
    ["ObjectToArray({a: '12345', b: '67890'})", [{ k: "a", v: "12345" }, { k: "b", v: "67890" }]],
    ["ObjectToArray({a: 1}, 'key')", [{ key: "a", v: 1 }]],
    ["ObjectToArray({a: 1}, 'key', 'value')", [{ key: "a", value: 1 }]],
    ["ObjectToArray([1])", undefined],
  ]);
});

Deno.test("the functions of numbers give what the documentation says, and no value that JSON lacks", () => {
  check([
    ["ABS(-1.5)", 1.5],
    ["CEILING(-1.5)", -1],
    ["FLOOR(-1.5)", -2],
    ["TRUNC(-1.5)", -1],
    ["ROUND(2.4)", 2],
    ["ROUND(2.5)", 3],
    ["ROUND(-2.6)", -3],
    ["ROUND(-6.5)", -7],
    ["ROUND(-0.4)", 0],
    ["SIGN(-3)", -1],
    ["SQRT(16)", 4],
    ["SQRT(-1)", undefined],
    ["SQUARE(3)", 9],
    ["POWER(2, 10)", 1024],
    ["POWER(0, -1)", undefined],
    ["EXP(0)", 1],
    ["LOG(1)", 0],
    ["LOG(8, 2)", 3],
    ["LOG(0)", undefined],
    ["LOG10(100)", 2],
    ["SIN(0)", 0],
    ["COS(0)", 1],
    ["ROUND(TAN(0.785398) * 1000)", 1000],
    ["ROUND(COT(0.785398) * 1000)", 1000],
    ["ASIN(2)", undefined],
    ["ACOS(1)", 0],
    ["ATAN(0)", 0],
    ["ATN2(0, 1)", 0],
    ["DEGREES(PI())", 180],
    ["RADIANS(180) = PI()", true],
    ["ABS('1')", undefined],
    ["NumberBin(37.752, -100)", 100],
    ["NumberBin(37.752, 10)", 30],
    ["NumberBin(37.752)", 37],
    ["NumberBin(37.752, 0)", undefined],
    ["NumberBin(37.752, 0.1)", 37.7],
    ["NumberBin(37.752, 0.01)", 37.75],
  ]);
});

Deno.test("the functions of 64-bit integers refuse fractions and wrap around", () => {
  check([
    ["IntAdd(20, 22)", 42],
    ["IntAdd(20, 0.5)", undefined],
    ["IntSub(1, 2)", -1],
    ["IntMul(6, 7)", 42],
    ["IntDiv(10, -2)", -5],
    ["IntDiv(7, 2)", 3],
    ["IntDiv(10, 0)", undefined],
    ["IntDiv(10, 0.1)", undefined],
    ["IntMod(12, 5)", 2],
    ["IntMod(12, 0)", undefined],
    ["IntBitAnd(15, 25)", 9],
    ["IntBitOr(56, 100)", 124],
    ["IntBitXor(56, 100)", 92],
    ["IntBitNot(65)", -66],
    ["IntBitLeftShift(16, 4)", 256],
    ["IntBitLeftShift(1, 63)", -(2 ** 63)],
    ["IntBitRightShift(16, 4)", 1],
    ["IntBitRightShift(16, 0.4)", undefined],
    ["IntAdd(9223372036854775807, 'x')", undefined],
  ]);
});

Deno.test("the functions of dates give what the documentation says", () => {
  const early = "'2018-03-05T05:00:00.0000000'";
  const late = "'2019-02-04T16:00:00.0000000'";
  const date = "'2016-05-29T08:30:00.1301617'";
  const start = "'2020-07-03T00:00:00.0000000'";
  const binned = "'2021-01-08T18:35:00.0000000'";
  check([
    [`DateTimeDiff('yyyy', ${late}, ${early})`, -1],
    [`DateTimeDiff('mm', ${late}, ${early})`, -11],
    [`DateTimeDiff('diffDays', ${late}, ${early})`, undefined],
    [`DateTimeDiff('hh', ${early}, ${late})`, 8075],
    [`DateTimeDiff('ss', ${early}, ${late})`, 29070000],
    ["DateTimeDiff('hh', '1969-12-31T23:59:00Z', '1970-01-01T00:01:00Z')", 1],
    [`DateTimePart('yyyy', ${date})`, 2016],
    [`DateTimePart('mm', ${date})`, 5],
    [`DateTimePart('dd', ${date})`, 29],
    [`DateTimePart('hh', ${date})`, 8],
    [`DateTimePart('mi', ${date})`, 30],
    [`DateTimePart('ss', ${date})`, 0],
    [`DateTimePart('ms', ${date})`, 130],
    [`DateTimePart('mcs', ${date})`, 130161],
    [`DateTimePart('ns', ${date})`, 130161700],
    ["DateTimePart('yyyy', '2016-02-30')", undefined],
    [`DateTimeAdd('yyyy', 1, ${start})`, "2021-07-03T00:00:00.0000000Z"],
    [`DateTimeAdd('mm', -1, ${start})`, "2020-06-03T00:00:00.0000000Z"],
    [`DateTimeAdd('dd', 1, ${start})`, "2020-07-04T00:00:00.0000000Z"],
    [`DateTimeAdd('ss', 5 * -5, ${start})`, "2020-07-02T23:59:35.0000000Z"],
    [`DateTimeAdd('ns', 100, ${start})`, "2020-07-03T00:00:00.0000001Z"],
    ["DateTimeAdd('mm', 1, '2020-01-31T10:00:00.1234567Z')", "2020-02-29T10:00:00.1234567Z"],
    ["DateTimeAdd('mm', -13, '2020-03-31')", "2019-02-28T00:00:00.0000000Z"],
    [`DateTimeAdd('mm', 0.5, ${start})`, undefined],
    ["DateTimeAdd('yyyy', 9000, '2020-03-31')", undefined],
    ["DateTimeFromParts(2017, 4, 20)", "2017-04-20T00:00:00.0000000Z"],
    ["DateTimeFromParts(2017, 4, 20, 13, 15, 20, 3456789)", "2017-04-20T13:15:20.3456789Z"],
    ["DateTimeFromParts(-2000, -1, -1)", undefined],
    ["DateTimeFromParts(2017, 4, 31)", undefined],
    [`DateTimeBin(${binned}, 'dd')`, "2021-01-08T00:00:00.0000000Z"],
    [`DateTimeBin(${binned}, 'hh', 5)`, "2021-01-08T15:00:00.0000000Z"],
    [`DateTimeBin(${binned}, 'dd', 7)`, "2021-01-07T00:00:00.0000000Z"],
    [`DateTimeBin(${binned}, 'dd', 7, '1601-01-01T00:00:00.0000000')`, "2021-01-04T00:00:00.0000000Z"],
    [`DateTimeBin(${binned}, 'dd', 0)`, undefined],
    [`DateTimeBin(${binned}, 'mm')`, undefined],
    ["DateTimeToTimestamp('2020-07-09T23:20:13.4575530Z')", 1594336813457],
    ["DateTimeToTimestamp('1969-12-31T23:59:59.9990001Z')", -1],
    ["DateTimeToTicks('1970-01-01T00:00:01.0000001Z')", 10_000_001],
    ["TimestampToDateTime(1594227912345)", "2020-07-08T17:05:12.3450000Z"],
    ["TimestampToDateTime(-1)", "1969-12-31T23:59:59.9990000Z"],
    ["TimestampToDateTime(1e300)", undefined],
    ["TimestampToDateTime('1')", undefined],
    ["TicksToDateTime(10000001)", "1970-01-01T00:00:01.0000001Z"],
    ["DateTimeToTimestamp('yesterday')", undefined],
  ]);
});
