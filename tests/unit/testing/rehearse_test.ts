import assert from "node:assert/strict";
import { addField, removeField } from "../../../lib/definition/edit_fields.ts";
import { defineMigration, type Migration } from "../../../lib/definition/migration.ts";
import { defineRegistry, registryDigest } from "../../../lib/definition/registry.ts";
import { run } from "../../../lib/definition/run.ts";
import { transformDocuments } from "../../../lib/definition/transform_documents.ts";
import { rehearse, startTestDatabase } from "../../../lib/testing/mod.ts";
import { RunFailedError } from "../../../lib/runner/report.ts";

const SEED = {
  containers: {
    Users: { partitionKey: "/id", documents: [{ id: "ada", age: 0 }, { id: "bob", middleName: "B" }] },
  },
};

function registryOf(...migrations: readonly Migration[]) {
  const entries = migrations.map((migration, index) => ({
    id: `20240101_00000${index + 1}`,
    name: `m${index + 1}`,
    checksum: `v1:${index}`,
    migration,
  }));
  return defineRegistry(registryDigest(entries), entries);
}

const AGE = defineMigration({
  description: "Age",
  up: [addField({ container: "Users", field: "/age", value: 0 })],
});
const NO_MIDDLE = defineMigration({
  description: "No middle name",
  up: [removeField({ container: "Users", field: "/middleName", recoverable: true })],
});

/** Says that it restores, and does not. */
const LYING = defineMigration({
  description: "Rank",
  up: [transformDocuments({
    container: "Users",
    where: "NOT IS_DEFINED(c.rank)",
    transform: (document) => ({ ...document, rank: 1 }),
    undo: { where: "IS_DEFINED(c.rank)", transform: ({ rank: _, ...rest }) => ({ ...rest, oops: true }) },
  })],
});

Deno.test("rehearse() shows what each migration changes, and holds when all undo what they say", async () => {
  const { migrations, findings } = await rehearse({ registry: registryOf(AGE, NO_MIDDLE), seed: SEED });
  assert.deepEqual(findings, []);
  const [age, middle] = migrations;
  assert.deepEqual(age?.changes, [
    {
      container: "Users",
      id: "bob",
      kind: "changed",
      changes: [{ path: "/age", before: undefined, after: 0 }],
    },
  ]);
  assert.ok(age.up.requestUnits > 0 && age.up.documents === 1);
  // Undoing by value takes away an age of 0 that was there before, which it says.
  assert.deepEqual(age.claim, "by-value");
  assert.deepEqual(age.down.kind === "undone" && age.down.differences.map(({ id }) => id), ["ada"]);
  assert.deepEqual(middle?.down.kind === "undone" && middle.down.differences, []);
  assert.deepEqual([age.again, middle?.again], [[], []]);
});

Deno.test("rehearse() finds a way down that does not restore, and blames no other migration for it", async () => {
  const { migrations, findings } = await rehearse({
    registry: registryOf(NO_MIDDLE, LYING, NO_MIDDLE_AGAIN),
    seed: SEED,
  });
  assert.deepEqual(findings, ["20240101_000002 m2: its way down does not restore what was there before"]);
  const differing = migrations.map(({ down }) => down.kind === "undone" ? down.differences.length : -1);
  assert.deepEqual(differing, [0, 2, 0]);
});

Deno.test("rehearse() takes a `down` of one's own at its word, also for documents that the way up left alone", async () => {
  const greedy = defineMigration({
    description: "Age",
    up: [addField({ container: "Users", field: "/age", value: 0 })],
    down: [removeField({ container: "Users", field: "/age", recoverable: true })],
  });
  const { findings } = await rehearse({ registry: registryOf(greedy), seed: SEED });
  assert.equal(findings.length, 1);
});

const NO_MIDDLE_AGAIN = defineMigration({
  description: "No rank",
  up: [removeField({ container: "Users", field: "/nothing", recoverable: true })],
});

Deno.test("rehearse() goes back no further than to a migration that cannot be undone", async () => {
  const oneWay = defineMigration({
    description: "One way",
    up: [run({ name: "x", describe: "x", execute: () => {} })],
  });
  const { migrations, findings } = await rehearse({
    registry: registryOf(AGE, oneWay, NO_MIDDLE),
    seed: SEED,
  });
  assert.deepEqual(migrations.map(({ down }) => down.kind), ["not-reached", "none", "undone"]);
  assert.deepEqual(findings, []);
});

Deno.test("rehearse() takes a way down that fails for a finding, and a way up that fails for an error", async () => {
  const fail = () => Promise.reject(new Error("broken"));
  const down = defineMigration({
    description: "Down",
    up: [run({ name: "x", describe: "x", execute: () => {}, undo: fail })],
  });
  const { migrations, findings } = await rehearse({ registry: registryOf(AGE, down), seed: SEED });
  assert.deepEqual(migrations.map((migration) => migration.down.kind), ["not-reached", "failed"]);
  assert.match(findings.join(), /broken/);
  const up = defineMigration({ description: "Up", up: [run({ name: "x", describe: "x", execute: fail })] });
  await assert.rejects(rehearse({ registry: registryOf(up), seed: SEED }), RunFailedError);
});

Deno.test("startTestDatabase() migrates and gives the documents, for tests of one's own", async () => {
  await using database = await startTestDatabase(SEED);
  await database.up([AGE, NO_MIDDLE]);
  assert.deepEqual(database.documents("Users").map(({ __cosmig: _, ...rest }) => rest), [
    { id: "ada", age: 0 },
    { id: "bob", age: 0 },
  ]);
  await database.rollback([AGE, NO_MIDDLE]);
  assert.deepEqual(database.documents("Users")[1], { id: "bob", age: 0, middleName: "B" });
});
