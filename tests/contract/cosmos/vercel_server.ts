/**
 * Serves `@vercel/cosmosdb-server` on a free port of 127.0.0.1 and prints it; in a process of its own, which the suite may bring down.
 *
 * @module
 */
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import process from "node:process";

// Not imported, because its types bring an old `@types/node` that would take the place of the types of this runtime.
const { createHttpServer } = createRequire(import.meta.url)("@vercel/cosmosdb-server") as {
  readonly createHttpServer: (options: { readonly keepAlive: boolean }) => Server;
};
const server = createHttpServer({ keepAlive: true });
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
