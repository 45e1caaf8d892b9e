import process from "node:process";
import { addField, defineMigration, defineRegistry, runMain } from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";

/** More than a pipe holds. */
const COUNT = 3_000;

const entries = Array.from({ length: COUNT }, (_, index) => ({
  id: `20240101_${String(index).padStart(6, "0")}`,
  name: `number_${index}`,
  checksum: "v1:0",
  migration: defineMigration({
    description: `Number ${index} `.repeat(5),
    up: [addField({ container: "x", field: "/x", value: 0 })],
  }),
}));

process.on("exit", (code) => process.stderr.write(`exit handler saw ${code}\n`));
setInterval(() => {}, 60_000);

/** A program with much to list, and with what migrations may leave behind: a timer, and a handler of the end. */
await runMain({ migrations: defineRegistry(registryDigest(entries), entries) });
