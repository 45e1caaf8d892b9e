/**
 * The real tool with the migration of the benchmark.
 *
 * @module
 */
import process from "node:process";
import { defineRegistry, runCli } from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";
import { REGISTRY } from "./_migration.ts";

process.exitCode = await runCli(process.argv.slice(2), {
  migrations: defineRegistry(registryDigest(REGISTRY), REGISTRY),
});
