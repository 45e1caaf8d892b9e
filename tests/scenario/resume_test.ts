/** How unfinished migrations and rollbacks go on. */
import assert from "node:assert/strict";
import { addField, defineMigration, type Migration, run, setDefaultTtl } from "../../lib/mod.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

function startDatabase(): Promise<EmbeddedDatabase> {
  return EmbeddedDatabase.start(
    { Users: { partitionKey: "/id", defaultTtl: 50, documents: [{ id: "u1" }] } },
    { partitions: 1 },
  );
}

/** A step of code that notes its calls, and fails as long as it is told to. */
function step(name: string, calls: string[], options: { revision?: string; fails?: () => boolean } = {}) {
  const { revision, fails = () => false } = options;
  return run({
    name,
    describe: name,
    ...(revision === undefined ? {} : { revision }),
    execute: () => {
      calls.push(name);
      return fails() ? Promise.reject(new Error(`${name} fails`)) : Promise.resolve();
    },
    undo: () => {
      calls.push(`undo ${name}`);
      return Promise.resolve();
    },
  });
}

function versions(...migrations: readonly Migration[]): RegistryEntry[][] {
  return migrations.map((migration, index) =>
    registryOf(migration).map((entry) => ({ ...entry, checksum: `v1:${index}` }))
  );
}

function ttlOf(database: EmbeddedDatabase): unknown {
  return database.emulator.store.settings("Users")["defaultTtl"];
}

Deno.test("up resumes a failed migration behind its last finished step", async () => {
  await using database = await startDatabase();
  const calls: string[] = [];
  let fails = true;
  const registry = registryOf(defineMigration({
    description: "Two steps",
    up: [step("first", calls), step("second", calls, { fails: () => fails })],
  }));
  await assert.rejects(() => database.up(registry), { code: "migration-failed" });
  assert.equal(database.ledger().get("migration:20240101_000001")?.["attempts"], 1);
  fails = false;
  await database.up(registry);
  assert.deepEqual(calls, ["first", "second", "second"]);
  assert.equal(database.ledger().get("migration:20240101_000001")?.["attempts"], 0);
});

Deno.test("up parks a migration after the last attempt, until it is changed", async () => {
  await using database = await startDatabase();
  const calls: string[] = [];
  const [broken = [], fixed = []] = versions(
    defineMigration({ description: "Broken", up: [step("first", calls, { fails: () => true })] }),
    defineMigration({ description: "Fixed", up: [step("first", calls)] }),
  );
  for (let attempt = 0; attempt < 2; attempt++) {
    await assert.rejects(() => database.up(broken, { maxAttempts: 2 }), { code: "migration-failed" });
  }
  await assert.rejects(() => database.up(broken, { maxAttempts: 2 }), { kind: "parked" });
  assert.equal(calls.length, 2);
  assert.equal((await database.up(fixed, { maxAttempts: 2 })).finished.length, 1);
});

Deno.test("up runs a step with functions again after a fix forward, unless it carries the same revision", async () => {
  for (const revision of [undefined, "1"]) {
    await using database = await startDatabase();
    const calls: string[] = [];
    const options = revision === undefined ? {} : { revision };
    const [broken = [], fixed = []] = versions(
      defineMigration({
        description: "Broken",
        up: [step("a", calls, options), step("b", calls, { fails: () => true })],
      }),
      defineMigration({ description: "Fixed", up: [step("a", calls, options), step("b", calls)] }),
    );
    await assert.rejects(() => database.up(broken), { code: "migration-failed" });
    await database.up(fixed);
    assert.deepEqual(calls, revision === undefined ? ["a", "b", "a", "b"] : ["a", "b", "b"]);
  }
});

Deno.test("rollback after a fix forward leads back to where the first version began", async () => {
  await using database = await startDatabase();
  const calls: string[] = [];
  const [broken = [], fixed = []] = versions(
    defineMigration({
      description: "Broken",
      up: [setDefaultTtl({ container: "Users", seconds: 100 }), step("b", calls, { fails: () => true })],
    }),
    defineMigration({
      description: "Fixed",
      up: [setDefaultTtl({ container: "Users", seconds: 200 }), step("b", calls)],
    }),
  );
  await assert.rejects(() => database.up(broken), { code: "migration-failed" });
  assert.equal(ttlOf(database), 100);
  await database.up(fixed);
  assert.equal(ttlOf(database), 200);
  await database.rollback(fixed);
  assert.equal(ttlOf(database), 50);
});

Deno.test("rollback undoes what was begun of a failed migration, and nothing else", async () => {
  await using database = await startDatabase();
  const calls: string[] = [];
  const registry = registryOf(defineMigration({
    description: "Three steps",
    up: [step("a", calls), step("b", calls, { fails: () => true }), step("c", calls)],
  }));
  await assert.rejects(() => database.up(registry), { code: "migration-failed" });
  await database.rollback(registry);
  assert.deepEqual(calls, ["a", "b", "undo b", "undo a"]);
});

Deno.test("up first completes a rollback of several that was interrupted, then applies", async () => {
  await using database = await startDatabase();
  let fails = true;
  const registry = registryOf(
    defineMigration({
      description: "One",
      up: [run({
        name: "one",
        describe: "One",
        execute: () => Promise.resolve(),
        undo: () => fails ? Promise.reject(new Error("not now")) : Promise.resolve(),
      })],
    }),
    defineMigration({ description: "Two", up: [addField({ container: "Users", field: "/age", value: 0 })] }),
  );
  await database.up(registry);
  await assert.rejects(() => database.rollback(registry), {
    code: "migration-failed",
    failed: "20240101_000001",
  });
  assert.deepEqual(database.ledger().get("lease")?.["intent"], {
    command: "rollback",
    ids: ["20240101_000001"],
    hold: false,
    by: "test:1",
  });
  await assert.rejects(() => database.up(registry), { code: "migration-failed" });
  assert.deepEqual(
    database.documents("Users"),
    [{ id: "u1" }],
    "nothing is applied on top of half a rollback",
  );

  fails = false;
  const report = await database.up(registry);
  assert.deepEqual(report.finished.map(({ id }) => id), ["20240101_000001", "20240101_000002"]);
  assert.match(report.warnings.join(), /rolled back first/);
  assert.equal(database.ledger().get("lease")?.["intent"], null);
});

Deno.test("rollback --hold blocks a binary that contains the migration, not one that changed it", async () => {
  await using database = await startDatabase();
  const migration = defineMigration({
    description: "Age",
    up: [addField({ container: "Users", field: "/age", value: 0 })],
  });
  const [first = [], second = []] = versions(migration, migration);
  await database.up(first);
  await database.rollback(first, { hold: true });
  await assert.rejects(() => database.up(first), { code: "temporary", message: /is held/ });
  assert.equal((await database.up(second)).finished.length, 1);
});
