/** Part of a program, which is evaluated when something of it is first asked for. */
export interface Chunk {
  /** How others ask for it: `./main.js`. */
  readonly name: string;
  /** A CommonJS script. */
  readonly code: string;
  /** Absolute paths of the files of which something is in it, in order. */
  readonly sources: readonly string[];
}

/** The chunk that the program starts with. */
const MAIN_CHUNK = "./main.js";

/** The parameters of a chunk, as of any CommonJS script. */
export const CHUNK_PARAMETERS = "(require, module, exports)";

/**
 * Starts a program, when the function `chunkOf` gives the function of a chunk by its name. What is no chunk is a module of the runtime.
 */
export const CHUNK_LOADER = `const loaded = new Map();
const load = (name) => {
  if (!name.startsWith("./")) return require(name);
  let chunk = loaded.get(name);
  if (chunk === undefined) {
    chunk = { exports: {} };
    loaded.set(name, chunk);
    chunkOf(name)(load, chunk, chunk.exports);
  }
  return chunk.exports;
};
load("${MAIN_CHUNK}");
`;

/** All chunks in one script. */
export function joinChunks(chunks: readonly Chunk[]): string {
  const functions = chunks.map(({ name, code }) =>
    `${JSON.stringify(name)}${CHUNK_PARAMETERS} {\n${code}},\n`
  );
  return `"use strict";
const chunks = {
${functions.join("")}};
const chunkOf = (name) => chunks[name];
${CHUNK_LOADER}`;
}
