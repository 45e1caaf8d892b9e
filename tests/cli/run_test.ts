import assert from "node:assert/strict";
import { CosmigError, TemporaryError } from "../../lib/base/errors.ts";
import { addField } from "../../lib/definition/edit_fields.ts";
import { run } from "../../lib/definition/run.ts";
import { transformDocuments } from "../../lib/definition/transform_documents.ts";
import { scrub, startDatabase } from "./_database.ts";
import { registryOf, runFake } from "./_run.ts";

const AGES = registryOf({
  "Users have an age": [addField({ container: "Users", field: "/age", value: 0 })],
  "Users have a rank": [addField({ container: "Users", field: "/rank", value: 1 })],
});

function failing(error: () => Error) {
  return registryOf({
    "Break it": [run({
      name: "break",
      describe: "break it",
      execute: () => {
        throw error();
      },
    })],
  });
}

Deno.test("up applies what is pending, says so in plain lines, and the second time does nothing", async () => {
  await using database = await startDatabase();
  const { code, out, err } = await database.run("up --init", { migrations: AGES });
  assert.equal(code, 0);
  assert.equal(scrub(out), "Applied 2 migrations: 4 documents changed, <n> RU, <took>\n");
  assert.equal(
    scrub(err),
    `Created the ledger container "__migrations" (throughput: the database's own, else the service's minimum of 400 RU/s)
Lease acquired, term 1
Applying 20240101_000001 users_have_an_age (1 of 2)
  step 1 of 1: Add field /age = 0 to documents of "Users" that lack it
  done: 2 documents changed, <n> RU, <took>
Applied 20240101_000001 users_have_an_age: 2 documents changed, <n> RU, <took>
Applying 20240101_000002 users_have_a_rank (2 of 2)
  step 1 of 1: Add field /rank = 1 to documents of "Users" that lack it
  done: 2 documents changed, <n> RU, <took>
Applied 20240101_000002 users_have_a_rank: 2 documents changed, <n> RU, <took>
Lease released
`,
  );
  const again = await database.run("up", { migrations: AGES });
  assert.deepEqual([again.code, again.out, again.err], [0, "Nothing pending\n", ""]);
});

Deno.test("a command line without a command is up", async () => {
  await using database = await startDatabase();
  const { code, out } = await database.run("--init --steps 1", { migrations: AGES });
  assert.equal(code, 0);
  assert.match(out, /^Applied 1 migration:/);
});

Deno.test("up on documents without a history is exit code 3 and names the way out", async () => {
  await using database = await startDatabase();
  const { code, out, err } = await database.run("up", { migrations: AGES });
  assert.deepEqual([code, out], [3, ""]);
  assert.match(err, /^Error: Cannot apply migrations as the container "Users" holds documents/);
  assert.match(err, /\nNext: cosmig status\n$/);
});

Deno.test("status shows what is applied and pending, and --check makes that an exit code", async () => {
  await using database = await startDatabase();
  await database.run("up --init --steps 1", { migrations: AGES });
  const { code, out, err } = await database.run("status", { migrations: AGES });
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    scrub(out).replaceAll(/ +/g, " ").replaceAll(/(?<=<took> 2) [\d.]+$/gm, " <ru>"),
    `Database "shop" at <host>, history "__migrations", scope "default"
Lease: free, last term 1

ID NAME STATE AT (UTC) TOOK DOCUMENTS RU
20240101_000001 users_have_an_age applied <time> <took> 2 <ru>
20240101_000002 users_have_a_rank pending

1 applied, 1 pending
`,
  );
  assert.equal((await database.run("status --check", { migrations: AGES })).code, 4);
  await database.run("up", { migrations: AGES });
  assert.equal((await database.run("status --check", { migrations: AGES })).code, 0);
});

Deno.test("status --json, status ID --json and status --history --json print versioned objects", async () => {
  await using database = await startDatabase();
  await database.run("up --init --steps 1", { migrations: AGES });
  const all = JSON.parse((await database.run("status --json", { migrations: AGES })).out);
  assert.equal(all.version, 1);
  assert.deepEqual([all.counts.applied, all.counts.pending], [1, 1]);
  assert.deepEqual(all.migrations.map(({ state }: { state: string }) => state), ["applied", "pending"]);
  const one = JSON.parse((await database.run("status 20240101_000001 --json", { migrations: AGES })).out);
  assert.deepEqual([one.version, one.migration.record.steps[0].status], [1, "done"]);
  const history = JSON.parse((await database.run("status --history --json", { migrations: AGES })).out);
  assert.deepEqual([history.version, history.history.length, history.history[0].by], [1, 1, "host-1:42"]);
});

