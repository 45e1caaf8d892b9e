import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { CosmigError } from "../base/errors.ts";
import { type Target, TARGETS } from "./compile_target.ts";
import { runProcess } from "./run_process.ts";

/** The version of Node that executables are made of. `node_runtime.lock` has the digests of its packages. */
export const NODE_VERSION = "26.10.0";

/** Node as an npm package, unpacked. */
export interface NodeRuntime {
  readonly version: string;
  /** Absolute path of the package. */
  readonly package: string;
  /** Absolute path of the executable. */
  readonly executable: string;
}

const LOCK = fileURLToPath(new URL("node_runtime.lock", import.meta.url));
/** The packages are no dependencies of the project, which would put 200 MB each into everybody's `node_modules`. */
const ALONE = ["--no-config", "--node-modules-dir=none"];

/**
 * Brings Node for a target from the npm registry into Deno's cache.
 *
 * @throws {CosmigError} with code `internal` when the registry can't be reached or the package is not the one that was pinned
 */
export async function fetchNode(target: Target): Promise<NodeRuntime> {
  const name = `node-linux-${TARGETS[target].npm}`;
  const specifier = `npm:${name}@${NODE_VERSION}`;
  await runProcess([process.execPath, "cache", ...ALONE, `--lock=${LOCK}`, "--frozen", specifier]);
  const info: unknown = JSON.parse(
    await runProcess([process.execPath, "info", "--json", ...ALONE, "--no-lock", specifier]),
  );
  const folder = localPathOf(info, `${name}@${NODE_VERSION}`);
  if (folder === undefined) {
    throw new CosmigError("internal", `Cannot find the package ${name}@${NODE_VERSION} in Deno's cache`);
  }
  return { version: NODE_VERSION, package: folder, executable: join(folder, "bin", "node") };
}

function localPathOf(info: unknown, name: string): string | undefined {
  const packages = propertyOf(info, "npmPackages");
  const path = propertyOf(propertyOf(packages, name), "localPath");
  return typeof path === "string" ? path : undefined;
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}
