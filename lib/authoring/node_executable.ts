import { chmod, copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { compilePacks, RECORDING_FLAGS, type WarmUp, writeRecorder } from "./code_cache.ts";
import { hostTarget } from "./compile_target.ts";
import { HEAP_FLAGS } from "./heap_flags.ts";
import { fetchNode } from "./node_runtime.ts";
import { packLoader, writePacks } from "./packs.ts";
import type { ExecutableOptions, Permissions, Runtime } from "./permissions.ts";
import { runProcess } from "./run_process.ts";
import { stripElf } from "./strip_elf.ts";
import { withTemporaryFolder } from "./temporary_folder.ts";
import { withWarmUp } from "./warm_up.ts";

/**
 * Packs a bundle into a Node single executable application. Node is stripped before that, since a finished executable does not survive it.
 *
 * With compiled code in it, `up` starts a third faster. That code is for the processor that made it, so an executable for another one goes without.
 *
 * @param options `warmUp`: what to run to see which code is worth keeping; without it, there is none in the executable
 */
export async function buildNodeExecutable(
  bundle: Bundle,
  options: ExecutableOptions & { readonly warmUp: WarmUp | "embedded-database" | undefined },
): Promise<Runtime> {
  const { target, output, permissions, warmUp } = options;
  const host = hostTarget();
  const runtime = await fetchNode(target);
  const builder = host === target ? runtime : await fetchNode(host);
  await withTemporaryFolder(async (folder) => {
    await writeFile(join(folder, "bundle.cjs"), bundle.code);
    await writeFile(join(folder, "node"), stripElf(await readFile(runtime.executable)), { mode: 0o755 });
    const assets = warmUp === undefined || host !== target
      ? undefined
      : await writeAssets(bundle, { folder, node: builder.executable, warmUp });
    await writeFile(
      join(folder, "sea.json"),
      JSON.stringify({
        main: assets === undefined ? "bundle.cjs" : "loader.cjs",
        mainFormat: "commonjs",
        executable: "node",
        output: "executable",
        disableExperimentalSEAWarning: true,
        useCodeCache: assets !== undefined,
        assets,
        execArgv: [...HEAP_FLAGS, ...nodeArguments(permissions)],
        // A NODE_OPTIONS that is left over on an agent is not for us.
        execArgvExtension: "none",
      }),
    );
    await runProcess([builder.executable, ...RECORDING_FLAGS, "--build-sea", "sea.json"], {
      cwd: folder,
    });
    await copyFile(join(folder, "executable"), output);
    await chmod(output, 0o755);
  });
  return { kind: "node", version: runtime.version, package: runtime.package };
}

/** Main script of an executable that carries packs. */
const PRELUDE = `"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");
const read = (name) => Buffer.from(getRawAsset(name));`;

/** Writes the loader and what it loads. @returns the assets of the executable, files by their names */
async function writeAssets(
  { chunks }: Bundle,
  { folder, node, warmUp }: {
    readonly folder: string;
    readonly node: string;
    readonly warmUp: WarmUp | "embedded-database";
  },
): Promise<Readonly<Record<string, string>>> {
  const recorder = [node, ...RECORDING_FLAGS, await writeRecorder(folder)];
  const packs = await withWarmUp(
    warmUp,
    {
      program: [node, join(folder, "bundle.cjs")],
      run: (chosen) => compilePacks(chunks, { recorder, folder, warmUp: chosen }),
    },
  );
  await writeFile(join(folder, "loader.cjs"), packLoader(packs, PRELUDE));
  return Object.fromEntries((await writePacks(packs, folder)).map((name) => [name, name]));
}

/** Node's permission model: no processes, no workers, no native code, no inspector, files as given. */
export function nodeArguments({ read, write }: Permissions): readonly string[] {
  return [
    // Of --allow-net, which Node 26 says at each start.
    "--disable-warning=ExperimentalWarning",
    "--permission",
    "--allow-net",
    ...read.map((path) => `--allow-fs-read=${path}`),
    ...write.map((path) => `--allow-fs-write=${path}`),
  ];
}
