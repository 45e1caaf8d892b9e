/** A program whose migration does not heed that it is to stop. */
import process from "node:process";
import { defineMigration, defineRegistry, run, runCli } from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";

const migration = defineMigration({
  description: "Be stubborn",
  up: [run({
    name: "stubborn",
    describe: "heed nothing",
    execute: async ({ log }) => {
      log("heeding nothing");
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    },
  })],
});

const entries = [{ id: "20240101_000001", name: "be_stubborn", checksum: "v1:stubborn", migration }];
process.exitCode = await runCli(process.argv.slice(2), {
  migrations: defineRegistry(registryDigest(entries), entries),
});
