import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { addField, removeField } from "../../lib/definition/edit_fields.ts";
import { defineMigration } from "../../lib/definition/migration.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import { run } from "../../lib/definition/run.ts";
import { type FindingKind, verify, type VerifyOptions } from "../../lib/maintenance/verify.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

const USERS = { Users: { partitionKey: "/id", documents: [{ id: "ada" }, { id: "bob" }] } };
const AGE = defineMigration({
  description: "Users have an age",
  up: [addField({ container: "Users", field: "/age", value: 0 })],
});
const RANK = defineMigration({
  description: "Users have a rank",
  up: [addField({ container: "Users", field: "/rank", value: 1 })],
});

function check(
  database: EmbeddedDatabase,
  registry: readonly RegistryEntry[],
  options: Pick<VerifyOptions, "documents"> = { documents: false },
) {
  return database.within(registry, {}, (context) => verify(context, { ...options, limit: context.settings }));
}

async function kinds(...args: Parameters<typeof check>): Promise<[FindingKind, string | undefined][]> {
  return (await check(...args)).findings.map(({ kind, id }) => [kind, id]);
}

Deno.test("verify() finds nothing in a history that fits, and nothing where there is none", async () => {
  await using database = await EmbeddedDatabase.start(USERS);
  const registry = registryOf(AGE, RANK);
  const before = JSON.stringify(database.emulator.store.snapshot());
  assert.deepEqual(await kinds(database, registry), []);
  assert.equal(JSON.stringify(database.emulator.store.snapshot()), before);
  await database.up(registry);
  const { findings, operations } = await check(database, registry, { documents: true });
  assert.deepEqual([findings, operations], [[], { checked: 2, superseded: 0 }]);
});

Deno.test("verify() finds drift, a gap, a migration that is missing, and one that failed", async () => {
  await using database = await EmbeddedDatabase.start(USERS);
  const [first, second, third] = registryOf(
    AGE,
    RANK,
    defineMigration({
      description: "Break",
      up: [run({ name: "x", describe: "x", execute: () => Promise.reject(new Error("no")) })],
    }),
  );
  assert.ok(first && second && third);
  await assert.rejects(database.up([first, second, third]));
  assert.deepEqual(await kinds(database, [first, second, third]), [["failed", third.id]]);
  const changed = { ...first, checksum: "v1:other" };
  assert.deepEqual(await kinds(database, [changed, second]), [["drift", first.id]]);
  assert.deepEqual(await kinds(database, [second, third]), [["missing", first.id], ["failed", third.id]]);
  const older = { ...first, id: "20230101_000001" };
  assert.deepEqual(await kinds(database, [older, first, second, third]), [["gap", older.id], [
    "failed",
    third.id,
  ]]);
  // What is newer than this binary is what an older image sees after a rollback of the application.
  const { findings, notes } = await check(database, [first]);
  assert.deepEqual([findings, notes.length], [[], 2]);
});

Deno.test("verify() with documents finds what an old application wrote since, and leaves out what a later migration changed", async () => {
  await using database = await EmbeddedDatabase.start(USERS);
  const registry = registryOf(
    AGE,
    RANK,
    defineMigration({
      description: "No age",
      up: [removeField({ container: "Users", field: "/age", recoverable: true })],
    }),
  );
  await database.up(registry);
  const fine = await check(database, registry, { documents: true });
  assert.deepEqual([fine.findings, fine.operations], [[], { checked: 2, superseded: 1 }]);
  await database.within(registry, {}, async ({ connection }) => {
    const container = connection.database.container("Users");
    const [range] = await container.ranges();
    assert.ok(range);
    connection.setWriteGate(() => {});
    const document: JsonObject = { id: "eve" };
    const ranges = await container.ranges();
    await container.write(await container.rangeOf(["eve"], ranges), [{
      kind: "create",
      document,
      partitionKey: ["eve"],
    }]);
  });
  const { findings } = await check(database, registry, { documents: true });
  assert.deepEqual(findings.map(({ kind, id }) => [kind, id]), [["documents", registry[1]?.id]]);
  assert.match(findings[0]?.message ?? "", /still to be edited: 1\b/);
});

Deno.test("verify() notices records that are not those of the lease", async () => {
  await using database = await EmbeddedDatabase.start(USERS);
  const registry = registryOf(AGE, RANK);
  await database.up(registry);
  await database.within(registry, {}, async ({ connection }) => {
    await connection.ledger.batch([{ kind: "delete", id: `migration:${registry[0]?.id}` }]);
  });
  assert.deepEqual(await kinds(database, registry), [["ledger", undefined], ["gap", registry[0]?.id]]);
});
