/** A migration that fails again and again, and the ways out of it, by the command line. */
import assert from "node:assert/strict";
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { addField, defineMigration, defineRegistry, type Registry, run as runCode } from "../../lib/mod.ts";
import { registryDigest } from "../../lib/definition/registry.ts";
import { runFake } from "../cli/_run.ts";

const ID = "20240101_000001";

function startDatabase(): Promise<Emulator> {
  return startEmulator({
    seed: { database: "shop", containers: { Users: { partitionKey: "/id", documents: [{ id: "ada" }] } } },
  });
}

/** What a process said. */
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a binary with a migration that fails, or with the same one put right: another checksum, as its file would have. */
async function run(
  emulator: Emulator,
  args: readonly string[],
  version: "wrong" | "corrected",
): Promise<Ended> {
  const { code, out, err } = await runFake(args, {
    migrations: registryOf(version),
    environment: {
      USER: "ada",
      CosmosDb__ConnectionString: emulator.connectionString,
      CosmosDb__DatabaseName: "shop",
      COSMIG_MAX_ATTEMPTS: "2",
    },
  });
  return { code, stdout: out, stderr: err };
}

function registryOf(version: "wrong" | "corrected"): Registry {
  const migration = defineMigration({
    description: "Add what cannot be added",
    up: [
      addField({ container: "Users", field: "/age", value: 0 }),
      runCode({
        name: "fail",
        describe: "do what fails",
        execute: async ({ database }) => {
          await database.container("Users").items.upsert({ id: "attempt", at: crypto.randomUUID() });
          if (version === "wrong") throw new Error("no such tenant");
        },
      }),
    ],
  });
  const entries = [{ id: ID, name: "add_age", checksum: `v1:${version}`, migration }];
  return defineRegistry(registryDigest(entries), entries);
}

/** Fails until it is parked. */
async function park(emulator: Emulator): Promise<void> {
  for (const hint of [/parked after 1 more failed attempt\n/, /It is parked now: ship a corrected version/]) {
    const { code, stderr } = await run(emulator, ["up", "--init"], "wrong");
    assert.equal(code, 1, stderr);
    assert.match(stderr, hint);
  }
}

/** What an attempt leaves in the container. */
function lastAttempt(emulator: Emulator): unknown {
  return emulator.store.document("Users", "attempt")?.["at"];
}

Deno.test("up parks a migration after --max-attempts, and a restart loop does not touch the database any more", async () => {
  await using emulator = await startDatabase();
  await park(emulator);
  const before = JSON.stringify(emulator.store.snapshot());
  for (const _ of [1, 2]) {
    const { code, stderr } = await run(emulator, ["up"], "wrong");
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      /^Error: Migration "20240101_000001" is parked after 2 failed attempts; the last error was: no such tenant\n/,
    );
    assert.match(
      stderr,
      /Ship a corrected version of it, or try again with "repair --retry 20240101_000001"/,
    );
  }
  assert.equal(JSON.stringify(emulator.store.snapshot()), before);
});

Deno.test("up goes forward with a corrected version of a parked migration, and does not repeat what was finished", async () => {
  await using emulator = await startDatabase();
  await park(emulator);
  emulator.store.insert("Users", [{ id: "late" }]);
  const { code, stderr } = await run(emulator, ["up"], "corrected");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /\nResuming 20240101_000001 add_age/);
  assert.equal(emulator.store.document("Users", "ada")?.["age"], 0);
  assert.equal(emulator.store.document("Users", "late")?.["age"], undefined, "the first step ran once");
  assert.equal((await run(emulator, ["up"], "corrected")).stdout, "Nothing pending\n");
});

