/** Ledgers that earlier versions of the tool have written, as they are in the database. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { JsonObject } from "../../lib/base/json.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import { addField, defineMigration, run, setDefaultTtl } from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

/** The first is applied; the second failed while it added names. Written before records said what a step selects. */
const LEDGER: readonly JsonObject[] = JSON.parse(
  await readFile(new URL("../golden/ledger_0.1.0.json", import.meta.url), "utf8"),
);

const [ONE, TWO] = registryOf(
  defineMigration({
    description: "one",
    up: [
      setDefaultTtl({ container: "Users", seconds: 100 }),
      addField({ container: "Users", field: "/age", value: 0 }),
    ],
  }),
  defineMigration({
    description: "two",
    up: [
      addField({ container: "Users", field: "/name", value: "" }),
      run({
        name: "fail",
        describe: "fail no more",
        execute: () => Promise.resolve(),
        undo: () => Promise.resolve(),
      }),
    ],
  }),
) as [RegistryEntry, RegistryEntry];

function start(): Promise<EmbeddedDatabase> {
  return EmbeddedDatabase.start({
    Users: { partitionKey: "/id", defaultTtl: 100, documents: [{ id: "a", age: 0 }, { id: "b", age: 0 }] },
    __migrations: { partitionKey: "/scope", documents: LEDGER as { readonly id: string }[] },
  });
}

Deno.test("up goes on where version 0.1.0 stopped", async () => {
  await using database = await start();
  const { finished } = await database.up([ONE, TWO]);
  assert.deepEqual(finished.map(({ id }) => id), [TWO.id]);
  assert.deepEqual(database.documents("Users"), [{ id: "a", age: 0, name: "" }, {
    id: "b",
    age: 0,
    name: "",
  }]);
});

Deno.test("up corrects a migration that version 0.1.0 stopped in, and touches what its step of that name selects", async () => {
  await using database = await start();
  const before = ["a", "b"].map((id) => database.emulator.store.document("Users", id)?.["_etag"]);
  let touched: unknown[] = [];
  const look = run({
    name: "look",
    describe: "look",
    execute: () => {
      touched = ["a", "b"].map((id) => database.emulator.store.document("Users", id)?.["_etag"]);
      return Promise.resolve();
    },
  });
  const up = [look, ...TWO.migration.up];
  await database.up([ONE, { ...TWO, checksum: "v1:corrected", migration: { ...TWO.migration, up } }]);
  assert.ok(touched.length === 2 && touched.every((etag, index) => etag !== before[index]));
});

Deno.test("rollback takes back what version 0.1.0 began", async () => {
  await using database = await start();
  const { finished } = await database.rollback([ONE, TWO]);
  assert.deepEqual(finished.map(({ id }) => id), [TWO.id, ONE.id]);
  assert.deepEqual(database.documents("Users"), [{ id: "a" }, { id: "b" }]);
  assert.equal(database.emulator.store.settings("Users")["defaultTtl"], undefined);
});
