/** `up --phase`, and the consent that destructive and offline operations need, in whole runs. */
import assert from "node:assert/strict";
import { ConflictError } from "../../lib/base/errors.ts";
import {
  addField,
  copyContainer,
  copyDocuments,
  createContainer,
  defineMigration,
  deleteContainer,
  deleteDocuments,
  type Operation,
  purgeTraces,
  rebuildContainer,
} from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

const ORDERS = {
  partitionKey: "/customer",
  documents: [{ id: "1", customer: "a" }, { id: "2", customer: "b" }],
};
const POLICY = { order: "linear", ahead: "allow", drift: "refuse" } as const;

Deno.test("up --phase expands before the roll-out and contracts after it", async () => {
  await using database = await EmbeddedDatabase.start({ Orders: ORDERS });
  const registry = registryOf(
    defineMigration({
      description: "Orders by region, beside the old ones",
      phase: "expand",
      up: [
        createContainer({ container: "OrdersByRegion", partitionKey: "/region" }),
        copyContainer({ from: "Orders", to: "OrdersByRegion", follow: "change-feed" }),
      ],
    }),
    defineMigration({
      description: "The old orders are gone",
      phase: "contract",
      up: [deleteContainer({ container: "Orders" })],
    }),
  );
  const expand = { policy: { ...POLICY, phase: "expand" } } as const;
  const first = await database.up(registry, expand);
  assert.deepEqual(first.finished.map(({ id }) => id), [registry[0]?.id]);
  assert.deepEqual(database.documents("OrdersByRegion"), ORDERS.documents);

  const before = database.emulator.requests.count;
  assert.deepEqual((await database.up(registry, expand)).finished, []);
  assert.equal(
    database.emulator.requests.count - before,
    2,
    "the account and the lease's document say it all",
  );

  const contract = { policy: { ...POLICY, phase: "contract" }, allowDestructive: true } as const;
  assert.deepEqual((await database.up(registry, contract)).finished.map(({ id }) => id), [registry[1]?.id]);
  assert.deepEqual([...database.emulator.store.containers()].sort(), ["OrdersByRegion", "__migrations"]);
});

Deno.test("up refuses destructive and offline operations without consent before anything is changed", async () => {
  const destructive: readonly Operation[] = [
    deleteContainer({ container: "Orders" }),
    deleteDocuments({ container: "Orders", where: "true" }),
    purgeTraces({ container: "Orders" }),
  ];
  const offline = [rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] })];
  for (
    const [operations, flag] of [[destructive, "--allow-destructive"], [offline, "--allow-offline"]] as const
  ) {
    for (const operation of operations) {
      await using database = await EmbeddedDatabase.start({ Orders: ORDERS });
      const registry = registryOf(
        defineMigration({
          description: "First",
          up: [addField({ container: "Orders", field: "/n", value: 1 })],
        }),
        defineMigration({ description: "Then", up: [operation] }),
      );
      await assert.rejects(
        database.up(registry),
        (error) =>
          error instanceof ConflictError && error.kind === "refused" && error.message.includes('"Orders"') &&
          (error.hint ?? "").includes(flag),
        operation.kind,
      );
      assert.deepEqual(database.documents("Orders"), ORDERS.documents, operation.kind);
    }
  }
});

Deno.test("a rebuild in a whole run is recorded, leaves nothing behind and is rolled back", async () => {
  await using database = await EmbeddedDatabase.start({ Orders: ORDERS });
  const registry = registryOf(
    defineMigration({
      description: "The orders of a customer have different ids of their shop",
      up: [
        rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] }),
        createContainer({ container: "Archive", partitionKey: "/customer" }),
        copyDocuments({ from: "Orders", to: "Archive" }),
      ],
    }),
  );
  await database.up(registry, { allowOffline: true });
  assert.deepEqual(database.documents("Orders"), ORDERS.documents);
  assert.deepEqual(database.documents("Archive"), ORDERS.documents);
  assert.deepEqual([...database.ledger().keys()].filter((id) => id.startsWith("checkpoint")), []);
  await database.rollback(registry, { allowOffline: true });
  assert.deepEqual(database.documents("Orders"), ORDERS.documents);
  assert.deepEqual([...database.emulator.store.containers()].sort(), ["Orders", "__migrations"]);
  assert.deepEqual([...database.ledger().keys()].filter((id) => id.startsWith("checkpoint")), []);
});
