import process from "node:process";
import { defineMigration, defineRegistry, run, runCli } from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";

const entries = [{
  id: "20240101_000001",
  name: "leave",
  checksum: "v1:0",
  migration: defineMigration({
    description: "Leave something running",
    up: [
      run({ name: "x", describe: "x", execute: () => Promise.resolve(void setInterval(() => {}, 60_000)) }),
    ],
  }),
}];

/** A program whose one migration leaves a timer running, as a forgotten connection does. */
process.exitCode = await runCli(process.argv.slice(2), {
  migrations: defineRegistry(registryDigest(entries), entries),
});
