import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Metafile, Plugin } from "esbuild";
import { CosmigError, messageOf } from "../base/errors.ts";
import { type Chunk, joinChunks } from "./chunks.ts";
import { wrapEntryModule } from "./entry_module.ts";
import { lazyBuiltins } from "./lazy_builtins.ts";

/** A program in one file, for Node and for Deno. */
export interface Bundle {
  /** A CommonJS script that needs nothing but `node:` modules. */
  readonly code: string;
  /** What the script is joined of. */
  readonly chunks: readonly Chunk[];
  /** Absolute paths of the files of which something is in it, in order. */
  readonly sources: readonly string[];
}

/** Names stay: messages and stack traces show them. Lines stay short: Node prints the line that threw. */
const OUTPUT = {
  target: "es2024",
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  legalComments: "none",
  logLevel: "silent",
} as const;

const LIBRARY = fileURLToPath(new URL("../", import.meta.url));

/**
 * Bundles a program with everything that it imports. Equal sources give equal bundles, wherever they lie.
 *
 * @param entry absolute path of the program's main file
 * @throws {CosmigError} with code `usage` when something can't be resolved or parsed
 */
export async function bundleProgram(
  entry: string,
  { commit }: { readonly commit: string | null },
): Promise<Bundle> {
  const esbuild = await import("esbuild");
  const root = dirname(entry);
  try {
    const { metafile, outputFiles } = await esbuild.build({
      entryPoints: { main: entry },
      absWorkingDir: root,
      outdir: root,
      bundle: true,
      splitting: true,
      write: false,
      metafile: true,
      platform: "node",
      format: "esm",
      ...OUTPUT,
      define: { COSMIG_COMMIT: JSON.stringify(commit) },
      plugins: [entryPlugin(entry), libraryPlugin(), lazyBuiltins()],
    });
    const chunks = await Promise.all(outputFiles.map(async ({ path, text }) => {
      const name = relative(root, path);
      const { code } = await esbuild.transform(text, {
        format: "cjs",
        // What `import()` brings is in the program.
        supported: { "dynamic-import": false },
        ...OUTPUT,
      });
      return {
        name: `./${name}`,
        code: `"use strict";${code}`,
        sources: sourcesOf(metafile.outputs[name]).map((source) => resolve(root, source)),
      };
    }));
    return {
      code: withTellingLength(joinChunks(chunks)),
      chunks,
      sources: chunks.flatMap(({ sources }) => sources).toSorted(),
    };
  } catch (error) {
    throw new CosmigError("usage", `Cannot bundle "${relative(root, entry)}": ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await esbuild.stop();
  }
}

/**
 * Makes the length of a script depend on what is in it. Deno keeps the compiled code of a long script under its path and its length, and would run the one that
 * was there before.
 */
function withTellingLength(code: string): string {
  const length = createHash("sha256").update(code).digest().readUInt16BE();
  return `${code}//${" ".repeat(length)}\n`;
}

function sourcesOf({ inputs }: Pick<Metafile["outputs"][string], "inputs"> = { inputs: {} }): string[] {
  return Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)
    .filter((path) => !path.startsWith("lazy-builtin:")).toSorted();
}

function entryPlugin(entry: string): Plugin {
  return {
    name: "entry",
    setup: (build) => {
      const name = new RegExp(`${RegExp.escape(entry)}$`);
      build.onLoad({ filter: name }, async ({ path }) => ({
        contents: wrapEntryModule({ name: path, text: await readFile(path, "utf8") }),
        loader: path.endsWith("ts") ? "ts" : "js",
      }));
    },
  };
}

/** No file of the library does anything when it is loaded, so one of which nothing is used can be left out. */
function libraryPlugin(): Plugin {
  return {
    name: "library",
    setup: (build) => {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ resolveDir, path }) => {
        const target = resolve(resolveDir, path);
        return target.startsWith(LIBRARY) && target.endsWith(".ts")
          ? { path: target, sideEffects: false }
          : undefined;
      });
    },
  };
}
