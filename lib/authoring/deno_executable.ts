import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { CosmigError, messageOf } from "../base/errors.ts";
import { TARGETS } from "./compile_target.ts";
import { HEAP_FLAGS } from "./heap_flags.ts";
import type { ExecutableOptions, Permissions, Runtime } from "./permissions.ts";
import { runProcess } from "./run_process.ts";

/** How long the download of the runtime may take. */
const DOWNLOAD_MS = 120_000;

/**
 * Packs a bundle with `deno compile`. Deno takes its runtime, `denort`, from `DENORT_BIN`, else from its cache, else from its download host.
 *
 * @throws {CosmigError} with code `internal` when none of them has it
 */
export async function buildDenoExecutable(
  code: string,
  { target, output, permissions }: ExecutableOptions,
): Promise<Runtime> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-"));
  try {
    const main = join(folder, "main.cjs");
    await writeFile(main, code);
    await runProcess([
      process.execPath,
      "compile",
      "--no-config",
      "--no-lock",
      "--node-modules-dir=none",
      `--target=${TARGETS[target].deno}`,
      `--output=${output}`,
      `--v8-flags=${HEAP_FLAGS.join()}`,
      ...denoArguments(permissions),
      main,
    ], { timeoutMs: DOWNLOAD_MS }).catch((error: unknown) => {
      throw new CosmigError("internal", `Cannot make an executable of Deno: ${lastCauseOf(error)}`, {
        hint: "Name its runtime in DENORT_BIN, or take --runtime node",
        cause: error,
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { kind: "deno", version: process.versions["deno"] ?? "", package: undefined };
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
