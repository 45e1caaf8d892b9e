import { Buffer } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

/** Runs of the program while it is packed, one after the other. */
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
const [TASK_FILE, ASKED_FILE] = ["record.json", "asked.json"];

/**
 * A program for Node and Deno that runs another one from its packs and keeps the code of everything that was called, which V8 compiles when it is first
 * called. Ends where that one would end its process, after the last of its runs.
 */
const RECORDER = `import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { Script } from "node:vm";
const { packOf, runs } = JSON.parse(readFileSync("${TASK_FILE}", "utf8"));
const { exit } = globalThis.Deno ?? process;
const require = (name) => process.getBuiltinModule(name);
const scripts = new Map();
const asked = [];
const chunkOf = (name) => {
  asked.at(-1).push(name);
  const pack = packOf[name];
  if (!scripts.has(pack)) scripts.set(pack, new Script(readFileSync(pack, "latin1"), { filename: pack }));
  return scripts.get(pack).runInThisContext()[name];
};
const run = (args) => {
  asked.push([]);
  process.argv.splice(2, Infinity, ...args);
  if (globalThis.Deno) Object.defineProperty(Deno, "args", { value: args, configurable: true });
  ${CHUNK_LOADER}
};
const next = () => {
  if (runs.length > 0) return void setTimeout(run, 0, runs.shift());
  for (const [pack, script] of scripts) writeFileSync(pack + ".cache", script.createCachedData());
  writeFileSync("${ASKED_FILE}", JSON.stringify(asked));
  exit(0);
};
process.exit = next;
if (globalThis.Deno) Deno.exit = next;
process.on("beforeExit", next);
next();
`;

/** Writes the recorder into a folder. @returns the name of its file, which is a module without arguments that runs in that folder */
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
 * @throws {CosmigError} with code `internal` when the program does not come to an end
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
  await writeFile(join(folder, TASK_FILE), JSON.stringify({ packOf: packIndex(packs), runs }));
  for (const pack of packs) await writeFile(join(folder, pack.name), packScript(pack));
  // Runtimes keep files of their own at home.
  await runProcess(recorder, { cwd: folder, env: { HOME: folder, ...env } });
  const asked: readonly (readonly string[])[] = JSON.parse(await readFile(join(folder, ASKED_FILE), "utf8"));
  const names = new Set(asked.flat());
  const compiled = await Promise.all(packs.map(async (pack) => ({
    ...pack,
    cache: pack.chunks.some(({ name }) => names.has(name))
      ? await readFile(join(folder, cacheName(pack)))
      : undefined,
  })));
  return { asked, compiled };
}

function areEqual(left: readonly CompiledPack[], right: readonly CompiledPack[]): boolean {
  const [cachesLeft, cachesRight] = [left, right].map((packs) =>
    packs.map(({ cache = new Uint8Array() }) => Buffer.from(cache))
  );
  return cachesLeft?.every((cache, index) => cache.equals(cachesRight?.[index] ?? new Uint8Array())) === true;
}
