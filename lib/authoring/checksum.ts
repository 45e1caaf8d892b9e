import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { RegistryError } from "../base/errors.ts";
import { canonicalSyntax, type ModuleReference, type Syntax } from "./canonical_syntax.ts";

/** How a file names the library that migrations are written with: a bare specifier, or the library's own file. */
export interface LibraryReference {
  /** Bare specifiers, such as `cosmig`. */
  readonly specifiers: readonly string[];
  /** Absolute path of its main file, where the project contains it. */
  readonly file?: string | undefined;
}

/** Changes when the canonical form does, so that an old checksum is known as one. */
const VERSION = "v1";
const CODE = new Set([".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"]);

/**
 * The checksum of a migration: over the canonical syntax of its file and of all files that it imports by a relative path, directly or not. Formatting, comments
 * and file names do not count; an npm package counts by its specifier; the library does not count.
 *
 * @param path of the migration's file
 * @throws {RegistryError} when a file does not exist or is not TypeScript
 */
export async function checksumOf(path: string, library: LibraryReference): Promise<string> {
  const files = [resolve(path)];
  const forms: Syntax[] = [];
  // Grows while files are read: each relative import that is new gets the next number.
  for (let index = 0; index < files.length; index++) {
    const file = files[index] ?? "";
    const importer = files[0] === file ? undefined : basename(path);
    const text = await readText(file, importer);
    forms.push(canonicalForm({ file, text }, (specifier) => referTo(specifier, { file, files, library })));
  }
  return `${VERSION}:${createHash("sha256").update(JSON.stringify(forms)).digest("hex")}`;
}

function canonicalForm(
  { file, text }: { readonly file: string; readonly text: string },
  refer: (specifier: string) => ModuleReference,
): Syntax {
  const extension = extname(file);
  if (CODE.has(extension)) return canonicalSyntax({ name: basename(file), text }, refer);
  return extension === ".json" ? ["Json", compactJson(file, text)] : ["Text", text];
}

function referTo(
  specifier: string,
  options: { readonly file: string; readonly files: string[]; readonly library: LibraryReference },
): ModuleReference {
  const { file, files, library } = options;
  if (library.specifiers.includes(specifier)) return { kind: "library" };
  if (!/^\.{1,2}\//.test(specifier)) return { kind: "specifier", specifier };
  const target = resolve(dirname(file), specifier);
  if (target === library.file) return { kind: "library" };
  const known = files.indexOf(target);
  return { kind: "file", number: known >= 0 ? known : files.push(target) - 1 };
}

async function readText(file: string, importer: string | undefined): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const by = importer === undefined ? "" : `, which "${importer}" imports,`;
    throw new RegistryError(`Cannot read "${basename(file)}"${by} as there is no such file`, {
      cause: error,
    });
  }
}

/** The order of keys is kept, since a program can see it. */
function compactJson(file: string, text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    throw new RegistryError(`Cannot read "${basename(file)}" as it is not JSON`, { cause: error });
  }
}
