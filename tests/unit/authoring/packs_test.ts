import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { CosmigError } from "../../../lib/base/errors.ts";
import { bundleProgram } from "../../../lib/authoring/bundle.ts";
import type { Chunk } from "../../../lib/authoring/chunks.ts";
import { denoRecorder, v8Flags, writeDenoProgram } from "../../../lib/authoring/deno_executable.ts";
import { HEAP_FLAGS } from "../../../lib/authoring/heap_flags.ts";
import { cacheName, packApart, packScript, packTogether } from "../../../lib/authoring/packs.ts";
import { runProcess } from "../../../lib/authoring/run_process.ts";

function chunk(name: string, code = ""): Chunk {
  return { name, code, sources: [] };
}

const CHUNKS = ["./main.js", "./a.js", "./b.js", "./c.js", "./d.js"].map((name) => chunk(name));

Deno.test("packTogether() puts together what the same runs ask for, and leaves alone what none does", () => {
  const packs = packTogether(CHUNKS, [["./main.js", "./a.js", "./b.js"], ["./b.js", "./main.js"]]);
  assert.deepEqual(packs.map(({ name, chunks }) => [name, ...chunks.map((each) => each.name)]), [
    ["pack-0", "./main.js", "./b.js"],
    ["pack-1", "./a.js"],
    ["c", "./c.js"],
    ["d", "./d.js"],
  ]);
});

Deno.test("packScript() gives the functions of all its chunks", () => {
  const chunks = [
    chunk("./a.js", "exports.a = 1; // and no more"),
    chunk("./b.js", "module.exports = require('x');"),
  ];
  const functions = (0, eval)(packScript({ name: "both", chunks }));
  const module: { exports: Record<string, unknown> } = { exports: {} };
  functions["./a.js"](undefined, module, module.exports);
  assert.deepEqual(module.exports, { a: 1 });
  functions["./b.js"]((name: string) => `module ${name}`, module, module.exports);
  assert.equal(module.exports, "module x");
  assert.deepEqual(packApart(chunks).map((pack) => [pack.name, pack.chunks.length]), [["a", 1], ["b", 1]]);
});

const PROGRAM = {
  "main.ts": `
import process from "node:process";
const [what] = "Deno" in globalThis ? Deno.args : process.argv.slice(2);
const { said } = await import("./said.ts");
console.log(said(what));
if (what === "other") console.log((await import("./other.ts")).other());
if (what === "fail") throw new Error("This run fails");
if (what === "exit") {
  process.exit(0);
  console.log("What stands behind the end has run");
}
`,
  // The bundler leaves such characters as they are.
  "said.ts": "export const said = (what: string) => String.raw`said ${what} ☃`.replace(/[☃]/u, 'ß');\n",
  "other.ts": 'export const other = () => "other";\n',
  "never.ts": "",
};

/** Takes the compiled code of each file for which there is some. */
const CONSUMER = `
import { readFileSync } from "node:fs";
import { Script } from "node:vm";
for (const name of process.argv.slice(2)) {
  const cachedData = readFileSync(name + ".cache");
  console.log(new Script(readFileSync(name, "utf8"), { filename: name, cachedData }).cachedDataRejected);
}
`;

Deno.test("a program for Deno runs from packs, with compiled code that V8 accepts", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-packs-"));
  try {
    for (const [name, text] of Object.entries(PROGRAM)) await writeFile(join(folder, name), text);
    const bundle = await bundleProgram(join(folder, "main.ts"), { commit: null });
    const { main, included } = await writeDenoProgram(bundle, {
      folder,
      compiled: {
        // One ends the process, one ends by itself, and one breaks.
        warmUp: { runs: [["exit"], ["other"], ["fail"]], env: {} },
        recorder: await denoRecorder(folder),
      },
    });
    const deno = (flags: readonly string[], file: string, ...args: readonly string[]) =>
      runProcess([process.execPath, "run", "--no-config", "-A", v8Flags(flags), file, ...args], {
        cwd: folder,
      });
    assert.equal(await deno(HEAP_FLAGS, main, "other"), "said other ß\nother\n");
    assert.equal(await deno(HEAP_FLAGS, main, "more"), "said more ß\n");

    const compiled = included.filter((name) => included.includes(cacheName({ name, chunks: [] })));
    assert.deepEqual(compiled, ["pack-0", "pack-1"]);
    await writeFile(join(folder, "consume.mjs"), CONSUMER);
    assert.equal(await deno(HEAP_FLAGS, "consume.mjs", ...compiled), "false\nfalse\n");
    assert.equal(await deno(["--no-opt"], "consume.mjs", ...compiled), "true\ntrue\n");
    const cache = await readFile(join(folder, "pack-0.cache"));
    await writeFile(join(folder, "pack-0.cache"), cache.subarray(0, cache.length / 2));
    assert.equal(
      await deno(HEAP_FLAGS, main, "other"),
      "said other ß\nother\n",
      "what is refused is compiled again",
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

Deno.test("a program of which nothing runs can't be compiled ahead of time, and the error says what to do", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-packs-"));
  try {
    await writeFile(join(folder, "main.ts"), "export {};\n");
    const bundle = await bundleProgram(join(folder, "main.ts"), { commit: null });
    const compiled = { warmUp: { runs: [[]], env: {} }, recorder: ["false"] };
    await assert.rejects(
      writeDenoProgram(bundle, { folder, compiled }),
      (error) =>
        error instanceof CosmigError && /nothing ran/.test(error.message) &&
        /--no-code-cache/.test(error.hint ?? ""),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