Deno.test("status of an id that nobody knows is exit code 2", async () => {
  await using database = await startDatabase();
  const { code, err } = await database.run("status nobody", { migrations: AGES });
  assert.equal(code, 2);
  assert.match(
    err,
    /^Error: Cannot show "nobody" as neither this binary nor the history has a migration of that id\n/,
  );
});

Deno.test("status, plan, list and lock show of an untouched database create and change nothing", async () => {
  await using database = await startDatabase();
  const before = JSON.stringify(database.emulator.store.snapshot());
  for (
    const line of [
      "status",
      "status --history",
      "plan",
      "plan --json",
      "up --dry-run",
      "rollback --dry-run",
      "lock show",
      "lock show --json",
    ]
  ) {
    assert.equal((await database.run(line, { migrations: AGES })).code, 0, line);
  }
  assert.equal(JSON.stringify(database.emulator.store.snapshot()), before);
});

interface PendingJson {
  readonly operations: readonly { readonly seconds: number | null; readonly requestUnits: number | null }[];
}

Deno.test("plan says each operation in words with what it costs and how well it undoes", async () => {
  await using database = await startDatabase();
  const { code, out } = await database.run("plan", { migrations: AGES });
  assert.equal(code, 0);
  assert.equal(
    scrub(out).replaceAll(/about [\d.]+/g, "about <n>"),
    `Database "shop" at <host>, history "__migrations", scope "default"

20240101_000001 users_have_an_age  (undoes by value)
  Users have an age
  1. Add field /age = 0 to documents of "Users" that lack it
     documents: 2, RU: about <n>, time: at least <took> at 400 RU/s, undoes by value
     note: Changed documents appear in the change feed

20240101_000002 users_have_a_rank  (undoes by value)
  Users have a rank
  1. Add field /rank = 1 to documents of "Users" that lack it
     documents: unknown, RU: unknown, undoes by value
     note: Changed documents appear in the change feed

2 migrations to apply, 2 operations
`,
  );
  const capped = await database.run("plan --json --count exact --ru-limit 20", { migrations: AGES });
  const [first, second] = JSON.parse(capped.out).pending.map(({ operations }: PendingJson) => operations[0]);
  assert.equal(first?.seconds, Math.ceil((first?.requestUnits ?? 0) / 20));
  assert.equal(second?.seconds, null);
  assert.equal((await database.run("plan --check", { migrations: AGES })).code, 4);
  await database.run("up --init", { migrations: AGES });
  const done = await database.run("plan --check", { migrations: AGES });
  assert.equal(done.code, 0);
  assert.match(done.out, /\nNothing pending\n$/);
});

Deno.test("plan marks what is destructive or offline, and up refuses it with the flag that consents", async () => {
  await using database = await startDatabase();
  const step = { describe: "burn it", execute: () => {} };
  const migrations = registryOf({
    "Burn it": [run({ ...step, name: "a", destructive: true }), run({ ...step, name: "b", offline: true })],
  });
  const { out } = await database.run("plan", { migrations });
  assert.match(out, /1\. .*DESTRUCTIVE\n/);
  assert.match(out, /2\. .*OFFLINE\n/);
  assert.match(out, /1 OFFLINE, needs --allow-offline, 1 DESTRUCTIVE, needs --allow-destructive\n$/);
  const { code, err } = await database.run("up --init", { migrations });
  assert.equal(code, 3);
  assert.match(err, /--allow-destructive|--allow-offline/);
  assert.match(err, /\nNext: cosmig plan\n$/);
  assert.equal((await database.run("up --init --allow-destructive --allow-offline", { migrations })).code, 0);
});

