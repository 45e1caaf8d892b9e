import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Inside the checkout, so that imports by bare names resolve as those of `lib/` do. */
const MUTANTS = join(ROOT, ".mutants");

/** One defect on purpose. */
export interface Mutation {
  /** In `lib/`, e.g. `emulator/patch.ts`. */
  readonly file: string;
  /** A text that the file has exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A copy of a part of `lib/` with one defect. */
export interface Mutant extends AsyncDisposable {
  /** Imports a module of the copy, named as in `lib/`. The caller says what it exports. */
  load<Module>(module: string): Promise<Module>;
}

let made = 0;

/**
 * Copies folders of `lib/`, replaces one text, and gives access to the modules of the copy; the folders have to hold all that those modules import.
 *
 * @throws {Error} when the text is not there exactly once: a mutation that changes nothing, or something else, proves nothing
 */
export async function makeMutant(
  mutation: Mutation,
  { folders }: { readonly folders: readonly string[] },
): Promise<Mutant> {
  const { file, find, replace } = mutation;
  const original = await readFile(join(ROOT, "lib", file), "utf8");
  const found = original.split(find).length - 1;
  if (found !== 1 || find === replace) {
    throw new Error(`Cannot mutate "${file}" as it must have the text once: current value is ${found} times`);
  }
  const folder = join(MUTANTS, `${process.pid}-${++made}`);
  await mkdir(folder, { recursive: true });
  for (const name of folders) await cp(join(ROOT, "lib", name), join(folder, name), { recursive: true });
  await writeFile(join(folder, file), original.replace(find, () => replace));
  return {
    load: (module) => import(pathToFileURL(join(folder, module)).href),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
