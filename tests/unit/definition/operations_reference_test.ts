import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import * as library from "../../../lib/mod.ts";
import { CHAPTERS, operationsReference } from "../../../tasks/operations_reference.ts";

/** Exports of lib/mod.ts that make no operation. */
const OTHERS = [
  "add",
  "convert",
  "defineMigration",
  "defineRegistry",
  "lookup",
  "remove",
  "rename",
  "runCli",
  "runMain",
  "set",
];

Deno.test("docs/operations.md is what `deno run -A tasks/operations_reference.ts` writes", async () => {
  const page = await readFile(new URL("../../../docs/operations.md", import.meta.url), "utf8");
  assert.equal(page, await operationsReference());
});

Deno.test("docs/operations.md has every operation, each with its example", async () => {
  const functions = Object.entries(library)
    .filter(([, value]) => typeof value === "function" && !/^class\b/.test(String(value)))
    .map(([name]) => name);
  assert.deepEqual(
    Object.values(CHAPTERS).flat().sort(),
    functions.filter((name) => !OTHERS.includes(name)).sort(),
  );
  const sections = (await operationsReference()).split(/^### /m).slice(1);
  for (const section of sections) {
    const [name = ""] = section.split("\n");
    const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(section) ?? [];
    assert.ok(example.includes(`${name}(`), `the example of ${name} does not use it`);
    assert.match(section, /[Uu]nd(?:o|one)\b|`undo`/, `${name} does not say how well it undoes`);
  }
});
