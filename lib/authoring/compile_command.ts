/**
 * `compile`: a program and its migrations in one executable. Owns the order of the steps and the choice of the runtime. Fails with a usage error when the
 * program can't be bundled or the machine lacks something, and never leaves an executable that was not able to say its version.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { CosmigError, messageOf } from "../base/errors.ts";
import { renderBillOfMaterials } from "./bill_of_materials.ts";
import { type Bundle, bundleProgram } from "./bundle.ts";
import { readCommit } from "./commit.ts";
import { hostTarget, type Target } from "./compile_target.ts";
import { debianPackagesOf } from "./debian_packages.ts";
import { buildDenoExecutable } from "./deno_executable.ts";
import { writeImageRoot } from "./image_root.ts";
import { renderLicences } from "./licences_file.ts";
import { buildNodeExecutable } from "./node_executable.ts";
import { packagesOf, readIntegrities, readPackage, type ThirdParty } from "./package_inventory.ts";
import type { Permissions, Runtime } from "./permissions.ts";
import { runProcess } from "./run_process.ts";
import { sharedLibrariesOf, type SharedLibrary } from "./shared_libraries.ts";

/** What to compile, and into what. */
export interface CompileOptions {
  /** Absolute path of the program's main file. */
  readonly entry: string;
  /** Absolute path of the executable; the other files stand beside it. */
  readonly output: string;
  /** `auto` takes Deno where its runtime is at hand, else Node. */
  readonly runtime: "auto" | "deno" | "node";
  readonly target: Target;
  readonly permissions: Permissions;
  /** Whether the executable carries compiled code: it starts faster. */
  readonly codeCache: boolean;
  /** Said by the program instead of what git's files say. */
  readonly commit?: string | undefined;
  /** Absolute path of a folder for the file system of an image. */
  readonly imageRoot?: string | undefined;
}

/** A file that was written. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What was made. */
export interface CompileResult {
  readonly runtime: Runtime;
  /** Why that one was taken. */
  readonly reason: string;
  /** Why the executable could not be run here; `undefined` when it was. */
  readonly untested: string | undefined;
  readonly files: readonly WrittenFile[];
  readonly libraries: readonly SharedLibrary[];
}

/**
 * Compiles a program into an executable with a bill of materials and the licences of others, and on request into the file system of an image.
 *
 * @throws {CosmigError} with code `usage` for what the caller can change, else `internal`
 */
export async function compile(options: CompileOptions): Promise<CompileResult> {
  const { entry, output, imageRoot, target } = options;
  const commit = options.commit ?? await readCommit(dirname(entry));
  const bundle = await bundleProgram(entry, { commit });
  await mkdir(dirname(output), { recursive: true });
  const built = await buildExecutable(bundle, options);
  // Those of another processor are on no ordinary machine, and only an image needs them.
  const libraries = target === hostTarget() || imageRoot !== undefined
    ? await sharedLibrariesOf(await readFile(output), { target })
    : [];
  const own = await partsOf(bundle, { entry, runtime: built.runtime });
  const described = { name: basename(output), version: await versionOf(entry), commit };
  const written = {
    [`${output}.cjs`]: bundle.code,
    [`${output}.cdx.json`]: renderBillOfMaterials({ ...described, parts: own }),
    [`${output}.licences.txt`]: renderLicences(described.name, own),
  };
  for (const [path, text] of Object.entries(written)) await writeFile(path, text);
  if (imageRoot !== undefined) {
    const parts = [...own, ...await debianPackagesOf(libraries)];
    await writeImageRoot(imageRoot, {
      executable: output,
      libraries,
      documents: {
        "sbom.cdx.json": renderBillOfMaterials({ ...described, parts }),
        "licences.txt": renderLicences(described.name, parts),
      },
    });
  }
  return {
    ...built,
    libraries,
    files: await Promise.all([output, ...Object.keys(written)].map(describeFile)),
  };
}

type Built = Pick<CompileResult, "runtime" | "reason" | "untested">;

async function buildExecutable(bundle: Bundle, options: CompileOptions): Promise<Built> {
  const packing = { ...options, warmUp: options.codeCache ? "embedded-database" as const : undefined };
  const withNode = async (reason: string): Promise<Built> => {
    const runtime = await buildNodeExecutable(bundle, packing);
    return { runtime, reason, untested: await tryExecutable(options) };
  };
  const withDeno = async (reason: string): Promise<Built> => {
    const runtime = await buildDenoExecutable(bundle, packing);
    return { runtime, reason, untested: await tryExecutable(options) };
  };
  if (options.runtime === "node") return await withNode("it was asked for");
  if (options.runtime === "deno") return await withDeno("it was asked for");
  try {
    return await withDeno("its runtime is at hand");
  } catch (error) {
    await rm(options.output, { force: true });
    return await withNode(messageOf(error).replace(/^C/, "c"));
  }
}

/** Runs what was made, where it can run. @returns why it can't */
async function tryExecutable({ output, target }: CompileOptions): Promise<string | undefined> {
  const host = hostTarget();
  if (host !== target) return `it is for ${target}, and this machine is ${host}`;
  const said = await runProcess([output, "--version"], { env: {}, timeoutMs: 60_000 });
  if (said.trim() !== "") return undefined;
  throw new CosmigError("internal", `Cannot use "${output}" as it does not say its version`);
}

async function partsOf(
  { sources }: Bundle,
  { entry, runtime }: { readonly entry: string; readonly runtime: Runtime },
): Promise<readonly ThirdParty[]> {
  const integrities = await readIntegrities(join(dirname(entry), "deno.lock"));
  const base: ThirdParty = runtime.package === undefined
    ? {
      name: runtime.kind,
      version: runtime.version,
      purl: `pkg:generic/${runtime.kind}@${runtime.version}`,
      licence: "MIT",
      homepage: undefined,
      texts: [],
      integrity: undefined,
    }
    : await readPackage(runtime.package, { integrities });
  return [...await packagesOf(sources, { integrities }), base];
}

/** The version that the project gives itself. */
async function versionOf(entry: string): Promise<string> {
  const text = await readFile(join(dirname(entry), "deno.json"), "utf8").catch(() => "");
  return text.match(/^\s*"version":\s*"([^"]+)"/m)?.[1] ?? "0.0.0";
}

async function describeFile(path: string): Promise<WrittenFile> {
  const { size } = await stat(path);
  return { path, bytes: size, sha256: createHash("sha256").update(await readFile(path)).digest("hex") };
}

/** The result in words, a line each. */
export function compileInWords(
  { runtime, reason, untested, files, libraries }: CompileResult,
  { directory }: { readonly directory: string },
): readonly string[] {
  return [
    ...files.map(({ path, bytes, sha256 }) =>
      `${sha256}  ${(bytes / 1e6).toFixed(1).padStart(6)} MB  ${relative(directory, path)}`
    ),
    `Runtime: ${runtime.kind} ${runtime.version}, since ${reason}`,
    ...(libraries.length === 0
      ? []
      : [`Shared libraries: ${libraries.map(({ path }) => basename(path)).join(", ")}`]),
    untested === undefined ? "It runs: it said its version" : `It was not tested, since ${untested}`,
  ];
}
