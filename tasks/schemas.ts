/**
 * Writes the JSON Schema of everything that the tool prints for programs to `docs/schemas`.
 *
 * @module
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { OUTPUT_SCHEMAS, toJsonSchema } from "../lib/cli/schemas/output_schemas.ts";

const FOLDER = new URL("../docs/schemas/", import.meta.url);

/** The files by name, with their text. */
export function renderSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(OUTPUT_SCHEMAS).map(([name, output]) => [
      `${name}.v1.json`,
      `${JSON.stringify(toJsonSchema(name, output), null, 2)}\n`,
    ]),
  );
}

if (import.meta.main) {
  await mkdir(FOLDER, { recursive: true });
  const files = renderSchemas();
  for (const name of await readdir(FOLDER)) if (!files.has(name)) await rm(new URL(name, FOLDER));
  for (const [name, text] of files) await writeFile(new URL(name, FOLDER), text);
}
