import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Focus, NO_FOCUS } from "./_focus.ts";
import type { Mutant } from "./_mutants.ts";
import { LIB } from "./_subject.ts";

/** A copy of the library with a rule broken. */
export interface BrokenLibrary extends AsyncDisposable {
  readonly folder: string;
}

/** Copies the library and breaks a rule in the copy. @throws when a text that is to be replaced is not there exactly once */
export async function breakLibrary({ replacements, name }: Mutant): Promise<BrokenLibrary> {
  const folder = await mkdtemp(join(tmpdir(), "cosmig-mutant-"));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    await cp(LIB, folder, { recursive: true });
    for (const { file, text, by } of replacements) {
      const path = join(folder, file);
      const parts = (await readFile(path, "utf8")).split(text);
      if (parts.length !== 2) {
        throw new Error(`Cannot leave out "${name}" as ${file} holds its text ${parts.length - 1} times`);
      }
      await writeFile(path, parts.join(by));
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { folder, [Symbol.asyncDispose]: dispose };
}

/** Where to look for the absence of a rule. */
export function focusOf({ focus }: Mutant): Focus {
  return { ...NO_FOCUS, ...focus };
}
