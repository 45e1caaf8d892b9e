import { Buffer } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Chunk, CHUNK_LOADER, CHUNK_PARAMETERS } from "./chunks.ts";
import { runProcess } from "./run_process.ts";

/** Runs of the program while it is packed, one after the other. */
export interface WarmUp {
  /** The arguments of each. */
  readonly runs: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
}

/** V8 takes the seed of its hashes, which end up in a cache, from this one; so equal scripts have equal caches. It is no part of what a cache is checked for. */
export const RANDOM_SEED = "--random-seed=1";

/**
 * Main script of an executable: runs each chunk from the code that was compiled when it was packed. A cache that V8 does not accept costs time and nothing
 * else.
 *
 * @param compiled names of the chunks that have a cache, which is the asset with `.cache` behind the name
 */
export function executableLoader(compiled: readonly string[]): string {
  return `"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");
const compiled = new Set(${JSON.stringify(compiled)});
const chunkOf = (name) => {
  const cachedData = compiled.has(name) ? Buffer.from(getRawAsset(name + ".cache")) : undefined;
  const source = Buffer.from(getRawAsset(name)).latin1Slice();
  return new Script(source, { filename: name, cachedData }).runInThisContext();
};
${CHUNK_LOADER}`;
}

/** A chunk as a script whose value is the function of the chunk. */
export function chunkScript({ code }: Chunk): string {
  return `(function ${CHUNK_PARAMETERS} {${code}\n})`;
}

const RECORDER = `"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { Script } = require("node:vm");
const [node, program, ...runs] = process.argv;
const scripts = new Map();
const chunkOf = (name) => {
  if (!scripts.has(name)) scripts.set(name, new Script(readFileSync(name, "latin1"), { filename: name }));
  return scripts.get(name).runInThisContext();
};
const runNext = () => {
  if (runs.length === 0) return;
  process.argv = [node, program, ...JSON.parse(runs.shift())];
  ${CHUNK_LOADER}
};
process.on("beforeExit", runNext);
process.on("exit", () => {
  for (const [name, script] of scripts) writeFileSync(name + ".cache", script.createCachedData());
});
runNext();
`;

/** Which functions a run compiles may depend on how packets fall; the same twice is what it usually is. */
const ATTEMPTS = 6;

/** Compiled code by the name of the chunk. */
export type CodeCaches = ReadonlyMap<string, Uint8Array>;

/**
 * Compiles chunks ahead of time. V8 compiles a function when it is first called, so the program is run and the code of everything that it called is kept;
 * Node's own cache for executables has only what is compiled before anything ran. Chunks that no run asks for have no cache.
 *
 * @param options `node`: the executable that will run them; `folder`: where the script of each chunk is, under its name
 * @throws {CosmigError} with code `internal` when Node does not run
 */
export async function compileChunks(
  chunks: readonly Chunk[],
  options: { readonly node: string; readonly folder: string; readonly warmUp: WarmUp },
): Promise<CodeCaches> {
  await writeFile(join(options.folder, "record.cjs"), RECORDER);
  let previous: CodeCaches | undefined;
  for (let attempt = 1;; attempt++) {
    const caches = await record(chunks, options);
    if (attempt === ATTEMPTS || previous !== undefined && areEqual(previous, caches)) return caches;
    previous = caches;
  }
}

async function record(
  chunks: readonly Chunk[],
  { node, folder, warmUp: { runs, env } }: {
    readonly node: string;
    readonly folder: string;
    readonly warmUp: WarmUp;
  },
): Promise<CodeCaches> {
  // How the program ends is not what this is about: it may well find nothing to do.
  const failure = await runProcess(
    [node, RANDOM_SEED, "record.cjs", ...runs.map((args) => JSON.stringify(args))],
    { cwd: folder, env },
  ).then(() => undefined, (error: unknown) => error);
  const caches = new Map<string, Uint8Array>();
  for (const { name } of chunks) {
    const cache: Uint8Array | undefined = await readFile(join(folder, `${name}.cache`)).catch(() =>
      undefined
    );
    if (cache !== undefined) caches.set(name, cache);
  }
  if (caches.size === 0) throw failure;
  return caches;
}

function areEqual(left: CodeCaches, right: CodeCaches): boolean {
  return left.size === right.size &&
    [...left].every(([name, cache]) => Buffer.compare(cache, right.get(name) ?? new Uint8Array()) === 0);
}
