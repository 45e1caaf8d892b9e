import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { BenchDatabase, DATABASE, type DatabaseOptions, type Seen } from "./database.ts";

/** What a program did to a database. */
export interface Measured {
  /** From the start of the process to its end. */
  readonly wallMs: number;
  /** Largest resident set of the process. */
  readonly peakMegabytes: number;
  /** From the first request to the documents to the last one. */
  readonly passMs: number;
  readonly seen: Seen;
}

/** A program with its arguments. */
export type Program = readonly [command: string, ...args: readonly string[]];

/** A file of this folder as a program. */
export function script(file: string, ...args: readonly string[]): Program {
  return [process.execPath, "run", "-A", "--no-check", new URL(file, import.meta.url).pathname, ...args];
}

/** The tool as its users start it, from sources unless another way to launch it is given. */
export function tool(options: readonly string[] = [], launcher: Program = script("_tool.ts")): Program {
  return [...launcher, "up", "--init", "--log-format", "json", ...options];
}

/**
 * Runs a program against a new database.
 *
 * @throws when it fails, or leaves a document behind
 */
export async function runProgram([command, ...args]: Program, options: DatabaseOptions): Promise<Measured> {
  await using database = new BenchDatabase(options);
  const before = await database.see();
  const startedMs = performance.now();
  const child = spawn(command, args, {
    env: {
      ...process.env,
      CosmosDb__ConnectionString: before.connectionString,
      CosmosDb__DatabaseName: DATABASE,
      BENCH_ENDPOINT: before.endpoint,
      BENCH_KEY: before.key,
      BENCH_DATABASE: DATABASE,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk) => stderr = (stderr + String(chunk)).slice(-4_000));
  const closing = new Promise<number | null>((resolve) => child.on("close", resolve));
  const peak = watchPeak(child.pid ?? 0, closing);
  const code = await closing;
  const wallMs = performance.now() - startedMs;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${code}: ${stderr}`);
  const seen = await database.see();
  const left = await database.countLeft();
  if (left > 0) throw new Error(`${command} ${args.join(" ")} left ${left} documents as they were`);
  const passMs = (seen.spent.at(-1)?.[0] ?? 0) - (seen.spent[0]?.[0] ?? 0);
  return { wallMs, passMs, peakMegabytes: await peak, seen };
}

/** The system's own high-water mark, read until the process is gone. */
async function watchPeak(pid: number, closing: Promise<unknown>): Promise<number> {
  let peakKilobytes = 0;
  let hasEnded = false;
  closing.then(() => hasEnded = true);
  while (!hasEnded) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    peakKilobytes = Math.max(peakKilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    await sleep(20);
  }
  return peakKilobytes / 1024;
}
