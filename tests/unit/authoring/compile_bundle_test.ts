import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { bundleProgram } from "../../../lib/authoring/bundle.ts";
import { wrapEntryModule } from "../../../lib/authoring/entry_module.ts";

const MAIN = new URL("../../../main.ts", import.meta.url).pathname;

async function inFolder(
  files: Readonly<Record<string, string>>,
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-bundle-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runBundle(files: Readonly<Record<string, string>>): Promise<string> {
  let printed = "";
  await inFolder(files, async (folder) => {
    const { code } = await bundleProgram(join(folder, "main.ts"), { commit: null });
    await writeFile(join(folder, "bundle.cjs"), code);
    printed = execFileSync(process.execPath, ["run", "-A", "--no-config", join(folder, "bundle.cjs")], {
      encoding: "utf8",
    });
  });
  return printed;
}

Deno.test("wrapEntryModule() lets an entry await", () => {
  const text = 'import { a } from "./a.ts";\nprocess.exitCode = await a();\nimport b from "b";';
  assert.equal(
    wrapEntryModule({ name: "main.ts", text }),
    'import { a } from "./a.ts";\nimport b from "b";\nvoid (async () => {\nprocess.exitCode = await a();\n})();\n',
  );
});

Deno.test("wrapEntryModule() leaves an entry that exports something as it is", () => {
  for (const text of ["export const a = 1;", "export default 1;", "const a = 1;\nexport { a };"]) {
    assert.equal(wrapEntryModule({ name: "main.ts", text }), text);
  }
});

Deno.test("bundleProgram() makes a script that awaits at its top", async () => {
  const printed = await runBundle({
    "main.ts": 'import { later } from "./later.ts";\nconsole.log(await later());\n',
    "later.ts": "export const later = () => Promise.resolve(42);\n",
  });
  assert.equal(printed, "42\n");
});

Deno.test("bundleProgram() keeps every way to import a module of the runtime", async () => {
  const printed = await runBundle({
    "main.ts": `
import crypto, { createHash } from "node:crypto";
import * as all from "node:crypto";
import { EventEmitter } from "node:events";
import { Agent } from "node:http";
import process from "node:process";
class Own extends Agent {}
console.log(createHash === crypto.createHash, all.createHash === createHash, new Own() instanceof Agent, "createHash" in crypto);
const { join } = await import("node:path");
const { statSync } = await import("node:fs");
console.log(join("a", "b"), typeof statSync, process instanceof EventEmitter, Object.hasOwn(process, "argv"));
`,
  });
  assert.equal(printed, "true true true true\na/b function true true\n");
});

Deno.test("bundleProgram() makes a script that Deno does not take for the one that was there before", async () => {
  await inFolder({}, async (folder) => {
    for (const said of ["old", "new"]) {
      // Of a long script Deno compares nothing but the length.
      const later = `export const said = "${said}", rest = "${"x".repeat(20_000)}";\n`;
      await writeFile(join(folder, "later.ts"), later);
      await writeFile(join(folder, "main.ts"), 'console.log((await import("./later.ts")).said);\n');
      const { code } = await bundleProgram(join(folder, "main.ts"), { commit: null });
      const file = join(folder, "bundle.cjs");
      await writeFile(file, code);
      for (let turn = 0; turn < 2; turn++) {
        const printed = execFileSync(process.execPath, ["run", "-A", "--no-config", file], {
          encoding: "utf8",
          env: { ...process.env, DENO_DIR: join(folder, "deno") },
        });
        assert.equal(printed, `${said}\n`);
      }
    }
  });
});

Deno.test("bundleProgram() gives the same bytes wherever the sources lie", async () => {
  const files = {
    "main.ts": 'import { run } from "./deep/run.ts";\nawait run();\n',
    "deep/run.ts":
      'import process from "node:process";\nexport const run = () => import("./lazy.ts");\nprocess.pid;\n',
    "deep/lazy.ts": "export const a = 1;\n",
  };
  const codes: string[] = [];
  for (let turn = 0; turn < 2; turn++) {
    await inFolder(files, async (folder) => {
      codes.push((await bundleProgram(join(folder, "main.ts"), { commit: "abc" })).code);
    });
  }
  assert.equal(codes[0], codes[1]);
});

Deno.test("bundleProgram() says what can't be bundled", async () => {
  await inFolder({ "main.ts": 'import "./missing.ts";' }, async (folder) => {
    await assert.rejects(
      bundleProgram(join(folder, "main.ts"), { commit: null }),
      /Cannot bundle "main\.ts": .*missing\.ts/s,
    );
  });
});

Deno.test("bundleProgram() leaves out what a running program has no use for", async () => {
  const { sources, code } = await bundleProgram(MAIN, { commit: "0123456789abcdef" });
  assert.deepEqual(
    sources.filter((path) => /\/lib\/authoring\/|\/(?:typescript|esbuild|fast-check)@?/.test(path)),
    [],
  );
  assert.ok(sources.some((path) => path.includes("/lib/cli/")));
  assert.ok(code.includes("0123456789abcdef"), "the commit is in it");
  assert.ok(!code.includes(process.cwd()), "no path of this machine is in it");
});
