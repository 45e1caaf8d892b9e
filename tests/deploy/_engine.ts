import { spawn, spawnSync } from "node:child_process";
import process from "node:process";
import { ROOT } from "./_documents.ts";

/** How a command of the engine ended. */
export interface EngineResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why there is no container engine; empty where there is one. `.ci/container_engine` starts one. */
export function whyNoEngine(): string {
  const { COSMIG_NO_ENGINE } = process.env;
  if (COSMIG_NO_ENGINE) return COSMIG_NO_ENGINE;
  const { status, error } = spawnSync("docker", ["version"], { encoding: "utf8" });
  if (error !== undefined) return "there is no docker here";
  return status === 0 ? "" : "no container engine answers";
}

/** Runs a program in the checkout and reads what it prints. */
export function runProgram(
  [program = "", ...args]: readonly string[],
  { env = {}, onStderr }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly onStderr?: (text: string) => void;
  } = {},
): Promise<EngineResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      onStderr?.(stderr);
    });
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** `docker …`, which has to succeed. @returns what it prints */
export async function docker(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(["docker", ...args]);
  if (exitCode !== 0) throw new Error(`docker ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
  return stdout.trim();
}

let built: Promise<string> | undefined;

/** The image of this checkout: that of `TEST_IMAGE`, or built, which the engine's cache makes cheap the second time. */
export function cosmigImage(): Promise<string> {
  built ??= buildImage();
  return built;
}

async function buildImage(): Promise<string> {
  const { TEST_IMAGE, BUILD_IMAGE } = process.env;
  if (TEST_IMAGE) return TEST_IMAGE;
  const args = BUILD_IMAGE ? ["--build-arg", `BUILD_IMAGE=${BUILD_IMAGE}`] : [];
  await docker("build", "--quiet", "--file", "Containerfile", ...args, "--tag", "cosmig:deploy-test", ".");
  return "cosmig:deploy-test";
}

/** A name that no other run uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
}
