import process from "node:process";
import { defineMigration, defineRegistry, run, runCli } from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";

const entries = [{
  id: "20240101_000001",
  name: "break",
  checksum: "v1:0",
  migration: defineMigration({
    description: "Break",
    up: [run({ name: "x", describe: "x", execute: () => Promise.reject(new Error("the disk is full")) })],
  }),
}];

/** A program whose one migration fails. */
process.exitCode = await runCli(process.argv.slice(2), {
  migrations: defineRegistry(registryDigest(entries), entries),
});
