import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import process from "node:process";
import type { WarmUp } from "./code_cache.ts";
import { runProcess } from "./run_process.ts";

/** What every program is asked for now and then. */
const WITHOUT_DATABASE = [["list"], ["--help"]];

/**
 * Gives `run`, which packs a program, what to run to see which code is worth keeping.
 *
 * `embedded-database` serves that of the program meanwhile, so that what is compiled is the start of a pod: an `up` that finds nothing pending, since the
 * history of that database says that all migrations are applied. None is run. A program without such commands is warmed up with its list of migrations and its
 * help.
 *
 * @param options `program`: a command that runs it
 */
export async function withWarmUp<Result>(
  warmUp: WarmUp | "embedded-database",
  { program, run }: {
    readonly program: readonly string[];
    readonly run: (warmUp: WarmUp) => Promise<Result>;
  },
): Promise<Result> {
  if (warmUp !== "embedded-database") return await run(warmUp);
  const [file = "", ...args] = program;
  const child = spawn(file, [...args, "emulator"], {
    env: { ...process.env, ...home() },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const stop = () => void child.kill();
  process.once("exit", stop);
  try {
    const env = await announcedBy(child);
    const isReady = env !== undefined && await applyNothing(program, env);
    return await run(
      isReady ? { runs: [["up"], ...WITHOUT_DATABASE], env } : { runs: WITHOUT_DATABASE, env: {} },
    );
  } finally {
    process.off("exit", stop);
    stop();
  }
}

/** The variables that the embedded database says lead to it. */
function announcedBy(child: ChildProcess): Promise<Readonly<Record<string, string>> | undefined> {
  return new Promise((resolve) => {
    let text = "";
    child.on("error", () => resolve(undefined));
    child.on("close", () => resolve(undefined));
    child.stdout?.on("data", (chunk) => {
      text += String(chunk);
      const variables = [...text.matchAll(/^export (CosmosDb__\w+)='([^']*)'$/gm)];
      if (variables.length < 2) return;
      resolve(Object.fromEntries(variables.map(([, name, value]) => [name ?? "", value ?? ""])));
    });
  });
}

/** Makes the history say that all migrations are applied. @returns whether it could be made to */
async function applyNothing(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  try {
    const run = (...args: readonly string[]) =>
      runProcess([...command, ...args], { env: { ...home(), ...env } });
    const ids = (await run("list", "--json")).matchAll(/"id": "(\d{8}_\d{6})"/g);
    const newest = [...ids].at(-1)?.[1];
    if (newest !== undefined) await run("baseline", newest);
    await run("up");
    return true;
  } catch {
    return false;
  }
}

/** What a runtime needs of the environment to find its caches; settings that may be in it are none of the program's here. */
function home(): Readonly<Record<string, string | undefined>> {
  const { HOME = tmpdir(), DENO_DIR } = process.env;
  return { HOME, ...(DENO_DIR === undefined ? {} : { DENO_DIR }) };
}
