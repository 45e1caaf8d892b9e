import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

const ROOT = new URL("../../", import.meta.url).pathname;

/** How a process ended. */
export interface Ended {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running process of the real tool. */
export interface ToolProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the real tool, as a user's migration project does, with nothing of this process's environment but what a process needs. */
export function startTool(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly main?: string } = {},
): ToolProcess {
  const { PATH = "", HOME = "", DENO_DIR } = process.env;
  const child = spawn(process.execPath, [
    "run",
    "--allow-all",
    "--no-check",
    options.main ?? "main.ts",
    ...args,
  ], {
    cwd: ROOT,
    env: { PATH, HOME, ...(DENO_DIR === undefined ? {} : { DENO_DIR }), NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const read = (stream: NodeJS.ReadableStream | null): { text: string } => {
    const buffer = { text: "" };
    stream?.on("data", (chunk: Uint8Array) => {
      buffer.text += new TextDecoder().decode(chunk);
    });
    return buffer;
  };
  const [stdout, stderr] = [read(child.stdout), read(child.stderr)];
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout: stdout.text, stderr: stderr.text }));
  });
  return { child, ended };
}

/** Runs the real tool to its end. */
export function runTool(...args: Parameters<typeof startTool>): Promise<Ended> {
  return startTool(...args).ended;
}
