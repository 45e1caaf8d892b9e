import process from "node:process";
import { defineMigration, defineRegistry, run, runMain } from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";

/** More than a pipe holds. */
const LINES = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${"x".repeat(40)}\n`);

const entries = [{
  id: "20240101_000001",
  name: "print",
  checksum: "v1:0",
  migration: defineMigration({
    description: "Print",
    up: [run({
      name: "print",
      describe: "print much",
      execute: () => {
        const stream = process.env["PRINT_TO"] === "stderr" ? process.stderr : process.stdout;
        for (const line of LINES) stream.write(line);
        if (process.env["CRASH"] === undefined) return Promise.resolve();
        setTimeout(() => {
          throw new Error("Nobody caught this");
        });
        return new Promise<never>(() => {});
      },
    })],
  }),
}];

/** A program whose one migration prints by itself, and breaks when it is told to. */
await runMain({ migrations: defineRegistry(registryDigest(entries), entries) });
