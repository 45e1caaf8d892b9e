import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { bundleProgram } from "../../lib/authoring/bundle.ts";
import { readCommit } from "../../lib/authoring/commit.ts";
import {
  denoArguments,
  denoRecorder,
  v8Flags,
  writeDenoProgram,
} from "../../lib/authoring/deno_executable.ts";
import { HEAP_FLAGS } from "../../lib/authoring/heap_flags.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A way to run the tool. */
export interface Launcher {
  readonly name: string;
  /** The program and what comes before the tool's own arguments. */
  readonly command: readonly string[];
  /** Why it can't be used here. */
  readonly missing: string | undefined;
}

/** What an executable of Deno has baked in. */
const PERMISSIONS = denoArguments({ read: ["*"], write: ["/dev/termination-log"] });

/** Every way to run the tool. `deno task compile --runtime node --output dist/node/cosmig` makes what is missing. */
export const LAUNCHERS: readonly Launcher[] = [
  {
    name: "deno run main.ts",
    command: [process.execPath, "run", "--no-check", ...PERMISSIONS, "main.ts"],
    missing: undefined,
  },
  packed("the bundle on Deno", "dist/node/cosmig.cjs", [
    process.execPath,
    "run",
    "--no-config",
    ...PERMISSIONS,
  ]),
  {
    name: "what the Deno executable is made of",
    command: [
      process.execPath,
      "run",
      "--no-config",
      v8Flags(HEAP_FLAGS),
      ...PERMISSIONS,
      await packForDeno(),
    ],
    missing: undefined,
  },
  packed("the Node executable", "dist/node/cosmig", []),
  packed("the Deno executable", "dist/deno/cosmig", []),
];

/** Writes what `deno compile` would pack, which needs no runtime but this one. @returns the module that starts it */
async function packForDeno(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-packed-"));
  addEventListener("unload", () => rmSync(folder, { recursive: true, force: true }));
  const bundle = await bundleProgram(`${ROOT}main.ts`, { commit: await readCommit(ROOT) });
  const recorder = await denoRecorder(folder);
  const { main } = await writeDenoProgram(bundle, {
    folder,
    compiled: { warmUp: "embedded-database", recorder },
  });
  return join(folder, main);
}

function packed(name: string, file: string, before: readonly string[]): Launcher {
  const missing = existsSync(`${ROOT}${file}`)
    ? mismatch(`${ROOT}${file}`, before)
    : `${file} was not built here`;
  return { name, command: [...before, `${ROOT}${file}`], missing };
}

/** Of another commit it would test the past. */
function mismatch(file: string, before: readonly string[]): string | undefined {
  const [program = "", ...args] = [...before, file, "list", "--json"];
  const embedded = JSON.parse(execFileSync(program, args, { encoding: "utf8", env: environment() }));
  const registry = JSON.parse(
    execFileSync(process.execPath, ["run", "--no-check", "-A", "main.ts", "list", "--json"], {
      encoding: "utf8",
      cwd: ROOT,
      env: environment(),
    }),
  );
  return embedded.digest === registry.digest ? undefined : `${file} holds other migrations`;
}

/** How a run ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the tool with nothing of this process's environment but what a process needs. */
export function launch(
  { command }: Launcher,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended>; readonly stderr: () => string } {
  const [program = "", ...before] = command;
  const child = spawn(program, [...before, ...args], { cwd: ROOT, env: environment(options.env) });
  child.stdin?.end();
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk) => texts.stdout += String(chunk));
  child.stderr?.on("data", (chunk) => texts.stderr += String(chunk));
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...texts })));
  return { child, ended, stderr: () => texts.stderr };
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = "", HOME = "", DENO_DIR } = process.env;
  return { PATH, HOME, ...(DENO_DIR === undefined ? {} : { DENO_DIR }), NO_COLOR: "1", ...more };
}
