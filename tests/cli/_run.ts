import { runCli } from "../../lib/cli/mod.ts";
import { defineMigration } from "../../lib/definition/migration.ts";
import type { Operation } from "../../lib/definition/operation.ts";
import { defineRegistry, type Registry, registryDigest } from "../../lib/definition/registry.ts";
import { run } from "../../lib/definition/run.ts";
import { type FakeIo, fakeIo, type FakeIoOptions } from "./_fake_io.ts";

/** How a command ended, as a reader of a terminal would write it down. */
export interface Transcript {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly io: FakeIo;
}

/** A registry of migrations with these operations, by description. */
export function registryOf(migrations: Readonly<Record<string, readonly Operation[]>>): Registry {
  const entries = Object.entries(migrations).map(([description, up], index) => ({
    id: `20240101_${String(index + 1).padStart(6, "0")}`,
    name: description.toLowerCase().replaceAll(" ", "_"),
    checksum: `v1:${index}`,
    migration: defineMigration({ description, up }),
  }));
  return defineRegistry(registryDigest(entries), entries);
}

/** Two migrations that touch nothing. */
export const SAMPLES: Registry = registryOf({
  "Warm the cache": [
    run({ name: "warm", describe: "warm the cache", execute: async () => {}, undo: async () => {} }),
  ],
  "Tell the index": [
    run({ name: "tell", describe: "tell the index", execute: async () => {}, undo: async () => {} }),
  ],
});

/** Runs a command line inside this process. */
export async function runFake(
  argv: readonly string[],
  options: FakeIoOptions & { readonly migrations?: Registry | undefined; readonly io?: FakeIo | undefined } =
    {},
): Promise<Transcript> {
  const io = options.io ?? fakeIo(options);
  const code = await runCli(argv, { migrations: options.migrations ?? SAMPLES, io });
  return { code, out: io.outText(), err: io.errText(), io };
}

/** Starts the real process. Variables are those that are given, and no others but `PATH` and the like. */
export function startProcess(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Deno.ChildProcess {
  const { PATH = "", HOME = "", DENO_DIR = "" } = Deno.env.toObject();
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "main.ts", ...argv],
    cwd: new URL("../..", import.meta.url),
    clearEnv: true,
    env: { PATH, HOME, ...(DENO_DIR === "" ? {} : { DENO_DIR }), ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs the real process to its end. */
export async function runTranscript(
  argv: readonly string[],
  options: { readonly environment?: Readonly<Record<string, string>> | undefined } = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const output = await startProcess(argv, options.environment).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, out: decode(output.stdout), err: decode(output.stderr) };
}
