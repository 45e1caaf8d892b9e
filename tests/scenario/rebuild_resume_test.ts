/** A rebuild that stopped while there was no container of its name: the only copy of its documents is in the second one then. */
import assert from "node:assert/strict";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import {
  addField,
  createContainer,
  defineMigration,
  deleteContainer,
  rebuildContainer,
  run,
  seedDocuments,
  setDefaultTtl,
} from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";
import { refuseCreatesAfterDrop } from "../support/refuse_creates_after_drop.ts";

const DOCUMENTS = [{ id: "1", number: "a" }, { id: "2", number: "b" }];
const CONSENT = { allowOffline: true, allowDestructive: true } as const;

function rebuilt(ifContainerExists: boolean): RegistryEntry[] {
  return registryOf(
    defineMigration({
      description: "Order numbers are unique",
      up: [rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]], ifContainerExists })],
    }),
  );
}

/** Orders, of which the container was dropped and not made anew yet. */
async function halfWay(registry: readonly RegistryEntry[]): Promise<EmbeddedDatabase> {
  const database = await EmbeddedDatabase.start({ Orders: { partitionKey: "/id", documents: DOCUMENTS } });
  const stop = refuseCreatesAfterDrop(database.emulator);
  await assert.rejects(database.up(registry, CONSENT), { code: "migration-failed" });
  stop();
  assert.ok(!database.emulator.store.containers().includes("Orders"), "the original is gone");
  return database;
}

for (const ifContainerExists of [false, true]) {
  const where = ifContainerExists ? " with ifContainerExists" : "";

  Deno.test(`up resumes a rebuild${where} that stopped after it dropped the container`, async () => {
    const registry = rebuilt(ifContainerExists);
    await using database = await halfWay(registry);
    await database.up(registry, CONSENT);
    assert.deepEqual(database.documents("Orders"), DOCUMENTS);
    assert.deepEqual(database.emulator.store.settings("Orders")["uniqueKeyPolicy"], {
      uniqueKeys: [{ paths: ["/number"] }],
    });
    assert.deepEqual([...database.emulator.store.containers()].sort(), ["Orders", "__migrations"]);
  });

  Deno.test(`rollback takes back a rebuild${where} that stopped after it dropped the container`, async () => {
    const registry = rebuilt(ifContainerExists);
    await using database = await halfWay(registry);
    await database.rollback(registry, CONSENT);
    assert.deepEqual(database.documents("Orders"), DOCUMENTS);
    assert.deepEqual([...database.emulator.store.containers()].sort(), ["Orders", "__migrations"]);
  });
}

Deno.test("up resumes where a step that was begun has yet to put the container in place that later ones change", async () => {
  const registry = registryOf(
    defineMigration({
      description: "Order numbers are unique, and say so",
      up: [
        rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] }),
        addField({ container: "Orders", field: "/unique", value: true }),
      ],
    }),
  );
  await using database = await halfWay(registry);
  await database.up(registry, CONSENT);
  assert.deepEqual(database.documents("Orders"), DOCUMENTS.map((order) => ({ ...order, unique: true })));

  const creation = registryOf(
    defineMigration({
      description: "Invoices",
      up: [createContainer({ container: "Invoices", partitionKey: "/id" })],
    }),
    defineMigration({
      description: "The first invoice",
      up: [seedDocuments({ container: "Invoices", documents: [{ id: "1" }] })],
    }),
  );
  await using other = await EmbeddedDatabase.start({});
  const stop = other.emulator.onRequest({
    before: ({ resource, method, body }) =>
      resource === "container" && method === "POST" && body.includes("Invoices")
        ? { kind: "answer", status: 400 }
        : undefined,
  });
  await assert.rejects(other.up(creation), { code: "migration-failed" });
  stop();
  assert.equal((await other.up(creation)).finished.length, 2);
});

Deno.test("up does not ask for the containers of steps that are finished", async () => {
  await using database = await EmbeddedDatabase.start({ Old: { partitionKey: "/id" } });
  let fails = true;
  const registry = registryOf(
    defineMigration({
      description: "Replace a container",
      up: [
        setDefaultTtl({ container: "Old", seconds: 10 }),
        deleteContainer({ container: "Old" }),
        createContainer({ container: "New", partitionKey: "/id" }),
        run({
          name: "then",
          describe: "Then",
          execute: () => fails ? Promise.reject(new Error("not now")) : Promise.resolve(),
        }),
      ],
    }),
  );
  await assert.rejects(database.up(registry, CONSENT), { code: "migration-failed" });
  fails = false;
  assert.equal((await database.up(registry, CONSENT)).finished.length, 1);
});
