import { Buffer } from "node:buffer";
import { sha256 } from "@noble/hashes/sha2.js";
import { RegistryError } from "../base/errors.ts";
import { isMigration, type Migration } from "./migration.ts";
import { isMigrationId } from "./migration_id.ts";

/** One migration as the registry lists it. */
export interface RegistryEntry {
  readonly id: string;
  /** The rest of the file's name. */
  readonly name: string;
  /** Of the file's canonical syntax and its relative imports, as `index` wrote it. */
  readonly checksum: string;
  readonly migration: Migration;
}

/** The migrations of a program. */
export interface Registry {
  /** As written in the registry's file. */
  readonly digest: string;
  /**
   * In the order of their ids.
   *
   * @throws {RegistryError} when the registry contradicts itself
   */
  readonly entries: readonly RegistryEntry[];
}

const REMEDY = 'Run "deno task index"; do not edit or merge migrations/mod.ts by hand';

/**
 * Makes the registry from the generated `migrations/mod.ts`. What is wrong with it is thrown when its entries are first read and not before: this
 * runs while modules are loaded, when nobody could turn an error into a message and an exit code.
 *
 * @param digest over all entries, as {@linkcode registryDigest} computes it
 * @param entries in the order of their ids
 */
export function defineRegistry(digest: string, entries: readonly RegistryEntry[]): Registry {
  const listed = Object.freeze(entries.map((entry) => Object.freeze({ ...entry })));
  let checked = false;
  return Object.freeze({
    digest,
    get entries(): readonly RegistryEntry[] {
      if (!checked) checkEntries(digest, listed);
      checked = true;
      return listed;
    },
  });
}

/** The digest over a registry's entries. Two branches that add a migration both change it, so that merging them always conflicts. */
export function registryDigest(entries: readonly Omit<RegistryEntry, "migration">[]): string {
  const facts = entries.map(({ id, name, checksum }) => [id, name, checksum]);
  return Buffer.from(sha256(Buffer.from(JSON.stringify(facts)))).toString("base64url");
}

function checkEntries(digest: string, entries: readonly RegistryEntry[]): void {
  for (const [index, entry] of entries.entries()) {
    checkEntry(entry);
    const previous = entries[index - 1];
    if (previous === undefined || previous.id < entry.id) continue;
    throw previous.id === entry.id
      ? new RegistryError(
        `Cannot use the registry as the id "${entry.id}" is given twice: to "${previous.name}" and to "${entry.name}"`,
        { hint: 'Give one file a newer id, then run "deno task index"', details: { id: entry.id } },
      )
      : new RegistryError(
        `Cannot use the registry as its entries are in the order of their ids: "${entry.id}" comes after "${previous.id}"`,
        { hint: REMEDY, details: { id: entry.id } },
      );
  }
  if (registryDigest(entries) !== digest) {
    throw new RegistryError("Cannot use the registry as its digest does not match its entries", {
      hint: REMEDY,
    });
  }
}

function checkEntry({ id, name, checksum, migration }: RegistryEntry): void {
  const refuse = (why: string) => new RegistryError(`Cannot use the registry as ${why}`, { hint: REMEDY });
  if (!isMigrationId(id)) throw refuse(`an id is YYYYMMDD_NNNNNN with a real date: current value is "${id}"`);
  if (name === "") throw refuse(`the migration "${id}" has no name`);
  if (!checksum.startsWith("v1:")) {
    throw refuse(
      `the checksum of "${id}" is not one that this version knows: current value is "${checksum}"`,
    );
  }
  if (!isMigration(migration)) {
    throw new RegistryError(
      `Cannot use the migration "${id}" as the default export of its file is not a migration`,
      {
        hint: "Write `export default defineMigration({ … })`",
        details: { id },
      },
    );
  }
}
