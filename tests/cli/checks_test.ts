import assert from "node:assert/strict";
import { addField } from "../../lib/definition/edit_fields.ts";
import { transformDocuments } from "../../lib/definition/transform_documents.ts";
import { startDatabase } from "./_database.ts";
import { registryOf, runFake } from "./_run.ts";

const AGES = registryOf({
  "Users have an age": [addField({ container: "Users", field: "/age", value: 0 })],
});

Deno.test("doctor is exit code 4 on a wrong key, and says what to do", async () => {
  await using database = await startDatabase();
  const environment = {
    CosmosDb__ConnectionString: `AccountEndpoint=${database.emulator.endpoint};AccountKey=d3Jvbmctd3Jvbmc=;`,
  };
  const { code, out, err } = await database.run("doctor", { migrations: AGES, environment });
  assert.deepEqual([code, err], [4, ""]);
  assert.match(out, /^credential +failed .*\n {2}Check the account key/m);
  assert.match(out, /^endpoint +ok/m);
  assert.match(out, /^database +skipped/m);
});

Deno.test("doctor is exit code 4 on a database or a container that does not exist", async () => {
  await using database = await startDatabase();
  const nowhere = await database.run("doctor --database nowhere", { migrations: AGES });
  assert.equal(nowhere.code, 4);
  assert.match(nowhere.out, /^database +failed .*\n {2}Create it: az cosmosdb sql database create/m);
  const migrations = registryOf({ "x": [addField({ container: "Nowhere", field: "/x", value: 0 })] });
  const missing = await database.run("doctor", { migrations });
  assert.equal(missing.code, 4);
  assert.match(missing.out, /^containers +failed .*"Nowhere"/m);
});

Deno.test("doctor finds that documents may not be read, also before there is a ledger", async () => {
  await using database = await startDatabase();
  database.emulator.inject({
    when: { resource: "document" },
    then: { kind: "answer", status: 403, substatus: 5301, message: "no role" },
  });
  const { code, out } = await database.run("doctor", { migrations: AGES });
  assert.equal(code, 4);
  assert.match(out, /^permissions +failed .*\n {2}Assign the role "Cosmos DB Built-in Data Contributor"/m);
});

Deno.test("doctor and verify change nothing, before and after there is a ledger", async () => {
  await using database = await startDatabase();
  for (const stage of ["without", "with"]) {
    const before = JSON.stringify(database.emulator.store.snapshot());
    const writes = writesOf(database.emulator.requests.entries);
    for (const line of ["doctor", "verify", "verify --documents"]) {
      assert.equal((await database.run(line, { migrations: AGES })).code, 0, `${line}, ${stage} a ledger`);
    }
    assert.equal(JSON.stringify(database.emulator.store.snapshot()), before);
    assert.equal(writesOf(database.emulator.requests.entries), writes);
    await database.run("up --init", { migrations: AGES });
  }
});

Deno.test("verify is exit code 4 when the history does not fit, with what to do for each finding", async () => {
  await using database = await startDatabase();
  await database.run("up --init", { migrations: AGES });
  const other = { ...AGES, entries: AGES.entries.map((entry) => ({ ...entry, checksum: "v1:other" })) };
  const { code, out } = await database.run("verify", { migrations: other });
  assert.equal(code, 4);
  assert.match(out, /\ndrift {2}20240101_000001 .*\n {2}Restore the file, or accept the change with "repair/);
  assert.match(out, /\n1 finding: 1 migration compared\n$/);
});

Deno.test("plan and verify --documents refuse a share of no throughput as up does, wherever it comes from, and take a number", async () => {
  await using database = await startDatabase({ serverless: true });
  const share = { COSMIG_RU_LIMIT: "50%" };
  const run = (line: string, environment: Record<string, string> = {}) =>
    database.run(line, { migrations: AGES, environment });
  const refused = [await run("plan --ru-limit 50%"), await run("plan", share)];
  assert.equal((await run("plan --count none", share)).code, 0);
  assert.equal((await run("plan --count exact --ru-limit 4000")).code, 0);
  refused.push(await run("up --init --ru-limit 50%"));
  assert.equal((await run("up --init --ru-limit 4000")).code, 0);
  refused.push(await run("verify --documents --ru-limit 50%"), await run("verify --documents", share));
  for (const { code, err } of refused) {
    assert.equal(code, 1);
    assert.match(err, /Cannot limit the request units of "Users" to 50 % .*current value is none/);
  }
  assert.equal((await run("verify", share)).code, 0);
  assert.equal((await run("verify --documents --ru-limit 4000 --priority low")).code, 0);
});

Deno.test("rehearse is exit code 4 when a way down does not restore what it says it does", async () => {
  const migrations = registryOf({
    "Rank": [transformDocuments({
      container: "Users",
      where: "NOT IS_DEFINED(c.rank)",
      transform: (document: { id: string; name?: string }) => ({ ...document, rank: 1 }),
      undo: { where: "IS_DEFINED(c.rank)", transform: ({ rank: _, name: __, ...rest }) => rest },
    })],
  });
  const files = {
    "seed.json": '{"containers":{"Users":{"partitionKey":"/id","documents":[{"id":"a","name":"Ada"}]}}}',
  };
  const { code, out } = await runFake(["rehearse", "--from", "seed.json"], { files, migrations });
  assert.equal(code, 4);
  assert.match(out, /- \/name: "Ada"/);
  assert.match(out, /: its way down does not restore what was there before\n/);
});

Deno.test("baseline --from-cosmigrator is what up names on a database of Cosmigrator, and what it needs", async () => {
  await using database = await startDatabase();
  database.emulator.store.createContainer("__MigrationHistory", {
    partitionKey: "/id",
    documents: [{ id: "20240101_000001", name: "Age", appliedAt: "2025-02-19T14:30:00Z", status: "Applied" }],
  });
  const refused = await database.run("up", { migrations: AGES });
  assert.equal(refused.code, 3);
  assert.match(refused.err, /\nNext: cosmig baseline --from-cosmigrator\n$/);
  const taken = await database.run("baseline --from-cosmigrator", { migrations: AGES });
  assert.equal(taken.code, 0, taken.err);
  assert.equal(
    taken.out,
    "20240101_000001 users_have_an_age\nRecorded 1 migration without running it\n",
  );
  const done = await database.run("up", { migrations: AGES });
  assert.deepEqual([done.code, done.out], [0, "Nothing pending\n"]);
});

Deno.test("baseline refuses what names no migration, and both ways at once", async () => {
  await using database = await startDatabase();
  for (const line of ["baseline", "baseline nobody", "baseline 20240101_000001 --from-cosmigrator"]) {
    const { code, err } = await database.run(line, { migrations: AGES });
    assert.equal(code, 2, line);
    assert.match(err, /\nNext: cosmig baseline --help\n$/, line);
  }
});

/** Requests that change something, or could. */
function writesOf(
  entries: readonly { readonly method: string; readonly operation: string | undefined }[],
): number {
  return entries.filter(({ method, operation }) => method !== "GET" && !/query/i.test(operation ?? ""))
    .length;
}
