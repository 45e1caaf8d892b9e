/** The consent that a rollback needs: asked for before anything is changed, and not again by whoever completes it. */
import assert from "node:assert/strict";
import { ConflictError } from "../../lib/base/errors.ts";
import {
  addField,
  createContainer,
  defineMigration,
  deleteContainer,
  rebuildContainer,
} from "../../lib/mod.ts";
import { leaseTimings } from "../../lib/lock/timings.ts";
import { previewRollback } from "../../lib/runner/preview.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";
import { refuseCreatesAfterDrop } from "../support/refuse_creates_after_drop.ts";

const ORDERS = {
  partitionKey: "/customer",
  documents: [{ id: "1", customer: "a", number: "1" }, { id: "2", customer: "b", number: "2" }],
};
const REBUILD = registryOf(
  defineMigration({
    description: "Order numbers are unique, and say so",
    up: [
      rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] }),
      addField({ container: "Orders", field: "/unique", value: true }),
    ],
  }),
);

function isRefused(flag: string) {
  return (error: unknown) =>
    error instanceof ConflictError && error.kind === "refused" && error.details["flag"] === flag &&
    error.message.includes('roll back "20240101_000001"') && (error.hint ?? "").includes(flag);
}

function state(database: EmbeddedDatabase): unknown {
  const { containers } = database.emulator.store.snapshot();
  return [containers, database.emulator.store.settings("Orders")["_rid"]];
}

Deno.test("rollback of a rebuild is refused without consent before anything is changed, and its preview says so", async () => {
  await using database = await EmbeddedDatabase.start({ Orders: ORDERS });
  await database.up(REBUILD, { allowOffline: true });
  const before = state(database);
  await assert.rejects(database.rollback(REBUILD, { allowDestructive: true }), isRefused("--allow-offline"));
  assert.deepEqual(state(database), before);

  const { migrations } = await database.within(
    REBUILD,
    {},
    (context) => previewRollback(context, { selection: { kind: "all" } }),
  );
  assert.deepEqual(
    migrations[0]?.operations.map(({ operation: { description, offline } }) => [description, offline]),
    [
      ['Remove field /unique from documents of "Orders" where it is true', false],
      ['Rebuild the container "Orders" back, with no unique keys', true],
    ],
  );
  await database.rollback(REBUILD, { allowOffline: true });
  assert.deepEqual(database.documents("Orders"), ORDERS.documents);
});

Deno.test("rollback by a destructive `down` is refused without consent before anything is changed", async () => {
  const registry = registryOf(
    defineMigration({
      description: "An archive",
      up: [createContainer({ container: "Archive", partitionKey: "/id" })],
      down: [deleteContainer({ container: "Archive" })],
    }),
  );
  await using database = await EmbeddedDatabase.start({ Orders: ORDERS });
  await database.up(registry);
  database.emulator.store.insert("Archive", [{ id: "1" }]);
  const before = state(database);
  await assert.rejects(database.rollback(registry, { allowOffline: true }), isRefused("--allow-destructive"));
  assert.deepEqual(state(database), before);
  await database.rollback(registry, { allowDestructive: true });
  assert.ok(!database.emulator.store.containers().includes("Archive"));
});

Deno.test("rollback needs no consent to what was never begun or found to be so already", async () => {
  await using database = await EmbeddedDatabase.start({ Orders: ORDERS });
  const registry = registryOf(
    defineMigration({
      description: "By customer",
      up: [rebuildContainer({ container: "Orders", partitionKey: "/customer" })],
    }),
  );
  await database.up(registry, { allowOffline: true });
  assert.equal((await database.rollback(registry)).finished.length, 1);
});

/** A rollback that stopped while there was no container of its name. */
async function interrupted(): Promise<EmbeddedDatabase> {
  const database = await EmbeddedDatabase.start({ Orders: ORDERS });
  await database.up(REBUILD, { allowOffline: true });
  const stop = refuseCreatesAfterDrop(database.emulator);
  await assert.rejects(database.rollback(REBUILD, { allowOffline: true }), { code: "migration-failed" });
  stop();
  assert.ok(!database.emulator.store.containers().includes("Orders"));
  return database;
}

Deno.test("up completes an interrupted rollback of a rebuild without being asked for the consent that began it", async () => {
  await using database = await interrupted();
  // What is rolled back is pending then, and applying it again is another matter.
  await assert.rejects(
    database.up(REBUILD),
    (error) =>
      error instanceof ConflictError && error.kind === "refused" && /Cannot apply/.test(error.message),
  );
  assert.deepEqual(database.documents("Orders"), ORDERS.documents);
  assert.deepEqual([...database.emulator.store.containers()].sort(), ["Orders", "__migrations"]);
  assert.equal(database.ledger().get("migration:20240101_000001")?.["status"], "reverted");
  assert.equal(database.ledger().get("lease")?.["intent"], null);
});

/** Does what nobody should. */
function deleteLease(database: EmbeddedDatabase): Promise<unknown> {
  return database.within(
    [],
    {},
    ({ connection }) => connection.ledger.batch([{ kind: "delete", id: "lease" }]),
  );
}

for (const lease of ["kept", "deleted"] as const) {
  Deno.test(`rollback that is run again completes what was interrupted without the flag, the lease ${lease}`, async () => {
    await using database = await interrupted();
    if (lease === "deleted") await deleteLease(database);
    const timings = leaseTimings({ durationMs: 1_500, requestTimeoutMs: 500, settleMs: 500 });
    const { finished } = await database.rollback(REBUILD, { timings });
    assert.deepEqual(finished.map(({ id }) => id), ["20240101_000001"]);
    assert.deepEqual(database.documents("Orders"), ORDERS.documents);
  });
}
