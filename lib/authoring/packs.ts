import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Chunk, CHUNK_LOADER, CHUNK_PARAMETERS } from "./chunks.ts";

/** Chunks that are read and compiled together. */
export interface Pack {
  /** Name of its file, which has no extension: for `deno compile`, what looks like a module is one. */
  readonly name: string;
  readonly chunks: readonly Chunk[];
}

/** A pack whose compiled code may be at hand. */
export interface CompiledPack extends Pack {
  /** What V8 made of it; `undefined` when nothing of it ran while the program was packed. */
  readonly cache: Uint8Array | undefined;
}

/** Each chunk in a pack of its own. */
export function packApart(chunks: readonly Chunk[]): readonly Pack[] {
  return chunks.map((chunk) => ({ name: chunk.name.replaceAll(/^\.\/|\.js$/g, ""), chunks: [chunk] }));
}

/**
 * Puts chunks together that the same runs ask for; each that none asks for stays alone, since it is not known what asks for it.
 *
 * @param asked names of chunks, for each run
 */
export function packTogether(
  chunks: readonly Chunk[],
  asked: readonly (readonly string[])[],
): readonly Pack[] {
  const groups = Map.groupBy(
    chunks,
    ({ name }) => asked.flatMap((names, run) => names.includes(name) ? [run] : []).join(),
  );
  const alone = groups.get("") ?? [];
  groups.delete("");
  return [
    ...[...groups.values()].map((group, index) => ({ name: `pack-${index}`, chunks: group })),
    ...packApart(alone),
  ];
}

/** A script whose value is an object of the functions of the chunks, by their names. */
export function packScript({ chunks }: Pack): string {
  return `({${
    chunks.map(({ name, code }) => `${JSON.stringify(name)}${CHUNK_PARAMETERS} {${code}\n},\n`).join("")
  }})`;
}

/** Names of packs by those of the chunks that are in them. */
export function packIndex(packs: readonly Pack[]): Readonly<Record<string, string>> {
  return Object.fromEntries(packs.flatMap(({ name, chunks }) => chunks.map((chunk) => [chunk.name, name])));
}

/** Name of the file with the compiled code of a pack. */
export function cacheName({ name }: Pack): string {
  return `${name}.cache`;
}

/** Writes packs into a folder. @returns the names of their files */
export async function writePacks(packs: readonly CompiledPack[], folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  const write = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content);
    names.push(name);
  };
  for (const pack of packs) {
    await write(pack.name, packScript(pack));
    if (pack.cache !== undefined) await write(cacheName(pack), pack.cache);
  }
  return names;
}

/** Such a text is read faster; regular expressions and some templates may hold others. */
// deno-lint-ignore no-control-regex
const ASCII_REGEXP = /^[\x00-\x7F]*$/;

/**
 * The part of a program's main script that runs it from packs. A cache that V8 does not accept costs time and nothing else.
 *
 * @param packs what there is
 * @param prelude declares `require`, `Script` of `node:vm`, and `read`, which gives the bytes of a file as a `Buffer`
 */
export function packLoader(packs: readonly CompiledPack[], prelude: string): string {
  const namesOf = (chosen: readonly Pack[]) => JSON.stringify(chosen.map(({ name }) => name));
  return `${prelude}
const packOf = ${JSON.stringify(packIndex(packs))};
const compiled = ${namesOf(packs.filter(({ cache }) => cache !== undefined))};
const ascii = ${namesOf(packs.filter((pack) => ASCII_REGEXP.test(packScript(pack))))};
const packs = {};
const open = (name) => {
  const cachedData = compiled.includes(name) ? read(name + ".cache") : undefined;
  const source = ascii.includes(name) ? read(name).latin1Slice() : read(name).utf8Slice();
  return new Script(source, { filename: name, cachedData }).runInThisContext();
};
const chunkOf = (name) => (packs[packOf[name]] ??= open(packOf[name]))[name];
${CHUNK_LOADER}`;
}
