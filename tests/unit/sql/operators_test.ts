import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonValue } from "../../../lib/base/json.ts";
import { run, valueOf } from "./_evaluate.ts";

const SAMPLES = ["undefined", "null", "false", "true", "0", "1", "'a'", "'b'", "[1]", "{a: 1}"] as const;
const typeOfSample = (sample: string) =>
  sample.replace(/true|false/, "b").replace(/^\d/, "n").replace(/^'.*/, "s");

/** Expression and value; undefined is no value. */
function check(cases: readonly (readonly [expression: string, value: JsonValue | undefined])[]): void {
  for (const [expression, value] of cases) assert.deepEqual(valueOf(expression), value, expression);
}

Deno.test("AND, OR and NOT follow the documented truth tables", () => {
  const u = undefined;
  check([
    ["true AND true", true],
    ["true AND false", false],
    ["true AND undefined", u],
    ["false AND undefined", false],
    ["undefined AND false", false],
    ["undefined AND undefined", u],
    ["undefined OR true", true],
    ["true OR undefined", true],
    ["false OR undefined", u],
    ["false OR false", false],
    ["NOT undefined", u],
    ["NOT true", false],
    ["1 AND true", u],
    ["1 AND false", false],
    ["'x' OR true", true],
    ["null OR false", u],
    ["NOT 1", u],
  ]);
});

Deno.test("AND, OR and NOT obey the laws of three-valued logic", () => {
  const truth = fc.constantFrom("true", "false", "undefined");
  const same = (left: string, right: string) =>
    assert.equal(valueOf(left), valueOf(right), `${left} is ${right}`);
  fc.assert(fc.property(truth, truth, truth, (a, b, c) => {
    same(`${a} AND ${b}`, `${b} AND ${a}`);
    same(`${a} OR ${b}`, `${b} OR ${a}`);
    same(`(${a} AND ${b}) AND ${c}`, `${a} AND (${b} AND ${c})`);
    same(`(${a} OR ${b}) OR ${c}`, `${a} OR (${b} OR ${c})`);
    same(`NOT (${a} AND ${b})`, `(NOT ${a}) OR (NOT ${b})`);
    same(`NOT (${a} OR ${b})`, `(NOT ${a}) AND (NOT ${b})`);
    same(`${a} AND (${b} OR ${c})`, `(${a} AND ${b}) OR (${a} AND ${c})`);
    same(`NOT NOT ${a}`, a);
    same(`${a} AND (${a} OR ${b})`, a);
  }));
});

Deno.test("= and != are undefined for undefined only, and false and true across types", () => {
  for (const left of SAMPLES) {
    for (const right of SAMPLES) {
      const isUndefined = left === "undefined" || right === "undefined";
      assert.equal(
        valueOf(`${left} = ${right}`),
        isUndefined ? undefined : left === right,
        `${left} = ${right}`,
      );
      assert.equal(
        valueOf(`${left} != ${right}`),
        isUndefined ? undefined : left !== right,
        `${left} != ${right}`,
      );
    }
  }
});

Deno.test("<, <=, > and >= are undefined across types and for arrays and objects", () => {
  for (const left of SAMPLES) {
    for (const right of SAMPLES) {
      const isComparable = typeOfSample(left) === typeOfSample(right) && !/^[u[{]/.test(left);
      for (const operator of ["<", "<=", ">", ">="]) {
        const expression = `${left} ${operator} ${right}`;
        assert.equal(typeof valueOf(expression), isComparable ? "boolean" : "undefined", expression);
      }
    }
  }
  check([
    ["1 < 2", true],
    ["2 <= 2", true],
    ["'a' > 'B'", true],
    ["false < true", true],
    ["null <= null", true],
    ["null < null", false],
  ]);
});

Deno.test("= compares arrays and objects by their content, whatever the order of members", () => {
  check([
    ["[1, {a: [2]}] = [1, {a: [2]}]", true],
    ["[1, 2] = [2, 1]", false],
    ["{a: 1, b: 2} = {b: 2, a: 1}", true],
    ["{a: 1} = {a: 1, b: undefined}", true],
    ["{a: 1} != {a: '1'}", true],
    ["[] = {}", false],
  ]);
});

Deno.test("arithmetic and bitwise operators work on numbers only, and give no value that JSON lacks", () => {
  check([
    ["1 + 2 * 3 - 4 / 2 % 3", 5],
    ["1 + '1'", undefined],
    ["1 / 0", undefined],
    ["0 % 0", undefined],
    ["-(2)", -2],
    ["-(0)", 0],
    ["-'a'", undefined],
    ["+3", 3],
    ["100 >> 2", 25],
    ["100 << 2", 400],
    ["100 >>> 0", 100],
    ["-1 >>> 0", 4294967295],
    ["100 & 1000", 96],
    ["100 | 1000", 1004],
    ["100 ^ 1000", 908],
    ["~5", -6],
    ["2147483649 | 0", -2147483647],
    ["true & true", undefined],
  ]);
});

Deno.test("||, ?? and ? : concatenate, fill in and choose", () => {
  check([
    ["'a' || 'b' || 'c'", "abc"],
    ["'a' || 1", undefined],
    ["undefined ?? 1", 1],
    ["null ?? 1", null],
    ["c.missing ?? c.absent ?? 'x'", "x"],
    ["true ? 1 : 2", 1],
    ["undefined ? 1 : 2", 2],
    ["1 ? 1 : 2", 2],
    ["true ? undefined : 2", undefined],
  ]);
});

Deno.test("BETWEEN and IN are the comparisons that they stand for", () => {
  const sample = fc.constantFrom(...SAMPLES);
  fc.assert(
    fc.property(sample, sample, sample, (a, b, c) => {
      const same = (left: string, right: string) =>
        assert.equal(valueOf(left), valueOf(right), `${left} is ${right}`);
      same(`${a} BETWEEN ${b} AND ${c}`, `${a} >= ${b} AND ${a} <= ${c}`);
      same(`${a} NOT BETWEEN ${b} AND ${c}`, `NOT (${a} >= ${b} AND ${a} <= ${c})`);
      same(`${a} IN (${b}, ${c})`, `(${a} = ${b}) OR (${a} = ${c})`);
      same(`${a} NOT IN (${b}, ${c})`, `NOT ((${a} = ${b}) OR (${a} = ${c}))`);
    }),
    { numRuns: 500 },
  );
});

Deno.test("LIKE is undefined unless both sides are strings, NOT LIKE as well", () => {
  check([
    ["'abc' LIKE 'a%'", true],
    ["'abc' NOT LIKE 'a%'", false],
    ["1 LIKE '1'", undefined],
    ["'1' NOT LIKE 1", undefined],
    ["c.missing NOT LIKE 'x'", undefined],
    ["'a%' LIKE '_!%' ESCAPE '!'", true],
  ]);
  assert.equal(valueOf("'abc' LIKE @p", {}, { parameters: { p: "%c" } }), true);
  assert.deepEqual(run("SELECT VALUE 'abc' LIKE c.p FROM c", [{ p: "a%" }, { p: "b%" }, { p: "_bc" }]), [
    true,
    false,
    true,
  ]);
});

Deno.test("paths read own members and elements, and nothing else", () => {
  const document = { a: { b: [10, 20] }, text: "abc", "x y": 1, n: null };
  const read = (path: string, parameters = {}) => valueOf(path, document, { parameters });
  assert.equal(read("c.a.b[1]"), 20);
  assert.equal(read("c['a']['b'][0]"), 10);
  assert.equal(read('c["x y"]'), 1);
  assert.equal(read("c[@name]", { "@name": "text" }), "abc");
  assert.equal(read("c.a.b[@index]", { index: 1 }), 20);
  for (
    const path of [
      "c.a.b[2]",
      "c.a.b[-1]",
      "c.a.b[0.5]",
      "c.a.b['length']",
      "c.text.length",
      "c.text[0]",
      "c.n.x",
      "c.a[0]",
    ]
  ) {
    assert.equal(read(path), undefined, path);
  }
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    assert.equal(read(`c.${name}`), undefined, name);
    assert.equal(read(`c["${name}"]`), undefined, name);
    assert.equal(read(`c[@name]`, { name }), undefined, name);
  }
});

Deno.test("array and object literals leave out undefined, and hold any key", () => {
  check([
    ["[1, undefined, 2]", [1, 2]],
    ["{a: undefined, b: [undefined]}", { b: [] }],
    ["{'__proto__': 1, 'a b': 2}", JSON.parse('{"__proto__": 1, "a b": 2}')],
  ]);
});
