/**
 * The program that a rebuild under attack is made with: one migration that rebuilds `Orders`.
 *
 * @module
 */
import process from "node:process";
import { registryDigest } from "../../lib/definition/registry.ts";
import { defineMigration, defineRegistry, rebuildContainer, runCli } from "../../lib/mod.ts";

const entries = [{
  id: "20240101_000001",
  name: "unique_numbers",
  checksum: "v1:1",
  migration: defineMigration({
    description: "Order numbers are unique within a customer",
    up: [rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] })],
  }),
}];

process.exitCode = await runCli(process.argv.slice(2), {
  // The service sees it as the user agent, so that requests can be told apart by process.
  name: `chaos-${process.pid}`,
  migrations: defineRegistry(registryDigest(entries), entries),
});
