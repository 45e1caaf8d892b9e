/** Ledgers that are not as the last holder left them: a clear error or safe progress, and no migration twice. */
import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/clock.ts";
import { InterruptedError } from "../../lib/base/errors.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { connect } from "../../lib/cosmos/connect.ts";
import { leaseTimings } from "../../lib/lock/timings.ts";
import { repair } from "../../lib/maintenance/repair.ts";
import { defineMigration, transformDocuments } from "../../lib/mod.ts";
import { takeOver } from "../chaos/take_over.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

const LEDGER = "__migrations";
const IDS = ["20240101_000001", "20240101_000002", "20240101_000003"] as const;

interface Audited {
  id: string;
  version: number;
  trail: number[];
}

const REGISTRY = registryOf(...[1, 2, 3].map((number) =>
  defineMigration({
    description: `Append ${number}`,
    up: [
      transformDocuments({
        container: "Audit",
        where: `c.version = ${number - 1}`,
        transform: ({ id, trail }: Audited): Audited => ({ id, version: number, trail: [...trail, number] }),
      }),
    ],
  })
));

function startDatabase(): Promise<EmbeddedDatabase> {
  const documents = Array.from({ length: 30 }, (_, index) => ({ id: `d${index}`, version: 0, trail: [] }));
  return EmbeddedDatabase.start({ Audit: { partitionKey: "/id", documents } }, { partitions: 1 });
}

function leaseOf(database: EmbeddedDatabase): JsonObject {
  const { _rid, _self, _etag, _attachments, _ts, ...lease } =
    database.emulator.store.document(LEDGER, "lease") ?? {};
  return lease;
}

function putLease(database: EmbeddedDatabase, lease: JsonObject): void {
  database.emulator.store.insert(LEDGER, [{ id: "lease", scope: "default", ...lease }]);
}

async function deleteLease({ emulator }: EmbeddedDatabase): Promise<void> {
  const connection = await connect({
    ...{ endpoint: emulator.endpoint, credential: { kind: "key", key: emulator.key } },
    ...{ databaseId: "shop", ledgerContainerId: LEDGER, scope: "default", endpointDiscovery: "auto" },
    ...{ requestTimeoutMs: 10_000, connectTimeoutMs: 10_000, readPatienceMs: 10_000 },
    ...{ clock: systemClock, random: Math.random, userAgentSuffix: "test" },
  });
  await connection.ledger.batch([{ kind: "delete", id: "lease" }]);
  connection.close();
}

function assertTrails(database: EmbeddedDatabase, trail: readonly number[]): void {
  for (const document of database.documents("Audit")) assert.deepEqual(document["trail"], trail);
}

const PASS = { ruPerSecond: undefined, concurrency: 4, pageSize: 100, maxFailures: 100, patienceMs: 10_000 };

/** A lease so short that what has to be waited for is over soon. */
function fastTimings() {
  return leaseTimings({ durationMs: 1_500, requestTimeoutMs: 500, settleMs: 500 });
}

const policy = { order: "linear", ahead: "allow", drift: "refuse" } as const;

Deno.test("up refuses a lease that was restored from an old backup, and goes on when it was made anew from the records", async () => {
  await using database = await startDatabase();
  await database.up(REGISTRY, { policy: { ...policy, to: IDS[0] } });
  const backup = leaseOf(database);
  await database.up(REGISTRY, { policy: { ...policy, to: IDS[1] } });
  putLease(database, backup);

  await assert.rejects(() => database.up(REGISTRY, { patienceMs: 600 }), {
    kind: "digest-mismatch",
    message: /not the one that the lease was last written with/,
    hint: /restored from a backup.*delete the document "lease" while nothing runs/,
  });
  assertTrails(database, [1, 2]);

  await deleteLease(database);
  const { finished } = await database.up(REGISTRY, { timings: fastTimings() });
  assert.deepEqual(finished.map(({ id }) => id), [IDS[2]]);
  assertTrails(database, [1, 2, 3]);
});

Deno.test("up of an old backup of the lease with nothing pending changes no document", async () => {
  await using database = await startDatabase();
  await database.up(REGISTRY, { policy: { ...policy, to: IDS[0] } });
  const backup = leaseOf(database);
  await database.up(REGISTRY);
  putLease(database, backup);
  await assert.rejects(() => database.up(REGISTRY, { patienceMs: 600 }), { kind: "digest-mismatch" });
  assertTrails(database, [1, 2, 3]);
});

Deno.test("up waits for the holder that an old backup of the lease names, until that lease has run out", async () => {
  await using database = await startDatabase();
  await database.up(REGISTRY, { policy: { ...policy, to: IDS[0] } });
  const holder = { host: "pod-7", pid: 7, version: "1", command: "up", since: "2024-01-01T00:00:00.000Z" };
  putLease(database, { ...leaseOf(database), holder, nonce: "of the backup", durationMs: 1_500 });
  const { finished } = await database.up(REGISTRY, { timings: fastTimings() });
  assert.deepEqual(finished.map(({ id }) => id), [IDS[1], IDS[2]]);
  const acquired = database.events.findLast(({ type }) => type === "lease-acquired");
  assert.deepEqual(acquired, { type: "lease-acquired", term: 2, takenOverFrom: holder });
  assertTrails(database, [1, 2, 3]);
});

