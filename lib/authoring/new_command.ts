import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { CosmigError } from "../base/errors.ts";
import { formatMigrationFileName, newMigrationId } from "../definition/migration_id.ts";
import { writeIndex } from "./index_command.ts";
import { listMigrationFiles, type Project } from "./project.ts";

/**
 * Writes the file of a new migration, which sorts after all others, and lists it in the registry.
 *
 * @param name in any spelling; the file's name has it as words with underscores
 * @returns the path of the new file
 * @throws {CosmigError} with code `usage` when no letter or digit is left of the name
 */
export async function createMigrationFile(
  project: Project,
  { name, clock }: { readonly name: string; readonly clock: Clock },
): Promise<string> {
  const tail = toSnakeCase(name);
  if (tail === "") {
    throw new CosmigError("usage", `Cannot name a migration "${name}" as a name has letters or digits`);
  }
  const newest = (await listMigrationFiles(project.folder)).at(-1)?.id;
  const id = newMigrationId(clock.wallMs(), newest);
  const path = join(project.folder, formatMigrationFileName({ id, name: tail }));
  await writeFile(path, renderMigration(tail, project.librarySpecifier), { flag: "wx" });
  await writeIndex(project);
  return path;
}

/** `Add e-mail toUsers` becomes `add_e_mail_to_users`. */
export function toSnakeCase(name: string): string {
  return name.normalize("NFKD").replace(/\p{M}/gu, "")
    .replace(/([a-z\d])([A-Z])/g, "$1_$2").replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase().replace(/[^a-z\d]+/g, "_").replace(/^_+|_+$/g, "");
}

function renderMigration(tail: string, librarySpecifier: string): string {
  const words = tail.replaceAll("_", " ");
  const description = words.charAt(0).toUpperCase() + words.slice(1);
  return `import { addField, defineMigration } from ${JSON.stringify(librarySpecifier)};

// Once this is applied anywhere, leave it as it is: a change of what it does is drift, and the next migration is the place for it.
// Types of documents belong into this file, since those of the application go on changing.
export default defineMigration({
  description: ${JSON.stringify(description)},
  // Each operation brings its inverse; "plan" says how well it undoes. Others: removeField, renameField, convertField, editDocuments,
  // transformDocuments, seedDocuments, createContainer, addCompositeIndex, setIndexingPolicy, setDefaultTtl, run.
  up: [
    addField({ container: "CONTAINER", field: "/property", value: null }),
  ],
});
`;
}
