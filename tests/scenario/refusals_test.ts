/** What is refused before anything is changed, and what never reaches the ledger. */
import assert from "node:assert/strict";
import { addField, createContainer, defineMigration, type Migration, run } from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

function startDatabase(): Promise<EmbeddedDatabase> {
  return EmbeddedDatabase.start({ Users: { partitionKey: "/id", documents: [{ id: "u1" }] } }, {
    partitions: 1,
  });
}

const addAge = defineMigration({
  description: "Users have an age",
  up: [addField({ container: "Users", field: "/age", value: 0 })],
});

async function refuses(migration: Migration, expected: { code: string; message: RegExp }): Promise<void> {
  await using database = await startDatabase();
  await assert.rejects(() => database.up(registryOf(addAge, migration)), expected);
  assert.deepEqual(database.emulator.store.containers(), ["Users"], "not even the ledger was created");
  assert.deepEqual(database.documents("Users"), [{ id: "u1" }]);
}

Deno.test("up refuses a plan whose container is missing, with the command that creates it, before the first change", async () => {
  const migration = defineMigration({
    description: "?",
    up: [addField({ container: "Nowhere", field: "/a", value: 1 })],
  });
  await refuses(migration, { code: "resource-missing", message: /container "Nowhere" does not exist/ });
});

Deno.test("up accepts a container that an earlier operation of the plan creates, or that may be missing", async () => {
  await using database = await startDatabase();
  const migration = defineMigration({
    description: "Sessions",
    up: [
      createContainer({ container: "Sessions", partitionKey: "/id" }),
      addField({ container: "Sessions", field: "/a", value: 1 }),
      addField({ container: "Nowhere", field: "/a", value: 1, ifContainerExists: true }),
    ],
  });
  assert.equal((await database.up(registryOf(migration))).finished.length, 1);
});

Deno.test("up refuses a migration of the container that holds the history itself", async () => {
  const migration = defineMigration({
    description: "?",
    up: [addField({ container: "__migrations", field: "/a", value: 1 })],
  });
  await refuses(migration, { code: "operation-refused", message: /holds the history itself/ });
});

Deno.test("up refuses an unknown --to also when nothing is pending", async () => {
  await using database = await startDatabase();
  const registry = registryOf(addAge);
  await database.up(registry);
  const policy = { order: "linear", ahead: "allow", drift: "refuse", to: "20240101_000009" } as const;
  await assert.rejects(() => database.up(registry, { policy }), { code: "usage" });
});

Deno.test("a secret in the error of a migration does not reach the ledger", async () => {
  await using database = await startDatabase();
  const migration = defineMigration({
    description: "Fails",
    up: [
      run({
        name: "fail",
        describe: "Fail",
        execute: () => Promise.reject(new Error("cannot log in with s3cr3t")),
      }),
    ],
  });
  const redact = (text: string) => text.replaceAll("s3cr3t", "[redacted]");
  await assert.rejects(() => database.up(registryOf(migration), { redact }), { code: "migration-failed" });
  const record = database.ledger().get("migration:20240101_000001");
  assert.deepEqual(record?.["error"], { code: "internal", message: "cannot log in with [redacted]" });
  assert.doesNotMatch(JSON.stringify(database.emulator.store.snapshot()), /s3cr3t/);
});

Deno.test("a sub-step of `run` is carried out whatever its name is, and once", async () => {
  await using database = await startDatabase();
  const calls: string[] = [];
  let fails = true;
  const migration = defineMigration({
    description: "Sub-steps",
    up: [run({
      name: "sub-steps",
      describe: "Sub-steps",
      execute: async ({ once }) => {
        for (const name of ["constructor", "toString", "first"]) {
          await once(name, () => {
            calls.push(name);
            return Promise.resolve();
          });
        }
        if (fails) throw new Error("not yet");
      },
    })],
  });
  await assert.rejects(() => database.up(registryOf(migration)), { code: "migration-failed" });
  fails = false;
  await database.up(registryOf(migration));
  assert.deepEqual(calls, ["constructor", "toString", "first"]);
});
