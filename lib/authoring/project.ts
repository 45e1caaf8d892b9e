import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { CosmigError, RegistryError } from "../base/errors.ts";
import { type MigrationFileName, parseMigrationFileName } from "../definition/migration_id.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import { checksumOf, type LibraryReference } from "./checksum.ts";

/** Where the migrations of a project are, and what they are written with. */
export interface Project {
  /** Absolute path of the folder with the migrations and their registry. */
  readonly folder: string;
  /** How the registry's file imports the library. */
  readonly librarySpecifier: string;
  readonly library: LibraryReference;
}

/** Name of the registry's file within the folder. */
export const REGISTRY_FILE = "mod.ts";

/** An entry of the registry as its file says it. */
export type ListedMigration = Omit<RegistryEntry, "migration">;

/**
 * The files of migrations in a folder, in the order of their ids. Files whose name does not begin with a digit are helpers, and `_test.ts` files are tests.
 *
 * @throws {CosmigError} with code `usage` when the folder does not exist
 * @throws {RegistryError} when a name is almost that of a migration, or an id is given twice
 */
export async function listMigrationFiles(folder: string): Promise<readonly MigrationFileName[]> {
  const names = (await readFolder(folder)).filter((name) => /^\d/.test(name) && !/[._]test\.ts$/.test(name));
  const files = names.toSorted().map((name) => {
    const parsed = parseMigrationFileName(name);
    if (parsed !== undefined) return parsed;
    throw new RegistryError(
      `Cannot use the file "${name}" as the name of a migration is YYYYMMDD_NNNNNN_name.ts with a real date`,
      { hint: 'Make migrations with "deno task new NAME"' },
    );
  });
  files.forEach((file, index) => refuseSameId(files[index - 1], file));
  return files;
}

/** The migrations of a project as its files are now, each with its checksum. @throws {RegistryError} as in {@linkcode listMigrationFiles} */
export async function readMigrations(project: Project): Promise<readonly ListedMigration[]> {
  const files = await listMigrationFiles(project.folder);
  return await Promise.all(
    files.map(async (file) => ({
      ...file,
      checksum: await checksumOf(join(project.folder, `${file.id}_${file.name}.ts`), project.library),
    })),
  );
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    await access(folder);
    return await readdir(folder);
  } catch (error) {
    throw new CosmigError("usage", `Cannot read the migrations as there is no folder "${folder}"`, {
      cause: error,
      hint: "Name the folder with --folder",
    });
  }
}

function refuseSameId(previous: MigrationFileName | undefined, { id, name }: MigrationFileName): void {
  if (previous?.id !== id) return;
  throw new RegistryError(
    `Cannot use the id "${id}" twice: for "${previous.name}" and for "${name}"`,
    { hint: "Give the newer file a newer id", details: { id } },
  );
}