for (
  const [what, lease, kind] of [
    [
      "a lease of a newer version of the tool",
      { format: 2, nonce: "n", term: 9, durationMs: 30_000 },
      "newer-format",
    ],
    ["a lease that is garbage", { format: "one", owner: { name: "somebody" } }, "unreadable"],
    ["a lease without a duration", { format: 1, nonce: "n", term: 9, holder: null }, "unreadable"],
  ] as const
) {
  Deno.test(`up refuses ${what} with a clear error, and leaves it as it is`, async () => {
    await using database = await startDatabase();
    await database.up(REGISTRY, { policy: { ...policy, to: IDS[0] } });
    putLease(database, lease);
    const before = JSON.stringify(database.emulator.store.snapshot());
    await assert.rejects(() => database.up(REGISTRY), { code: "history-conflict", kind });
    assert.equal(JSON.stringify(database.emulator.store.snapshot()), before);
    assertTrails(database, [1]);
  });
}

Deno.test("up whose ledger is deleted under it stops with a clear error, and the next one refuses to begin anew", async () => {
  await using database = await startDatabase();
  let bulks = 0;
  const stop = database.emulator.onRequest({
    afterCommit: ({ container, operation }) => {
      if (container === "Audit" && operation === "bulk" && ++bulks === 2) {
        database.emulator.store.deleteContainer(LEDGER);
      }
    },
  });
  await assert.rejects(() => database.up(REGISTRY, { settings: { ...PASS, pageSize: 3 } }), {
    name: "CosmosError",
    message: /__migrations/,
    hint: /./,
  });
  stop();
  const trails = database.documents("Audit").map(({ trail }) => JSON.stringify(trail));
  // The pass in flight goes on until its next write to the ledger; nothing after it begins.
  assert.ok(trails.every((trail) => trail === "[]" || trail === "[1]"), "nothing was done twice");
  assert.ok(trails.includes("[1]"), "the ledger was deleted after the beginning");
  await assert.rejects(() => database.up(REGISTRY, { init: false }), { kind: "unknown-history" });
});

Deno.test("up whose lease document is deleted under it stops, and the next one goes on from the records", async () => {
  await using database = await startDatabase();
  let bulks = 0;
  const stop = database.emulator.onRequest({
    afterCommit: async ({ container, operation }) => {
      if (container === "Audit" && operation === "bulk" && ++bulks === 2) await deleteLease(database);
    },
  });
  await assert.rejects(() => database.up(REGISTRY, { settings: { ...PASS, pageSize: 3 } }), {
    code: "lease-lost",
    message: /its document is gone/,
  });
  stop();
  await database.up(REGISTRY, { timings: fastTimings() });
  assertTrails(database, [1, 2, 3]);
});

Deno.test("up gives a lease that was made anew a higher term than any record has", async () => {
  await using database = await startDatabase();
  await database.up(REGISTRY, { policy: { ...policy, to: IDS[0] } });
  await database.up(REGISTRY, { policy: { ...policy, to: IDS[1] } });
  await deleteLease(database);
  await database.up(REGISTRY, { timings: fastTimings() });
  assert.ok(Number(leaseOf(database)["term"]) > 2, `term ${leaseOf(database)["term"]}`);
});

Deno.test("up takes over from a process that was killed, goes on with its checkpoint and finishes", async () => {
  const { continuedAfterMs } = await takeOver({ leaseMs: 1_500, settleMs: 500 });
  assert.ok(continuedAfterMs >= 1_500, "the lease was taken over before it ended");
});

Deno.test("repair() that marks an interrupted migration as applied gives every document that it may have read a new ETag", async () => {
  await using database = await startDatabase();
  const controller = new AbortController();
  const stop = database.emulator.onRequest({
    afterCommit: ({ container, operation }) => {
      if (container === "Audit" && operation === "bulk") controller.abort(new InterruptedError("SIGTERM"));
    },
  });
  const settings = { ...PASS, pageSize: 3 };
  await assert.rejects(() => database.up(REGISTRY, { signal: controller.signal, settings }), {
    code: "interrupted",
  });
  stop();
  // What was written has one already.
  const etags = () =>
    database.emulator.store.documents("Audit").filter(({ version }) => version === 0)
      .map(({ _etag }) => String(_etag));
  const before = new Set(etags());
  assert.ok(before.size > 0, "the run was interrupted before the end");
  const request = { kind: "mark-applied", id: IDS[0] } as const;
  await database.within(
    REGISTRY,
    {},
    (context) => repair(context, { request, by: "ada@laptop", reason: undefined }),
  );
  assert.deepEqual(etags().filter((etag) => before.has(etag)), [], "documents that a late write still finds");
  const record = database.ledger().get(`migration:${IDS[0]}`);
  assert.deepEqual([record?.["status"], record?.["by"]], ["baselined", "ada@laptop"]);
});