Deno.test("rollback of what is offline says so in its dry run, and is refused without the flag that consents", async () => {
  await using database = await startDatabase();
  const migrations = registryOf({
    "Users by id": [run({
      ...{ name: "a", describe: "swap it", offline: true },
      ...{ execute: () => {}, undo: () => {} },
    })],
  });
  assert.match((await database.run("plan", { migrations })).out, /undoes by value, OFFLINE as well\n/);
  await database.run("up --init --allow-offline", { migrations });
  const { out } = await database.run("rollback --dry-run", { migrations });
  assert.match(out, /1\. Undo: swap it OFFLINE\n/);
  assert.match(out, /1 OFFLINE, needs --allow-offline\n$/);
  const { code, err } = await database.run("rollback", { migrations });
  assert.equal(code, 3);
  assert.match(err, /Cannot roll back "20240101_000001" without consent as it needs all writers stopped/);
  assert.match(err, /\nNext: cosmig rollback --dry-run\n$/);
  assert.equal((await database.run("rollback --allow-offline", { migrations })).code, 0);
});

Deno.test("rollback undoes the last applied one, warns that pods may apply it again, and --hold prevents that", async () => {
  await using database = await startDatabase();
  await database.run("up --init", { migrations: AGES });
  const { code, out, err } = await database.run("rollback", { migrations: AGES });
  assert.equal(code, 0);
  assert.match(out, /^Rolled back 1 migration:/);
  assert.match(err, /\nWarning: .*--hold prevents that\n$/);
  await database.run("up", { migrations: AGES });
  await database.run("rollback --hold", { migrations: AGES });
  const held = await database.run("up", { migrations: AGES });
  assert.equal(held.code, 75);
  assert.match(held.err, /Migration "20240101_000002" is held/);
  assert.match(
    (await database.run("status", { migrations: AGES })).out,
    /20240101_000002 +users_have_a_rank +held/,
  );
  assert.equal((await database.run("status --check", { migrations: AGES })).code, 4);
});

Deno.test("rollback of more than there is undoes all; of nothing says so", async () => {
  await using database = await startDatabase();
  await database.run("up --init", { migrations: AGES });
  assert.equal((await database.run("rollback --steps 9", { migrations: AGES })).code, 0);
  const { code, out } = await database.run("rollback --all", { migrations: AGES });
  assert.deepEqual([code, out], [0, "Nothing to roll back\n"]);
});

Deno.test("a migration that fails is exit code 1, says why, and names the command that shows more", async () => {
  await using database = await startDatabase();
  const migrations = failing(() => new Error("the disk is full", { cause: new Error("no space") }));
  const { code, out, err, io } = await database.run("up --init --verbose --max-attempts 2", {
    migrations,
    environment: { COSMIG_TERMINATION_MESSAGE_PATH: "/m" },
  });
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /\nFailed 20240101_000001 break_it \(attempt 1 of 2\): the disk is full\n/);
  assert.match(err, /\nError: Migration "20240101_000001" failed: the disk is full\n/);
  assert.match(err, /\nCaused by: the disk is full\n/);
  assert.match(err, /\nCaused by: no space\n/);
  assert.match(err, /\nNext: cosmig status 20240101_000001\n$/);
  assert.doesNotMatch(err, /\n\s+at /);
  const { exitCode, failed, outcome } = JSON.parse(io.written.get("/m") ?? "");
  assert.deepEqual([exitCode, failed, outcome], [1, "20240101_000001", "failed"]);

  assert.match(
    (await database.run("status", { migrations })).out,
    /20240101_000001 failed \(1 attempt\): the disk is full/,
  );
  assert.match(
    (await database.run("status 20240101_000001", { migrations })).out,
    /\nError: the disk is full\n/,
  );
  assert.equal((await database.run("up --max-attempts 2", { migrations })).code, 1);
  const parked = await database.run("up --max-attempts 2", { migrations });
  assert.equal(parked.code, 3);
  assert.match(parked.err, /^Error: Migration "20240101_000001" is parked after 2 failed attempts/);
});

Deno.test("a migration that fails tells what its cause says to do, before what the run says", async () => {
  await using database = await startDatabase();
  const migrations = failing(() =>
    new CosmigError("operation-refused", "too old", { hint: "Bring a newer one" })
  );
  const plain = await database.run("up --init", { migrations });
  assert.match(plain.err, /failed: too old\nBring a newer one\nIts finished steps are recorded .*\nNext: /);
  const json = await database.run("up --log-format json", { migrations });
  const { hint } = JSON.parse(json.err.trimEnd().split("\n").at(-1) ?? "");
  assert.match(hint, /^Bring a newer one\nIts finished steps/);
});

