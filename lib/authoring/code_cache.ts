import { Buffer } from "node:buffer";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CosmigError, messageOf } from "../base/errors.ts";
import { type Chunk, CHUNK_LOADER } from "./chunks.ts";
import { HEAP_FLAGS } from "./heap_flags.ts";
import {
  cacheName,
  type CompiledPack,
  type Pack,
  packApart,
  packIndex,
  packScript,
  packTogether,
} from "./packs.ts";
import { runProcess } from "./run_process.ts";

/** Runs of the program while it is packed. */
export interface WarmUp {
  /** The arguments of each. */
  readonly runs: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Flags of V8 to record with: it takes a cache only where it runs with the flags that the cache was made with, except for the seed of its hashes, which end
 * up in a cache; so equal scripts have equal caches.
 */
export const RECORDING_FLAGS: readonly string[] = ["--random-seed=1", ...HEAP_FLAGS];

/** What the recorder reads and writes in its working directory. */
const [INDEX_FILE, ASKED_FILE] = ["packs.json", "asked.json"];

/**
 * A program for Node and Deno that runs another one from its packs and keeps, when that ends, the code of everything that was called, which V8 compiles when it
 * is first called. It takes what earlier runs left, so that what any of them called is kept.
 */
const RECORDER = `import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { Script } from "node:vm";
const packOf = JSON.parse(readFileSync("${INDEX_FILE}", "utf8"));
const require = (name) => process.getBuiltinModule(name);
const scripts = new Map();
const asked = [];
const cacheOf = (pack) => {
  try {
    return readFileSync(pack + ".cache");
  } catch {
    return undefined;
  }
};
const open = (pack) => new Script(readFileSync(pack, "utf8"), { filename: pack, cachedData: cacheOf(pack) });
const chunkOf = (name) => {
  asked.push(name);
  const pack = packOf[name];
  if (!scripts.has(pack)) scripts.set(pack, open(pack));
  return scripts.get(pack).runInThisContext()[name];
};
const keep = () => {
  for (const [pack, script] of scripts) writeFileSync(pack + ".cache", script.createCachedData());
  writeFileSync("${ASKED_FILE}", JSON.stringify(asked));
};
process.on("exit", keep);
// Of Deno.exit() Node's process does not know.
if (globalThis.Deno) addEventListener("unload", keep);
${CHUNK_LOADER}`;

/** Writes the recorder into a folder. @returns the name of its file: a module that runs in that folder, with the arguments of the program */
export async function writeRecorder(folder: string): Promise<string> {
  const name = "record.mjs";
  await writeFile(join(folder, name), RECORDER);
  return name;
}

/** Which functions a run compiles may depend on how packets fall; the same twice is what it usually is. */
const ATTEMPTS = 6;

/** How to record. */
export interface RecordOptions {
  /** A command that runs what {@linkcode writeRecorder} wrote, with {@linkcode RECORDING_FLAGS}. */
  readonly recorder: readonly string[];
  /** For files; what is in it afterwards is of no use. */
  readonly folder: string;
  readonly warmUp: WarmUp;
}

/**
 * Compiles a program ahead of time. Chunks that the same runs ask for are put together: a file and a script for each takes longer than evaluating it.
 *
 * How a run ends is not what this is about: it may well find nothing to do.
 *
 * @throws {CosmigError} with code `internal` when no run asked for anything
 */
export async function compilePacks(
  chunks: readonly Chunk[],
  options: RecordOptions,
): Promise<readonly CompiledPack[]> {
  const { asked } = await record(packApart(chunks), options);
  const packs = packTogether(chunks, asked);
  let previous: readonly CompiledPack[] | undefined;
  for (let attempt = 1;; attempt++) {
    const { compiled } = await record(packs, options);
    if (attempt === ATTEMPTS || previous !== undefined && areEqual(previous, compiled)) return compiled;
    previous = compiled;
  }
}

async function record(
  packs: readonly Pack[],
  { recorder, folder, warmUp: { runs, env } }: RecordOptions,
): Promise<{ readonly asked: readonly (readonly string[])[]; readonly compiled: readonly CompiledPack[] }> {
  await writeFile(join(folder, INDEX_FILE), JSON.stringify(packIndex(packs)));
  for (const pack of packs) {
    await writeFile(join(folder, pack.name), packScript(pack));
    await rm(join(folder, cacheName(pack)), { force: true });
  }
  const asked: (readonly string[])[] = [];
  let failure: unknown;
  for (const args of runs) {
    await rm(join(folder, ASKED_FILE), { force: true });
    // Runtimes keep files of their own at home.
    await runProcess([...recorder, ...args], { cwd: folder, env: { HOME: folder, ...env } })
      .catch((error: unknown) => failure = error);
    asked.push(JSON.parse(await readFile(join(folder, ASKED_FILE), "utf8").catch(() => "[]")));
  }
  const names = new Set(asked.flat());
  if (names.size === 0) {
    throw new CosmigError("internal", `Cannot keep compiled code as nothing ran: ${messageOf(failure)}`, {
      hint: "--no-code-cache leaves it out",
      cause: failure,
    });
  }
  const compiled = await Promise.all(packs.map(async (pack) => ({
    ...pack,
    cache: pack.chunks.some(({ name }) => names.has(name))
      ? await readFile(join(folder, cacheName(pack)))
      : undefined,
  })));
  return { asked, compiled };
}

function areEqual(left: readonly CompiledPack[], right: readonly CompiledPack[]): boolean {
  const nothing = new Uint8Array();
  return left.every(({ cache = nothing }, index) =>
    Buffer.compare(cache, right[index]?.cache ?? nothing) === 0
  );
}
