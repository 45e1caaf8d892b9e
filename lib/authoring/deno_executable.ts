import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { CosmigError, messageOf } from "../base/errors.ts";
import type { Bundle } from "./bundle.ts";
import { compilePacks, RECORDING_FLAGS, type WarmUp, writeRecorder } from "./code_cache.ts";
import { hostTarget, type Target, TARGETS } from "./compile_target.ts";
import { HEAP_FLAGS } from "./heap_flags.ts";
import { type CompiledPack, packApart, packLoader, writePacks } from "./packs.ts";
import type { ExecutableOptions, Permissions, Runtime } from "./permissions.ts";
import { runProcess } from "./run_process.ts";
import { withTemporaryFolder } from "./temporary_folder.ts";
import { withWarmUp } from "./warm_up.ts";

/** How long the download of the runtime may take. */
const DOWNLOAD_MS = 120_000;

/** What `deno compile` makes an executable of. */
export interface DenoProgram {
  /** Name of the module that starts it. */
  readonly main: string;
  /** Names of what it reads while it runs. */
  readonly included: readonly string[];
}

/** Name of {@linkcode DenoProgram.main}. */
const MAIN_FILE = "main.mjs";

/** `node:vm` loads the other four; asking for another module of Node's takes 2 ms once. */
const PRELUDE = `import buffer from "node:buffer";
import events from "node:events";
import path from "node:path";
import process from "node:process";
import { Script } from "node:vm";
const loadedAnyway = { "node:buffer": buffer, "node:events": events, "node:path": path, "node:process": process };
const require = (name) => loadedAnyway[name] ?? process.getBuiltinModule(name);
const read = (name) => buffer.Buffer.from(Deno.readFileSync(import.meta.dirname + "/" + name).buffer);`;

/**
 * Writes a program into a folder, from which it can be compiled or run.
 *
 * @param options `compiled`: what to run, and how, to have compiled code in it
 */
export async function writeDenoProgram(
  { chunks, code }: Bundle,
  { folder, compiled }: {
    readonly folder: string;
    readonly compiled?: {
      readonly warmUp: WarmUp | "embedded-database";
      readonly recorder: readonly string[];
    } | undefined;
  },
): Promise<DenoProgram> {
  const bundle = join(folder, "bundle.cjs");
  await writeFile(bundle, code);
  const packs: readonly CompiledPack[] = compiled === undefined
    ? packApart(chunks).map((pack) => ({ ...pack, cache: undefined }))
    : await withWarmUp(compiled.warmUp, {
      program: [process.execPath, "run", "--no-config", "-A", bundle],
      run: (warmUp) => compilePacks(chunks, { recorder: compiled.recorder, folder, warmUp }),
    });
  await writeFile(join(folder, MAIN_FILE), packLoader(packs, PRELUDE));
  return { main: MAIN_FILE, included: await writePacks(packs, folder) };
}

/** A recorder for {@linkcode writeDenoProgram} that is run by this Deno. */
export async function denoRecorder(folder: string): Promise<readonly string[]> {
  const file = await writeRecorder(folder);
  return [process.execPath, "run", "--no-config", "-A", v8Flags(RECORDING_FLAGS), file];
}

/**
 * Packs a bundle with `deno compile`. Deno takes its runtime, `denort`, from `DENORT_BIN`, else from its cache, else from its download host.
 *
 * Compiled code is recorded by an executable of the same runtime: V8 takes none from another build of itself.
 *
 * @param options `warmUp`: what to run to see which code is worth keeping; without it, there is none in the executable
 * @throws {CosmigError} with code `internal` when none of them has it
 */
export async function buildDenoExecutable(
  bundle: Bundle,
  { target, output, permissions, warmUp }: ExecutableOptions & {
    readonly warmUp: WarmUp | "embedded-database" | undefined;
  },
): Promise<Runtime> {
  await withTemporaryFolder(async (folder) => {
    const recorder = join(folder, "recorder");
    const isRecorded = warmUp !== undefined && target === hostTarget();
    if (isRecorded) {
      await compileWithDeno(await writeRecorder(folder), {
        folder,
        output: recorder,
        target,
        flags: RECORDING_FLAGS,
        args: ["-A"],
      });
    }
    const { main, included } = await writeDenoProgram(bundle, {
      folder,
      compiled: isRecorded ? { warmUp, recorder: [recorder] } : undefined,
    });
    // Deno keeps the times of files, and equal content is to give equal executables.
    for (const name of [main, ...included]) await utimes(join(folder, name), 0, 0);
    await compileWithDeno(main, {
      folder,
      output,
      target,
      flags: HEAP_FLAGS,
      args: [...denoArguments(permissions), "--deny-import", ...included.map((name) => `--include=${name}`)],
    });
  });
  return { kind: "deno", version: process.versions["deno"] ?? "", package: undefined };
}

async function compileWithDeno(
  main: string,
  { folder, output, target, flags, args }: {
    readonly folder: string;
    readonly output: string;
    readonly target: Target;
    readonly flags: readonly string[];
    readonly args: readonly string[];
  },
): Promise<void> {
  await runProcess([
    process.execPath,
    "compile",
    "--no-config",
    "--no-lock",
    "--node-modules-dir=none",
    // Deno's own would be taken from a folder that others may write to.
    "--no-code-cache",
    `--target=${TARGETS[target].deno}`,
    `--output=${output}`,
    v8Flags(flags),
    ...args,
    main,
  ], { cwd: folder, timeoutMs: DOWNLOAD_MS }).catch((error: unknown) => {
    throw new CosmigError("internal", `Cannot make an executable of Deno: ${lastCauseOf(error)}`, {
      hint: "Name its runtime in DENORT_BIN, or take --runtime node",
      cause: error,
    });
  });
}

/** Flags of V8 as Deno takes them. */
export function v8Flags(flags: readonly string[]): string {
  return `--v8-flags=${flags.join()}`;
}

/** Deno lists causes from the outermost to the innermost, and the last one says what is wrong. */
function lastCauseOf(error: unknown): string {
  return messageOf(error).split("; ").at(-1)?.replace(/^\d+: /, "") ?? "";
}

/** The permissions of Deno; never a question, since nobody could answer it. */
export function denoArguments({ read, write }: Permissions): readonly string[] {
  const list = (flag: string, paths: readonly string[]) =>
    paths.length === 0 ? [] : [paths.includes("*") ? flag : `${flag}=${paths.join(",")}`];
  return [
    "--no-prompt",
    "--allow-net",
    "--allow-env",
    "--allow-sys=hostname,osRelease",
    ...list("--allow-read", read),
    ...list("--allow-write", write),
  ];
}
