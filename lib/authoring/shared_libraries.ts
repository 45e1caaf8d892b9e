import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CosmigError } from "../base/errors.ts";
import { type Target, TARGETS } from "./compile_target.ts";
import { type Elf, isElf, readElf } from "./elf.ts";

/** A file that an executable loads when it starts. */
export interface SharedLibrary {
  /** As the files that need it call it; for the loader, its path. */
  readonly name: string;
  /** Where it was found, and where the loader will look for it. */
  readonly path: string;
}

/**
 * The shared libraries that an executable needs, and those that they need, with the loader itself, in the order of their paths. They are followed through
 * the files, as the loader does: first the path that a file names, then the folders that the loader searches without a cache or configuration, since an
 * empty image has neither.
 *
 * @throws {CosmigError} with code `usage` when one is not on this machine
 */
export async function sharedLibrariesOf(
  executable: Uint8Array,
  { target }: { readonly target: Target },
): Promise<readonly SharedLibrary[]> {
  const found = new Map<string, SharedLibrary>();
  const program = readElf(executable);
  const waiting: { readonly elf: Elf; readonly folder: string }[] = [{ elf: program, folder: "/" }];
  if (program.interpreter !== undefined) {
    const path = program.interpreter;
    found.set(path, { name: path, path });
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { elf, folder } = next;
    for (const name of elf.needed.filter((needed) => !found.has(needed) && !isLoader(needed, program))) {
      const { path, library } = await findLibrary(name, { elf, folder, target });
      found.set(name, { name, path });
      waiting.push({ elf: library, folder: dirname(path) });
    }
  }
  return [...found.values()].toSorted((left, right) => left.path < right.path ? -1 : 1);
}

/** Libraries name the loader among what they need. */
function isLoader(name: string, { interpreter }: Elf): boolean {
  return interpreter?.endsWith(`/${name}`) === true;
}

async function findLibrary(
  name: string,
  { elf, folder, target }: { readonly elf: Elf; readonly folder: string; readonly target: Target },
): Promise<{ readonly path: string; readonly library: Elf }> {
  const { triplet, elfMachine } = TARGETS[target];
  const folders = [
    ...elf.searchPath.map((path) => path.replaceAll(/\$(?:ORIGIN|\{ORIGIN\})/g, folder)),
    `/lib/${triplet}`,
    `/usr/lib/${triplet}`,
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
  ];
  for (const path of folders.map((candidate) => join(candidate, name))) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined || !isElf(bytes)) continue;
    const library = readElf(bytes);
    if (library.machine === elfMachine) return { path, library };
  }
  throw new CosmigError("usage", `Cannot find the shared library "${name}" for ${target} on this machine`, {
    hint: "Install it, or build the image on a machine of that kind",
    details: { library: name, target },
  });
}
