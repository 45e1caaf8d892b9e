/**
 * The program that chaos is made with: migrations that leave a trail. Each appends its number to every document of `Audit`, and says in `Log` that it was
 * begun, by which process. CHAOS_MIGRATIONS is how many there are.
 *
 * @module
 */
import process from "node:process";
import {
  addCompositeIndex,
  addField,
  createContainer,
  defineMigration,
  defineRegistry,
  type Operation,
  run,
  runCli,
  seedDocuments,
  TemporaryError,
  transformDocuments,
} from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";

interface Audited {
  id: string;
  version: number;
  trail: number[];
}

const entries = Array.from({ length: Number(process.env["CHAOS_MIGRATIONS"] ?? "8") }, (_, index) => {
  const number = index + 1;
  const id = `20240101_${String(number).padStart(6, "0")}`;
  return {
    id,
    name: `append_${number}`,
    checksum: `v1:${number}`,
    migration: defineMigration({
      description: `Append ${number}`,
      up: [log(id), ...containerWork(number), append(number)],
    }),
  };
});

function append(number: number): Operation {
  return transformDocuments({
    container: "Audit",
    where: `c.version = ${number - 1}`,
    transform: ({ id, trail, ...rest }: Audited): Audited => ({
      ...rest,
      id,
      version: number,
      trail: [...trail, number],
    }),
  });
}

function log(migration: string): Operation {
  return run({
    name: "log",
    describe: "Say that it was begun, and by whom",
    execute: async ({ database, signal }) => {
      const entry = { id: crypto.randomUUID(), migration, pid: process.pid };
      await database.container("Log").items.create(entry, { abortSignal: signal }).catch((cause) => {
        throw new TemporaryError("The log could not be written", { cause });
      });
    },
  });
}

function containerWork(number: number): readonly Operation[] {
  const container = `Extra${number}`;
  switch (number % 4) {
    case 1:
      return [createContainer({ container, partitionKey: "/id" })];
    case 2:
      return [seedDocuments({ container: `Extra${number - 1}`, documents: [{ id: "seeded", by: number }] })];
    case 3:
      return [
        addCompositeIndex({
          container: "Audit",
          paths: [[`/a${number}`, "ascending"], [`/b${number}`, "descending"]],
        }),
      ];
    default:
      return [addField({ container: "Audit", field: `/field${number}`, value: number })];
  }
}

process.exitCode = await runCli(process.argv.slice(2), {
  // The service sees it as the user agent, so that requests can be told apart by process.
  name: `chaos-${process.pid}`,
  migrations: defineRegistry(registryDigest(entries), entries),
});
