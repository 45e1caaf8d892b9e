/** A program whose migration counts: a document that it changes twice, or not at all, shows. */
import process from "node:process";
import { defineMigration, defineRegistry, runCli, transformDocuments } from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";

interface Counted {
  id: string;
  version: number;
}

const migration = defineMigration({
  description: "Count",
  up: [
    transformDocuments({
      container: "Counters",
      where: "c.version = 1",
      transform: (document: Counted): Counted => ({ ...document, version: document.version + 1 }),
    }),
  ],
});

const entries = [{ id: "20240101_000001", name: "count", checksum: "v1:counting", migration }];
process.exitCode = await runCli(process.argv.slice(2), {
  migrations: defineRegistry(registryDigest(entries), entries),
});
