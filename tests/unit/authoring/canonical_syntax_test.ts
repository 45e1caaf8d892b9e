import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import process from "node:process";
import { canonicalSyntax } from "../../../lib/authoring/canonical_syntax.ts";
import { RegistryError } from "../../../lib/base/errors.ts";

const form = (text: string) =>
  JSON.stringify(
    canonicalSyntax(
      { name: "a.ts", text },
      (specifier) => specifier === "lib" ? { kind: "library" } : { kind: "specifier", specifier },
    ),
  );

const SAME: readonly (readonly [string, string])[] = [
  ["const a = 'x'", 'const a = "x";'],
  ["/** doc */ f(a /* b */) // c", "f(a)"],
  ["#!/usr/bin/env deno\nf()", "f()"],
  ["f(a,b,)", "f(a, b)"],
  ["const f = x => x", "const f = (x) => x"],
  ["const f = x => (x)", "const f = x => x"],
  ["const a = ((1 + 2)) * 3", "const a = (1 + 2) * 3"],
  ["if (a) b(); else if (c) d()", "if (a) { b(); } else { if (c) { d(); } }"],
  ["for (const a of b) c(a)", "for (const a of b) { c(a) }"],
  ["while (a);", "while (a) {}"],
  ["f();;", "f()"],
  ["new Thing", "new Thing()"],
  ["1_000 + 0xff + 1_0n", "1000 + 255 + 10n"],
  ["import { b, a as c } from 'x'", "import { a as c, b } from 'x'"],
  ["export { b, a as c }", "export { a as c, b }"],
  ["const o = { 'a': 1, b: 2, }", "const o = { a: 1, b: 2 }"],
  ["interface A { a: string, b: number }", "interface A {\n  a: string;\n  b: number;\n}"],
  ["type A = | 'a' | 'b'", "type A = 'a' | 'b'"],
  ["type A = (string)", "type A = string"],
  ["f(`a${ b }`)", "f(`a${b}`)"],
  ["const a = 'it\\'s'", 'const a = "it\'s"'],
  ["a\r\n.b()\r\n", "a.b()"],
  ["\uFEFFf()", "f()"],
  ["import { addField } from 'lib'; f()", "f()"],
  ["import { addField } from 'lib'; f()", "import { setField, addField } from 'lib'; f()"],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  ["f(1)", "f(2)"],
  ["f('1')", "f(1)"],
  ["let a = 1", "const a = 1"],
  ["var a = 1", "let a = 1"],
  ["a + b", "a - b"],
  ["-a", "+a"],
  ["a++", "a--"],
  ["a++", "++a"],
  ["f(a, b)", "f((a, b))"],
  ["f(a)(b)", "f(a, b)"],
  ["(a, b)", "(b, a)"],
  ["a.b", "a?.b"],
  ["(a?.b).c", "a?.b.c"],
  ["(a + b) * c", "a + b * c"],
  ["for (a;;) f()", "for (;a;) f()"],
  ["for (;a;) f()", "for (;;a) f()"],
  ["for (const a of b) f()", "for (const a in b) f()"],
  ["const { a: b } = c", "const { a = b } = c"],
  ["type T<A extends B> = A", "type T<A = B> = A"],
  ["type T = keyof A", "type T = unique symbol"],
  ["class A extends B {}", "class A implements B {}"],
  ["async () => await a", "() => a"],
  ["function f() {}", "function* f() {}"],
  ["x as T", "x satisfies T"],
  ["`a`", "'a'"],
  ["tag`\\n`", "tag`\n`"],
  ["/a/g", "/a/i"],
  ["import a from 'x'", "import * as a from 'x'"],
  ["import { a } from 'x'", "import { a } from 'y'"],
  ["import { a as b } from 'x'", "import { b as a } from 'x'"],
  ["import { type A } from 'x'", "import { A } from 'x'"],
  ["import a from 'x'; import b from 'y'", "import b from 'y'; import a from 'x'"],
  ["{ a: 1 }", "({ a: 1 })"],
  ["f({ a, b })", "f({ b, a })"],
  ["if (a) { if (b) c() } else d()", "if (a) if (b) c(); else d()"],
  ["import { addField as f } from 'lib'; f()", "import { setField as f } from 'lib'; f()"],
  ["interface A { a: string }", "interface A { a?: string }"],
];

Deno.test("canonicalSyntax() is equal for what a formatter may change", () => {
  for (const [left, right] of SAME) assert.equal(form(left), form(right), `${left} / ${right}`);
});

Deno.test("canonicalSyntax() differs for everything else", () => {
  for (const [left, right] of DIFFERENT) assert.notEqual(form(left), form(right), `${left} / ${right}`);
});

Deno.test("canonicalSyntax() is not changed by deno fmt, whatever its options", () => {
  const text = [...SAME.map(([left]) => left), ...DIFFERENT.map(([left]) => left)]
    .filter((part) =>
      !/^#!|^\uFEFF|import|export|let|const a|var|class|function|interface|type|^\{/.test(part)
    )
    .concat(
      "import {zed, alpha as b} from './z.ts'",
      "if (a) { b() }",
      "const long = veryLongFunctionName(withSomeArgument, " +
        "andAnotherOne, andYetAnotherOneThatIsQuiteLong, andTheLast).then(x => x.y).catch(({a,b}) => { throw a })",
    )
    .join("\n;\n");
  const options = [[], ["--single-quote", "--no-semicolons"], ["--line-width", "40", "--use-tabs"]];
  for (const args of options) {
    const formatted = execFileSync(process.execPath, ["fmt", "--no-config", "--ext", "ts", ...args, "-"], {
      input: text,
      encoding: "utf8",
    });
    assert.notEqual(formatted, text);
    assert.equal(form(formatted), form(text), args.join(" "));
  }
});

Deno.test("canonicalSyntax() throws RegistryError with the line where a text is not TypeScript", () => {
  assert.throws(() => form("const a = 1;\nconst = 2"), (error) => {
    assert.ok(error instanceof RegistryError);
    assert.match(error.message, /^Cannot read "a.ts" as it is not TypeScript: .* \(line 2\)$/);
    return true;
  });
});

Deno.test("canonicalSyntax() stays what it was, also with another version of the compiler", () => {
  const forms = [...SAME, ...DIFFERENT].flat().map(form).join("\n");
  assert.equal(
    createHash("sha256").update(forms).digest("hex"),
    "a213da20b85076fcd82e22256fc7b70493bdc065999102960b9fa075b57941ad",
  );
});