Deno.test("status of a migration that stopped in the middle of a pass says how far the pass has come", async () => {
  await using database = await startDatabase();
  database.emulator.store.insert(
    "Users",
    Array.from({ length: 30 }, (_, index) => ({ id: `user-${index}` })),
  );
  let calls = 0;
  const migrations = registryOf({
    "Rank": [transformDocuments({
      container: "Users",
      where: "NOT IS_DEFINED(c.rank)",
      transform: (document: { id: string }) => {
        if (++calls > 20) throw new Error("enough");
        return { ...document, rank: 1 };
      },
    })],
  });
  assert.equal((await database.run("up --init --concurrency 1 --page-size 1", { migrations })).code, 1);
  const ranked = Object.values(database.emulator.store.snapshot().containers["Users"]?.documents ?? [])
    .filter((document) => document["rank"] === 1).length;
  assert.ok(ranked > 0 && ranked < 32);
  const { out } = await database.run("status 20240101_000001", { migrations });
  assert.match(out, new RegExp(`\\nDocuments: \\d+ read, ${ranked} changed, 0 skipped; `));
  assert.match(
    out,
    new RegExp(`\\ntransformDocuments:Users +up +running, \\d of \\d ranges? done +${ranked} `),
  );
  const { progress: [step] } = JSON.parse(
    (await database.run("status 20240101_000001 --json", { migrations })).out,
  );
  assert.equal(step.documents.changed, ranked);
  assert.ok(step.rangesDone < step.ranges);
});

Deno.test("plan of a migration that is half done says which operations are, and counts the others as they are now", async () => {
  await using database = await startDatabase();
  const first = addField({ container: "Users", field: "/age", value: 0 });
  const broken = run({ name: "break", describe: "break", execute: () => Promise.reject(new Error("no")) });
  await database.run("up --init", { migrations: registryOf({ "Two": [first, broken] }) });
  const second = addField({ container: "Users", field: "/rank", value: 1 });
  const migrations = registryOf({ "Two": [first, second] });
  const { out } = await database.run("plan", { migrations });
  assert.match(
    out,
    /\n {2}1\. Add field \/age .*\n {5}done by an earlier run\n {2}2\. .*\n {5}documents: 2, RU: about /,
  );
  assert.match(out, /\n1 migration to apply, 1 operation, 1 done already\n$/);
  const { pending: [one] } = JSON.parse((await database.run("plan --json", { migrations })).out);
  assert.deepEqual(one.operations.map((operation: { finished: boolean }) => operation.finished), [
    true,
    false,
  ]);
  // A changed migration does again what comes after its first change.
  const changed = registryOf({ "Two": [addField({ container: "Users", field: "/age", value: 7 }), second] });
  const entries = changed.entries.map((entry) => ({ ...entry, checksum: "v1:fixed" }));
  const forward = await database.run("plan", { migrations: { ...changed, entries } });
  assert.doesNotMatch(forward.out, /done by an earlier run/);
});

Deno.test("a database that does not exist is named in the message", async () => {
  await using database = await startDatabase();
  const { code, err } = await database.run("status --database nowhere", { migrations: AGES });
  assert.equal(code, 2);
  assert.match(err, /^Error: .*: the database "nowhere" does not exist\nCreate it: az cosmosdb sql database/);
});

Deno.test("a migration that asks to be tried again is exit code 75 and counts no attempt", async () => {
  await using database = await startDatabase();
  const migrations = failing(() => new TemporaryError("the other service is not up yet"));
  const { code, err } = await database.run("up --init", { migrations });
  assert.equal(code, 75);
  assert.match(err, /\nError: Migration "20240101_000001" has to be tried again later: the other service/);
  assert.match(err, /\nNext: cosmig up --init\n$/);
  const { migrations: [one] } = JSON.parse((await database.run("status --json", { migrations })).out);
  assert.deepEqual([one.state, one.record.attempts], ["interrupted", 0]);
});

Deno.test("an unforeseen error shows its stack with --verbose only", async () => {
  await using database = await startDatabase();
  // A registry that breaks where nobody looks for it.
  const migrations = {
    digest: "",
    get entries(): never {
      throw new TypeError("surprise");
    },
  };
  const short = await database.run("status", { migrations });
  assert.equal(short.code, 1);
  assert.match(short.err, /^Error: surprise\nThis was not foreseen.*\nNext: cosmig status --verbose\n$/);
  const long = await database.run("status --verbose", { migrations });
  assert.match(long.err, /TypeError: surprise\n\s+at /);
});

