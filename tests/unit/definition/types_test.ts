/** Wrong uses are refused by the compiler: each line below `@ts-expect-error` would be an error of this file if it were accepted. */
import assert from "node:assert/strict";
import {
  addCompositeIndex,
  createContainer,
  defineMigration,
  run,
  type RunContext,
  seedDocuments,
  setDefaultTtl,
  setIndexingPolicy,
} from "../../../lib/mod.ts";

interface Currency {
  readonly id: string;
  readonly digits: number;
}

/** Never called: only the types count. */
function wrongUses(): void {
  // @ts-expect-error: an operation is no migration's list
  defineMigration({ description: "x", up: setDefaultTtl({ container: "S", seconds: 1 }) });
  // @ts-expect-error: up is not a function of anything
  defineMigration({ description: "x", up: () => [] });
  // @ts-expect-error: an operation is made by a function
  defineMigration({ description: "x", up: [{ kind: "addField", container: "Users" }] });
  // @ts-expect-error: there are two phases
  defineMigration({ description: "x", up: [], phase: "later" });

  // @ts-expect-error: one path is no composite index
  addCompositeIndex({ container: "O", paths: [["/a", "ascending"]] });
  // @ts-expect-error: an order is spelt out
  addCompositeIndex({ container: "O", paths: [["/a", "asc"], ["/b", "desc"]] });
  // @ts-expect-error: a path begins with a slash
  addCompositeIndex({ container: "O", paths: [["a", "ascending"], ["/b", "ascending"]] });

  // @ts-expect-error: off is spelt out
  setDefaultTtl({ container: "S", seconds: null });
  // @ts-expect-error: a TTL is in seconds
  setDefaultTtl({ container: "S", seconds: "1h" });
  // @ts-expect-error: an included path is an object
  setIndexingPolicy({ container: "E", indexingPolicy: { includedPaths: ["/*"] } });

  // @ts-expect-error: a container has a partition key
  createContainer({ container: "C" });
  // @ts-expect-error: a unique key is a list of paths
  createContainer({ container: "C", partitionKey: "/id", uniqueKeys: ["/email"] });
  // @ts-expect-error: throughput is manual or autoscale
  createContainer({ container: "C", partitionKey: "/id", throughput: 400 });
  // @ts-expect-error: what creates a container does not depend on its existence
  createContainer({ container: "C", partitionKey: "/id", ifContainerExists: true });

  // @ts-expect-error: a document has an id
  seedDocuments({ container: "C", documents: [{ name: "x" }] });
  // @ts-expect-error: an id is a text
  seedDocuments({ container: "C", documents: [{ id: 1 }] });

  // @ts-expect-error: a run has a name
  run({ describe: "x", execute: () => {} });
  // @ts-expect-error: without undo nothing is undone
  run({ name: "x", describe: "x", execute: () => {}, reversibility: "exact" });
  const execute = async ({ once }: RunContext) => {
    // @ts-expect-error: what is recorded is JSON
    await once("a", () => Promise.resolve(new Map()));
  };
  run({ name: "x", describe: "x", execute });
}

Deno.test("operations take interfaces and literals, and infer what once() returns", () => {
  const currencies: Currency[] = [{ id: "EUR", digits: 2 }];
  const seeded = seedDocuments({ container: "C", documents: currencies });
  const literal = seedDocuments({ container: "C", documents: [{ id: "a", extra: { deep: [1, null] } }] });
  const code = run({
    name: "x",
    describe: "x",
    execute: async ({ database, once }) => {
      const count: number = await once("count", () => Promise.resolve(1));
      await once("nothing", async () => {});
      await database.container(String(count)).items.readAll().fetchAll();
    },
  });
  assert.equal(
    defineMigration({ description: "x", up: [seeded, { ...literal, step: "b" }, code] }).up.length,
    3,
  );
  assert.equal(typeof wrongUses, "function");
});
