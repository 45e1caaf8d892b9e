/**
 * Cold start of the tool against a bare program that is bundled and packed the same way and does the two requests of a start that finds nothing pending.
 * Programs take turns, so that a busy machine is equally busy for all; what is compared is the middle run.
 *
 *     deno task bench start [runs]
 *
 * Prints figures, targets and whether they are met; exits with 4 when one is not.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { bundleProgram } from "../lib/authoring/bundle.ts";
import type { WarmUp } from "../lib/authoring/code_cache.ts";
import { hostTarget } from "../lib/authoring/compile_target.ts";
import { denoArguments, denoRecorder, v8Flags, writeDenoProgram } from "../lib/authoring/deno_executable.ts";
import { HEAP_FLAGS } from "../lib/authoring/heap_flags.ts";
import { buildNodeExecutable } from "../lib/authoring/node_executable.ts";
import { startEmulator } from "../lib/emulator/mod.ts";
import { type Figure, report, within } from "./figures.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const PERMISSIONS = { read: ["*"], write: ["/dev/termination-log"] };

/** Peak of an `up` with nothing pending, MB. */
const MOST_MEGABYTES = { node: 110, deno: 75 };

interface Program {
  readonly name: string;
  readonly command: readonly string[];
  /** What its time may be, of that of the first program. */
  readonly most?: number;
  readonly mostMegabytes?: number;
}

interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Builds, measures and prints. */
export async function measureStart([runs = "25"]: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-bench-"));
  const seed = JSON.parse(await readFile(join(ROOT, "migrations/seed.json"), "utf8"));
  const emulator = await startEmulator({ seed });
  const environment = {
    CosmosDb__ConnectionString: emulator.connectionString,
    CosmosDb__DatabaseName: seed.database,
    BARE_ENDPOINT: emulator.endpoint,
    BARE_KEY: emulator.key,
    BARE_DATABASE: seed.database,
  };
  try {
    const nothing = await build("nothing", {
      entry: await writeNothing(folder),
      folder,
      warmUp: { runs: [[]], env: {} },
    });
    const tool = await build("cosmig", {
      entry: join(ROOT, "main.ts"),
      folder,
      warmUp: "embedded-database",
    });
    await runOnce([...tool.node, "up", "--init", "--allow-offline"], environment);
    const bare = await build("bare", {
      entry: join(ROOT, "bench/_bare_program.ts"),
      folder,
      warmUp: { runs: [[]], env: environment },
    });
    const figures: Figure[] = [];
    for (const runtime of ["node", "deno"] as const) {
      figures.push(
        ...await measure(Number(runs), {
          environment,
          programs: [
            { name: `${runtime}: bare program`, command: bare[runtime] },
            {
              name: `${runtime}: up, nothing pending`,
              command: [...tool[runtime], "up"],
              most: 1.25,
              mostMegabytes: MOST_MEGABYTES[runtime],
            },
            { name: `${runtime}: list`, command: [...tool[runtime], "list"], most: 0.6 },
            { name: `${runtime}: --help`, command: [...tool[runtime], "--help"], most: 0.6 },
            { name: `${runtime}: nothing at all`, command: nothing[runtime] },
          ],
        }),
      );
    }
    report(figures);
    print(
      `Node executable ${await megabytesOf(join(folder, "cosmig"))} MB, bundle ${await megabytesOf(
        join(folder, "cosmig.cjs"),
      )} MB`,
    );
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A program that shows what the runtime alone takes. */
async function writeNothing(folder: string): Promise<string> {
  const entry = join(folder, "nothing.ts");
  await writeFile(entry, "");
  return entry;
}

/** Commands that run a program. */
interface Built {
  readonly node: readonly string[];
  readonly deno: readonly string[];
}

/** Packs a program for Node, and for Deno as far as its runtime is not needed: `deno run` runs the files that `deno compile` would put into an executable. */
async function build(
  name: string,
  { entry, folder, warmUp }: {
    readonly entry: string;
    readonly folder: string;
    readonly warmUp: WarmUp | "embedded-database";
  },
): Promise<Built> {
  const built = await bundleProgram(entry, { commit: null });
  const [node, deno] = [join(folder, name), join(folder, `${name}-deno`)];
  await writeFile(`${node}.cjs`, built.code);
  await buildNodeExecutable(built, {
    target: hostTarget(),
    output: node,
    permissions: PERMISSIONS,
    warmUp,
  });
  await mkdir(deno);
  const { main } = await writeDenoProgram(built, {
    folder: deno,
    compiled: { warmUp, recorder: await denoRecorder(deno) },
  });
  const options = ["--no-config", v8Flags(HEAP_FLAGS), ...denoArguments(PERMISSIONS)];
  return { node: [node], deno: [process.execPath, "run", ...options, join(deno, main)] };
}

async function measure(
  runs: number,
  { programs, environment }: {
    readonly programs: readonly Program[];
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<readonly Figure[]> {
  const samples = new Map(programs.map(({ name }) => [name, [] as Sample[]]));
  for (let turn = 0; turn <= runs; turn++) {
    for (const { name, command } of programs) {
      const sample = await runOnce(command, environment);
      // The first turn fills the caches of the system.
      if (turn > 0) samples.get(name)?.push(sample);
    }
  }
  const [base = []] = samples.values();
  const figures: Figure[] = [];
  for (const { name, command, most, mostMegabytes } of programs) {
    const own = samples.get(name) ?? [];
    const cells = (["wallMs", "cpuMs"] as const).map((key) => {
      const [least, middle] = [0, 0.5].map((share) => quantile(own, { key, share }));
      return `${key} least ${least?.toFixed(0).padStart(4)} middle ${middle?.toFixed(0).padStart(4)} (${
        ratioOf(own, base, key).toFixed(2)
      })`;
    });
    const peak = await peakMegabytesOf(command, environment);
    print(`${name.padEnd(28)} ${cells.join("  ")}  peak ${peak.toFixed(0).padStart(4)} MB`);
    if (most !== undefined) {
      figures.push(within(`${name}: time, of the bare program`, ratioOf(own, base, "wallMs"), { most }));
    }
    if (mostMegabytes !== undefined) {
      figures.push(within(`${name}: peak RSS`, peak, { most: mostMegabytes, unit: " MB", digits: 0 }));
    }
  }
  return figures;
}

function ratioOf(own: readonly Sample[], base: readonly Sample[], key: keyof Sample): number {
  return quantile(own, { key, share: 0.5 }) / quantile(base, { key, share: 0.5 });
}

function quantile(
  samples: readonly Sample[],
  { key, share }: { readonly key: keyof Sample; readonly share: number },
): number {
  const values = samples.map((sample) => sample[key]).toSorted((left, right) => left - right);
  return values[Math.floor((values.length - 1) * share)] ?? 0;
}

/**
 * The shell measures: what this process does meanwhile, serving the database, does not count. Output goes to a pipe, as that of a container does.
 */
async function runOnce(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Sample> {
  const script = 'exec 3> >(cat >/dev/null); TIMEFORMAT="%R %U %S"; time "$@" >&3 2>&3';
  const { code, stderr } = await run(["bash", "-c", script, "bash", ...command], environment);
  if (code !== 0) throw new Error(`${command.join(" ")} exited with ${code}`);
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(" ").map((text) => Number(text) * 1_000);
  return { wallMs: wall, cpuMs: user + system };
}

/** The largest resident set that the system saw, asked for until the process is gone. */
async function peakMegabytesOf(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: "ignore" });
  let peakKb = 0;
  let hasEnded = false;
  child.on("close", () => hasEnded = true);
  while (!hasEnded) {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    peakKb = Math.max(peakKb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return peakKb / 1024;
}

async function run(
  [program = "", ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk) => stderr += String(chunk));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stderr };
}

async function megabytesOf(path: string): Promise<string> {
  return ((await stat(path)).size / 1e6).toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