Deno.test("a missing database is exit code 2 with the command that creates it, after --connect-timeout where something is to be run", async () => {
  await using database = await startDatabase();
  for (const line of ["status", "plan", "up", "rollback", "lock show"]) {
    const { code, err } = await database.run(`${line} --database nowhere --connect-timeout 100ms`, {
      migrations: AGES,
    });
    assert.equal(code, 2, `${line}: ${err}`);
    assert.match(err, /az cosmosdb sql database create .*--name nowhere/);
    assert.match(err, /\nCosmos DB: status 404/);
  }
});

Deno.test("a wrong key is exit code 75, since secrets arrive late", async () => {
  await using database = await startDatabase();
  const environment = {
    CosmosDb__ConnectionString: `AccountEndpoint=${database.emulator.endpoint};AccountKey=d3Jvbmctd3Jvbmc=;`,
  };
  const { code, err } = await database.run("status", { migrations: AGES, environment });
  assert.equal(code, 75);
  assert.match(err, /Check the account key/);
});

Deno.test("--log-format json writes objects only: events to stderr, the report to stdout", async () => {
  await using database = await startDatabase();
  const { out, err } = await database.run("up --init --log-format json", { migrations: AGES });
  const events = err.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(events.filter(({ type }) => type.startsWith("migration")).map(({ type }) => type), [
    "migration-started",
    "migration-applied",
    "migration-started",
    "migration-applied",
  ]);
  const report = JSON.parse(out);
  assert.equal(report.version, 1);
  assert.deepEqual(report.finished.map(({ id }: { id: string }) => id), [
    "20240101_000001",
    "20240101_000002",
  ]);
});

Deno.test("a settings file takes the place of variables", async () => {
  await using database = await startDatabase();
  const files = {
    "/etc/cosmig.json": JSON.stringify({
      CosmosDb: { ConnectionStringFile: "/secrets/cs" },
      Environments: { Test: { CosmosDb: { DatabaseName: "shop" } } },
    }),
    "/secrets/cs": `${database.emulator.connectionString}\n`,
  };
  const { code, err } = await runFake(["status", "--config", "file:///etc/cosmig.json", "--env", "Test"], {
    files,
    migrations: AGES,
  });
  assert.deepEqual([code, err], [0, ""]);
});

Deno.test("--emulator runs on an embedded database and says so in the first and the last line", async () => {
  const notice = "EMBEDDED DATABASE: nothing outside this process is read or changed";
  const files = {
    "seed.json": JSON.stringify({
      database: "x",
      containers: { Users: { partitionKey: "/id", documents: [{ id: "a" }] } },
    }),
  };
  for (
    const line of [
      "up --emulator=seed.json",
      "up --emulator=seed.json --dry-run",
      "plan --emulator=seed.json",
    ]
  ) {
    const { code, out } = await runFake(line.split(" "), { files, migrations: AGES });
    const lines = out.trimEnd().split("\n");
    assert.deepEqual([code, lines[0], lines.at(-1)], [0, notice, notice], line);
  }
  const json = await runFake(["plan", "--emulator=seed.json", "--json"], { files, migrations: AGES });
  assert.equal(JSON.parse(json.out).version, 1);
  const empty = await runFake(["up", "--emulator"], { migrations: registryOf({}) });
  assert.deepEqual([empty.code, empty.out.split("\n")[1]], [0, "Nothing pending"]);
});

Deno.test("--emulator refuses a seed that is missing or wrong with exit code 2", async () => {
  const files = { "text.json": "hello", "wrong.json": '{"containers":{"a":{}}}' };
  for (
    const [seed, message] of [["none.json", /there is no such file/], ["text.json", /is not JSON/], [
      "wrong.json",
      /"\/containers\/a\/partitionKey"/,
    ]] as const
  ) {
    const { code, err } = await runFake(["plan", `--emulator=${seed}`], { files });
    assert.equal(code, 2);
    assert.match(err, message);
  }
});

Deno.test("an operation that is refused keeps its own exit code", async () => {
  await using database = await startDatabase();
  const migrations = failing(() => new CosmigError("operation-refused", "no"));
  assert.equal((await database.run("up --init", { migrations })).code, 1);
});

Deno.test("emulator on an address that this machine does not have is exit code 2", async () => {
  const { code, err } = await runFake(["emulator", "--hostname", "192.0.2.1"]);
  assert.equal(code, 2, err);
  assert.match(err, /^Error: Cannot listen at 192\.0\.2\.1 as this machine has no such address\n/);
});
