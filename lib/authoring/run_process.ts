import { execFile } from "node:child_process";
import { promisify, stripVTControlCharacters } from "node:util";
import { CosmigError } from "../base/errors.ts";

const execute = promisify(execFile);

/** How a program is run. */
export interface ProcessOptions {
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** It is ended after this time. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Runs a program to its end and gives what it printed.
 *
 * @param command the program and its arguments
 * @throws {CosmigError} with code `internal` when it can't be started or fails; the message ends with what it said
 */
export async function runProcess(
  [program = "", ...args]: readonly string[],
  { cwd, env, timeoutMs = 600_000 }: ProcessOptions = {},
): Promise<string> {
  try {
    const { stdout } = await execute(program, args, {
      encoding: "utf8",
      cwd,
      env,
      timeout: timeoutMs,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    throw new CosmigError("internal", `Cannot run "${program} ${args[0] ?? ""}": ${lastWordsOf(error)}`, {
      cause: error,
    });
  }
}

/** The lines of an error output that say something, in one line. */
function lastWordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stderr = "", killed } = error as Error & { readonly stderr?: string; readonly killed?: boolean };
  if (killed === true) return "it took too long";
  const [beforeStack = ""] = stripVTControlCharacters(stderr).split(/^Stack backtrace/m);
  const lines = beforeStack.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.length === 0 ? error.message : lines.slice(-6).join("; ");
}
