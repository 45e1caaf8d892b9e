/** A program whose migration deceives the check for convergence: it doubles prices, and tells its own results from others only while it lives. */
import process from "node:process";
import { defineMigration, defineRegistry, runCli, transformDocuments } from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";

interface Priced {
  id: string;
  price: number;
}

const results = new Set<string>();

const migration = defineMigration({
  description: "Prices are doubled",
  up: [
    transformDocuments({
      container: "Prices",
      transform: ({ id, price }: Priced): Priced => {
        results.add(`${id} ${price * 2}`);
        return { id, price: price * 2 };
      },
      isDone: ({ id, price }) => results.has(`${id} ${price}`),
    }),
  ],
});

const entries = [{ id: "20240101_000001", name: "double_prices", checksum: "v1:doubling", migration }];
process.exitCode = await runCli(process.argv.slice(2), {
  migrations: defineRegistry(registryDigest(entries), entries),
});
