import { Buffer } from "node:buffer";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "./run_process.ts";

/** A run of the program while it is packed. */
export interface WarmUp {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** V8 takes the seed of its hashes, which end up in a cache, from this one; so equal scripts have equal caches. It is no part of what a cache is checked for. */
export const RANDOM_SEED = "--random-seed=1";

/**
 * Main script of an executable: runs the program from the code that was compiled when it was packed. A cache that V8 does not accept costs time and nothing
 * else.
 */
export const LOADER = `"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");
const program = new Script(Buffer.from(getRawAsset("program")).latin1Slice(), {
  filename: "program.cjs",
  cachedData: Buffer.from(getRawAsset("cache")),
});
program.runInThisContext()(require, module, exports);
`;

const RECORDER = `"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { Script } = require("node:vm");
const program = new Script(readFileSync("program.js", "latin1"), { filename: "program.cjs" });
process.on("exit", () => writeFileSync("cache", program.createCachedData()));
program.runInThisContext()(require, module, exports);
`;

/** Which functions a run compiles may depend on how packets fall; the same twice is what it usually is. */
const ATTEMPTS = 6;

/**
 * Compiles a script ahead of time. V8 compiles a function when it is first called, so the program is run once and the code of everything that it called is
 * kept; Node's own cache for executables has only what is compiled before anything ran.
 *
 * @param code a CommonJS script of ASCII characters
 * @param options `node`: the executable that will run it; `folder`: where `program.js` is put, as {@linkcode LOADER} takes it
 * @throws {CosmigError} with code `internal` when Node does not run
 */
export async function compileScript(
  code: string,
  { node, folder, warmUp }: { readonly node: string; readonly folder: string; readonly warmUp: WarmUp },
): Promise<{ readonly cache: Uint8Array }> {
  const source = `(function (require, module, exports) {${code}\n})`;
  await writeFile(join(folder, "program.js"), source);
  await writeFile(join(folder, "record.cjs"), RECORDER);
  let previous: Uint8Array | undefined;
  for (let attempt = 1;; attempt++) {
    // How the program ends is not what this is about: it may well find nothing to do.
    const failure = await runProcess([node, RANDOM_SEED, "record.cjs", ...warmUp.args], {
      cwd: folder,
      env: warmUp.env,
    }).then(() => undefined, (error: unknown) => error);
    const cache: Uint8Array | undefined = await readFile(join(folder, "cache")).catch(() => undefined);
    if (cache === undefined) throw failure;
    const isSame = previous !== undefined && Buffer.compare(previous, cache) === 0;
    if (isSame || attempt === ATTEMPTS) return { cache };
    previous = cache;
  }
}
