import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CosmigError } from "../base/errors.ts";
import { parseMigrationFileName } from "../definition/migration_id.ts";
import { filesAtRef } from "./git.ts";
import { type ListedMigration, type Project, readMigrations, REGISTRY_FILE } from "./project.ts";
import { parseRegistry, renderRegistry } from "./registry_file.ts";

/** What `index` did. */
export interface IndexResult {
  readonly migrations: number;
  /** Whether the registry's file had to be written. */
  readonly changed: boolean;
}

/** Writes the registry of a project from its files. A registry that is right is not touched. */
export async function writeIndex(project: Project): Promise<IndexResult> {
  const migrations = await readMigrations(project);
  const text = renderRegistry(migrations, project.librarySpecifier);
  const changed = await readRegistry(project) !== text;
  if (changed) await writeFile(join(project.folder, REGISTRY_FILE), text);
  return { migrations: migrations.length, changed };
}

/**
 * Checks that the registry is what `index` would write and, with `base`, that migrations which are new since then come after all that were there. Writes
 * nothing.
 *
 * @throws {CosmigError} with code `check-failed` that lists what does not hold
 */
export async function checkIndex(
  project: Project,
  { base }: { readonly base?: string | undefined } = {},
): Promise<IndexResult> {
  const migrations = await readMigrations(project);
  const text = await readRegistry(project);
  const problems = [
    ...(text === renderRegistry(migrations, project.librarySpecifier)
      ? []
      : differences(parseRegistry(text ?? ""), migrations)),
    ...(base === undefined ? [] : await lateArrivals(project, { migrations, base })),
  ];
  if (problems.length === 0) return { migrations: migrations.length, changed: false };
  throw new CosmigError(
    "check-failed",
    problems.length === 1
      ? problems[0] ?? ""
      : `${problems.length} things about the registry do not hold:\n  ${problems.join("\n  ")}`,
    { hint: 'Run "deno task index" and commit what it writes', details: { problems } },
  );
}

function differences(
  listed: readonly ListedMigration[],
  migrations: readonly ListedMigration[],
): readonly string[] {
  const byId = new Map(listed.map((entry) => [entry.id, entry]));
  const ids = new Set(migrations.map(({ id }) => id));
  const problems = [
    ...migrations.flatMap(({ id, name, checksum }) => {
      const entry = byId.get(id);
      if (entry === undefined) return [`The file of "${id}" (${name}) is missing from the registry`];
      if (entry.checksum !== checksum) return [`The file of "${id}" (${name}) changed since it was indexed`];
      return entry.name === name ? [] : [`The file of "${id}" was renamed from "${entry.name}" to "${name}"`];
    }),
    ...listed.filter(({ id }) => !ids.has(id)).map(({ id, name }) =>
      `The registry lists "${id}" (${name}), whose file does not exist`
    ),
  ];
  return problems.length > 0 ? problems : ["The registry's file is not as it was generated"];
}

async function lateArrivals(
  project: Project,
  { migrations, base }: { readonly migrations: readonly ListedMigration[]; readonly base: string },
): Promise<readonly string[]> {
  const before = (await filesAtRef(project.folder, base)).map((name) => parseMigrationFileName(name)?.id)
    .filter((id) => id !== undefined).toSorted();
  const newest = before.at(-1);
  if (newest === undefined) return [];
  return migrations.filter(({ id }) => id < newest && !before.includes(id)).map(({ id, name }) =>
    `The new migration "${id}" (${name}) sorts before "${newest}", the newest one on ${base}: give it a newer id`
  );
}

async function readRegistry({ folder }: Project): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, REGISTRY_FILE), "utf8")).replaceAll("\r\n", "\n");
  } catch {
    return undefined;
  }
}
