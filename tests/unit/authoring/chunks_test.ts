import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { bundleProgram } from "../../../lib/authoring/bundle.ts";
import { type Chunk, CHUNK_LOADER, CHUNK_PARAMETERS } from "../../../lib/authoring/chunks.ts";
import { startEmulator } from "../../../lib/emulator/mod.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const { chunks } = await bundleProgram(join(ROOT, "main.ts"), { commit: null });

/** Where the parts are that most commands have no use for. */
const SDK = /\/node_modules\/.*@azure/;
const VALIDATOR = /\/node_modules\/.*\/zod\//;
const DATABASE = /\/lib\/emulator\//;
const APPLYING = /\/lib\/(?:operations|bulk|sql)\//;

/** A program that says at its end which chunks it evaluated. */
function tracing(all: readonly Chunk[]): string {
  const functions = all.map(({ name, code }) => `${JSON.stringify(name)}${CHUNK_PARAMETERS} {${code}\n},\n`);
  return `"use strict";
const chunks = {${functions.join("")}};
const evaluated = [];
const chunkOf = (name) => (evaluated.push(name), chunks[name]);
process.on("exit", () => require("node:fs").writeFileSync(process.env.EVALUATED, JSON.stringify(evaluated)));
${CHUNK_LOADER}`;
}

/** The sources of what these arguments make the program evaluate. */
async function evaluatedBy(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const file = join(folder, "evaluated.json");
  await promisify(execFile)(
    process.execPath,
    ["run", "-A", "--no-config", join(folder, "program.cjs"), ...args],
    { env: { ...process.env, ...env, EVALUATED: file } },
  );
  const names: readonly string[] = JSON.parse(await readFile(file, "utf8"));
  const found = chunks.filter(({ name }) => names.includes(name)).flatMap(({ sources }) => sources);
  assert.ok(found.includes(join(ROOT, "main.ts")), "nothing was evaluated");
  return found;
}

function assertNone(sources: readonly string[], unwanted: readonly RegExp[], command: string): void {
  for (const pattern of unwanted) {
    assert.deepEqual(sources.filter((source) => pattern.test(source)), [], command);
  }
}

Deno.test("a packed program evaluates what a command needs, and nothing that only others need", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-chunks-"));
  const seed = JSON.parse(await readFile(join(ROOT, "migrations/seed.json"), "utf8"));
  const emulator = await startEmulator({ seed });
  try {
    await writeFile(join(folder, "program.cjs"), tracing(chunks));
    for (const args of [["--help"], ["list"], ["--version"], ["version"]]) {
      const sources = await evaluatedBy(folder, args);
      assertNone(sources, [SDK, VALIDATOR, DATABASE, APPLYING], args.join(" "));
      assert.equal(sources.some((source) => source.endsWith("/cli/commands/up.ts")), false);
    }
    const env = {
      CosmosDb__ConnectionString: emulator.connectionString,
      CosmosDb__DatabaseName: seed.database,
    };
    const applying = await evaluatedBy(folder, ["up", "--init", "--allow-offline"], env);
    assertNone(applying, [DATABASE], "up");
    assert.ok(applying.some((source) => APPLYING.test(source)));
    const nothing = await evaluatedBy(folder, ["up"], env);
    assertNone(nothing, [DATABASE, APPLYING], "up with nothing pending");
    assert.ok(nothing.some((source) => SDK.test(source)));
    assert.ok(nothing.some((source) => VALIDATOR.test(source)));
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true });
  }
});