Deno.test("repair lists a parked migration, lets it be tried again, and leaves who did that and why in the audit trail", async () => {
  await using emulator = await startDatabase();
  await park(emulator);
  const listed = await run(emulator, ["repair"], "wrong");
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(
    listed.stdout,
    /\n20240101_000001 add_age: parked after 2 attempts: no such tenant\n {2}cosmig repair --retry 20240101_000001\n/,
  );

  const attempt = lastAttempt(emulator);
  const repaired = await run(
    emulator,
    ["repair", "--retry", ID, "--reason", "the tenant is there now"],
    "wrong",
  );
  assert.deepEqual(
    [repaired.code, repaired.stdout],
    [0, `The next run tries it again: ${ID}\n`],
    repaired.stderr,
  );
  assert.equal(lastAttempt(emulator), attempt, "a repair runs nothing");
  assert.equal((await run(emulator, ["up"], "wrong")).code, 1);
  assert.notEqual(lastAttempt(emulator), attempt);

  const history = await run(emulator, ["status", "--history"], "wrong");
  assert.match(history.stdout, /\n\S+ \S+ +retry +20240101_000001 +ada@\S+ +the tenant is there now\n/);
  const { audit } = JSON.parse((await run(emulator, ["status", "--history", "--json"], "wrong")).stdout);
  assert.deepEqual(
    audit.map(({ action, migration, term, before }: Record<string, unknown>) => ({
      action,
      migration,
      term,
      before,
    })),
    [{
      action: "retry",
      migration: ID,
      term: 3,
      before: { status: "failed", attempts: 2, checksums: ["v1:wrong"], error: "no such tenant" },
    }],
  );
});

Deno.test("repair --mark-applied ends a parked migration that was finished by hand", async () => {
  await using emulator = await startDatabase();
  await park(emulator);
  const marked = await run(emulator, ["repair", "--mark-applied", ID, "--by", "bob"], "wrong");
  assert.equal(marked.stdout, `Marked as applied: ${ID}\n`, marked.stderr);
  assert.equal((await run(emulator, ["up"], "wrong")).stdout, "Nothing pending\n");
  assert.equal((await run(emulator, ["rollback"], "wrong")).code, 3);
  assert.match((await run(emulator, ["status", "--history"], "wrong")).stdout, / mark-applied .* bob@/);
});

Deno.test("repair --accept-checksum and --release end what up and rollback --hold refuse", async () => {
  await using emulator = await startDatabase();
  assert.equal((await run(emulator, ["up", "--init"], "corrected")).code, 0);
  assert.match(
    (await run(emulator, ["repair"], "wrong")).stdout,
    /changed after it was applied\n.*--accept-checksum/,
  );
  const accepted = await run(emulator, ["repair", "--accept-checksum", "all"], "wrong");
  assert.equal(accepted.stdout, `Accepted as this binary has it: ${ID}\n`, accepted.stderr);
  assert.match((await run(emulator, ["repair"], "wrong")).stdout, /\nNothing to repair\n/);
  const again = await run(emulator, ["repair", "--accept-checksum", "all"], "wrong");
  assert.match(again.stdout, /^Nothing to accept/);
  const refused = await run(emulator, ["repair", "--release", ID], "wrong");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /only what "rollback --hold" left is held: current value is applied/);
});

Deno.test("lock release frees the lease of the term that lock show printed, and refuses any other", async () => {
  await using emulator = await startDatabase();
  assert.equal((await run(emulator, ["up", "--init"], "corrected")).code, 0);
  const { _rid, _self, _etag, _attachments, _ts, ...lease } =
    emulator.store.document("__migrations", "lease") ?? {};
  const holder = { host: "pod-7", pid: 77, version: "1", command: "up", since: "2024-05-06T07:08:09.000Z" };
  emulator.store.insert("__migrations", [{
    ...lease,
    term: 7,
    nonce: "somebody",
    holder,
    durationMs: 45_000,
  }]);
  assert.match((await run(emulator, ["lock", "show"], "corrected")).stdout, /held by host pod-7.* term 7\n/);

  const refused = await run(emulator, ["lock", "release", "--term", "6"], "corrected");
  assert.equal(refused.code, 3);
  assert.match(
    refused.stderr,
    /^Error: Cannot release the lease of term 6 as it changed since: current value is 7\n/,
  );
  assert.match(refused.stderr, /\nNext: cosmig lock show\n$/);

  const released = await run(
    emulator,
    ["lock", "release", "--term", "7", "--reason", "node lost"],
    "corrected",
  );
  assert.deepEqual([released.code, released.stdout], [
    0,
    "Released term 7 of host pod-7, process 77, up, since 2024-05-06 07:08:09 UTC; the next holder pauses 45s or more before its first change\n",
  ]);
  const freed = emulator.store.document("__migrations", "lease");
  assert.deepEqual([freed?.["holder"], freed?.["unsettled"]], [null, "forced"]);
  assert.match(
    (await run(emulator, ["status", "--history"], "corrected")).stdout,
    / force-release +lease of term 7 +ada@\S+ +node lost\n/,
  );
});
