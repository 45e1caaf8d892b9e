/**
 * The promises of `lib/cosmos/port.ts`, held against a whole endpoint: the embedded database, or the one that COSMIG_CONFORMANCE_ENDPOINT and
 * COSMIG_CONFORMANCE_KEY name. A database is created for the run and dropped at its end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import process from "node:process";
import { CosmosClient } from "@azure/cosmos";
import { systemClock } from "../../lib/base/clock.ts";
import { CosmosError } from "../../lib/base/errors.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import {
  connect,
  type CosmosConnection,
  type CosmosContainer,
  type DocumentWrite,
  type PartitionKey,
} from "../../lib/cosmos/mod.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";

interface Subject extends AsyncDisposable {
  readonly connection: CosmosConnection;
  /** Sends, apart from the two reads of the account, what the connection did not count. */
  readonly requests: () => number;
}

const NO_THROUGHPUT = { throughput: { kind: "none" } } as const;

async function openSubject(): Promise<Subject> {
  const { COSMIG_CONFORMANCE_ENDPOINT, COSMIG_CONFORMANCE_KEY } = process.env;
  const emulator = COSMIG_CONFORMANCE_ENDPOINT === undefined ? await startEmulator() : undefined;
  const endpoint = emulator?.endpoint ?? String(COSMIG_CONFORMANCE_ENDPOINT);
  const key = emulator?.key ?? String(COSMIG_CONFORMANCE_KEY);
  const admin = new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } });
  const databaseId = `cosmig-contract-${randomUUID()}`;
  await admin.databases.create({ id: databaseId });
  const connection = await connect({
    endpoint,
    credential: { kind: "key", key },
    databaseId,
    ledgerContainerId: "__migrations",
    scope: "default",
    requestTimeoutMs: 10_000,
    connectTimeoutMs: 30_000,
    readPatienceMs: 30_000,
    endpointDiscovery: "auto",
    clock: systemClock,
    random: Math.random,
    userAgentSuffix: "cosmig-contract",
  });
  connection.setWriteGate(() => {});
  return {
    connection,
    requests: () => connection.spent().requests,
    async [Symbol.asyncDispose]() {
      connection.close();
      await admin.database(databaseId).delete();
      admin.dispose();
      await emulator?.close();
    },
  };
}

async function openLedger(): Promise<Subject> {
  const subject = await openSubject();
  await subject.connection.createLedgerContainer(NO_THROUGHPUT);
  return subject;
}

async function openContainer(
  subject: Subject,
  paths: readonly string[] = ["/p"],
): Promise<CosmosContainer> {
  const { database } = subject.connection;
  const kind = paths.length === 1 ? "Hash" : "MultiHash";
  const definition = { id: "orders", partitionKey: { paths, kind, version: 2 } };
  await database.createContainer(definition, NO_THROUGHPUT);
  return database.container("orders");
}

/** Writes each document to the range that it belongs to. */
async function writeAll(container: CosmosContainer, writes: readonly DocumentWrite[]): Promise<number[]> {
  const ranges = await container.ranges();
  const statuses: number[] = [];
  for (const range of ranges) {
    const homes = await Promise.all(writes.map((write) => container.rangeOf(write.partitionKey, ranges)));
    const own = writes.filter((_, index) => homes[index]?.id === range.id);
    const results = own.length === 0 ? [] : await container.write(range, own);
    statuses.push(...results.map(({ status }) => status));
  }
  return statuses;
}

Deno.test("ledger: a document is created once, replaced under its ETag only, and read back", async () => {
  await using subject = await openLedger();
  const { ledger } = subject.connection;
  const before = subject.requests();
  const created = await ledger.create({ id: "lease", value: 1 });
  assert.ok(created.kind === "ok" && created.charge > 0);
  assert.equal((await ledger.create({ id: "lease" })).kind, "conflict");
  const replaced = await ledger.replace({ id: "lease", value: 2 }, { ifMatch: created.value._etag });
  assert.ok(replaced.kind === "ok" && replaced.value._etag !== created.value._etag);
  const stale = await ledger.replace({ id: "lease", value: 3 }, { ifMatch: created.value._etag });
  assert.equal(stale.kind, "precondition-failed");
  assert.equal((await ledger.replace({ id: "none" }, { ifMatch: created.value._etag })).kind, "not-found");
  const read = await ledger.read("lease");
  assert.ok(read.kind === "ok");
  assert.deepEqual([read.value.document["value"], read.value.document["scope"], read.value.document["ttl"]], [
    2,
    "default",
    -1,
  ]);
  assert.equal(read.value.document._etag, replaced.value._etag);
  assert.ok(Math.abs((read.value.serverTimeMs ?? 0) / 1_000 - read.value.document._ts) < 60);
  assert.equal((await ledger.read("none")).kind, "not-found");
  assert.equal(subject.requests() - before, 7, "one request each");
});

Deno.test("ledger: a batch takes effect as a whole or not at all", async () => {
  await using subject = await openLedger();
  const { ledger } = subject.connection;
  const lease = await ledger.create({ id: "lease" });
  assert.ok(lease.kind === "ok");
  const refused = await ledger.batch([
    { kind: "upsert", document: { id: "record" } },
    {
      kind: "replace",
      document: { id: "lease", sequence: 1 },
      ifMatch: '"00000000-0000-0000-0000-000000000000"',
    },
  ]);
  assert.equal(refused.kind, "precondition-failed");
  assert.equal((await ledger.read("record")).kind, "not-found");
  const missing = await ledger.batch([{ kind: "upsert", document: { id: "record" } }, {
    kind: "delete",
    id: "none",
  }]);
  assert.equal(missing.kind, "not-found");
  const twice = await ledger.batch([{ kind: "upsert", document: { id: "record" } }, {
    kind: "create",
    document: { id: "lease" },
  }]);
  assert.equal(twice.kind, "conflict");
  const done = await ledger.batch([
    { kind: "replace", document: { id: "lease", sequence: 1 }, ifMatch: lease.value._etag },
    { kind: "create", document: { id: "record" } },
    { kind: "upsert", document: { id: "checkpoint" } },
  ]);
  assert.ok(done.kind === "ok" && done.value.length === 3);
  const read = await ledger.read("lease");
  assert.equal(read.kind === "ok" && read.value.document._etag, done.value[0]);
  assert.equal((await ledger.read("record")).kind, "ok");
});

Deno.test("ledger: list() gives the documents of its own scope with the prefix", async () => {
  await using subject = await openLedger();
  const { ledger } = subject.connection;
  for (const id of ["migration:1", "migration:2", "lease"]) await ledger.create({ id });
  const before = subject.requests();
  const list = await ledger.list("migration:");
  assert.deepEqual(list.kind === "ok" && list.value.map(({ id }) => id).sort(), [
    "migration:1",
    "migration:2",
  ]);
  assert.equal(subject.requests() - before, 1, "a page is one request, without a query plan");
});

Deno.test("ledger: a missing container and a missing database are told apart", async () => {
  await using subject = await openSubject();
  const { connection } = subject;
  assert.equal(await connection.ledgerContainer(), undefined);
  await assert.rejects(
    connection.ledger.read("lease"),
    (error) =>
      error instanceof CosmosError && error.status === 404 && error.details["missing"] === "container",
  );
  await connection.createLedgerContainer(NO_THROUGHPUT);
  const again = await connection.createLedgerContainer(NO_THROUGHPUT);
  assert.deepEqual(again.partitionKeyPaths, ["/scope"]);
  assert.equal((await connection.ledgerContainer())?.rid, again.rid);
});

Deno.test("containers: created, listed, changed under their ETag, and deleted by identifier", async () => {
  await using subject = await openSubject();
  const { database } = subject.connection;
  const definition = { id: "orders", partitionKey: { paths: ["/p"], kind: "Hash", version: 2 } };
  const created = await database.createContainer(definition, NO_THROUGHPUT);
  const isStatus = (status: number) => (error: unknown) =>
    error instanceof CosmosError && error.status === status;
  await assert.rejects(database.createContainer(definition, NO_THROUGHPUT), isStatus(409));
  const changed = await database.replaceContainer({ ...created.definition, defaultTtl: 60 }, {
    ifMatch: created.etag,
  });
  assert.equal(changed.definition["defaultTtl"], 60);
  await assert.rejects(
    database.replaceContainer(created.definition, { ifMatch: created.etag }),
    isStatus(412),
  );
  assert.deepEqual((await database.containers()).map(({ id, rid }) => [id, rid]), [["orders", created.rid]]);
  await database.deleteContainer(created.rid);
  await database.deleteContainer(created.rid);
  const recreated = await database.createContainer(definition, NO_THROUGHPUT);
  assert.notEqual(recreated.rid, created.rid);
  await database.deleteContainer(created.rid);
  assert.equal((await database.container("orders").properties()).rid, recreated.rid);
  await assert.rejects(database.container("none").properties(), isStatus(404));
});

const KEYS: readonly PartitionKey[] = [
  ["a"],
  ["b"],
  ["é"],
  [""],
  [1],
  [-1.5],
  [true],
  [null],
  [undefined],
];

Deno.test("documents: bulk writes reach the range of their partition key and are judged one by one", async () => {
  await using subject = await openSubject();
  const container = await openContainer(subject);
  const documents = KEYS.map(([p], index) => ({
    id: `d${index}`,
    v: index,
    ...(p === undefined ? {} : { p }),
  }));
  const creates = documents.map((document, index): DocumentWrite => ({
    kind: "create",
    partitionKey: KEYS[index]!,
    document,
  }));
  assert.deepEqual(await writeAll(container, creates), KEYS.map(() => 201));
  assert.deepEqual(await writeAll(container, creates), KEYS.map(() => 409));
  for (const [index, partitionKey] of KEYS.entries()) {
    const stored = await container.read(`d${index}`, { partitionKey });
    assert.equal(stored?.["v"], index, JSON.stringify(partitionKey));
  }
  assert.equal(await container.read("d0", { partitionKey: ["b"] }), undefined);

  const [first] = await container.ranges().then((ranges) => Promise.all([container.rangeOf(["a"], ranges)]));
  const stored = await container.read("d0", { partitionKey: ["a"] });
  const ifMatch = stored!._etag;
  const stale = '"00000000-0000-0000-0000-000000000000"';
  const patch = { kind: "patch", partitionKey: ["a"], id: "d0" } as const;
  const set = [{ op: "set", path: "/v", value: 10 }] as const;
  const before = subject.requests();
  const results = await container.write(first!, [
    { ...patch, operations: set, ifMatch: stale },
    { ...patch, operations: set, ifMatch, condition: "FROM c WHERE c.v = 99" },
    { ...patch, operations: set, ifMatch, condition: "FROM c WHERE c.v = 0" },
    { kind: "replace", partitionKey: ["a"], id: "d0", document: { id: "d0", p: "a" }, ifMatch },
    { kind: "delete", partitionKey: ["a"], id: "none", ifMatch },
    { kind: "upsert", partitionKey: ["a"], document: { id: "new", p: "a" } },
    { kind: "create", partitionKey: ["a"], document: { id: "a/b\\c?d#e", p: "a" } },
  ]);
  assert.equal(subject.requests() - before, 1, "one request");
  assert.deepEqual(results.map(({ status }) => status).slice(0, 6), [412, 412, 200, 412, 404, 201]);
  assert.equal((await container.read("d0", { partitionKey: ["a"] }))?._etag, results[2]?.etag);
});

Deno.test("documents: hierarchical partition keys", async () => {
  await using subject = await openSubject();
  const container = await openContainer(subject, ["/tenant", "/user"]);
  const writes = ["a", "b", "c"].map((tenant): DocumentWrite => ({
    kind: "create",
    partitionKey: [tenant, 1],
    document: { id: "1", tenant, user: 1 },
  }));
  assert.deepEqual(await writeAll(container, writes), [201, 201, 201]);
  assert.equal((await container.read("1", { partitionKey: ["b", 1] }))?.["tenant"], "b");
  assert.deepEqual((await container.properties()).partitionKeyPaths, ["/tenant", "/user"]);
});

Deno.test("queries: pages of a range, by request, together give every document once", async () => {
  await using subject = await openSubject();
  const container = await openContainer(subject);
  const writes = Array.from({ length: 60 }, (_, index): DocumentWrite => ({
    kind: "create",
    partitionKey: [`p${index}`],
    document: { id: `${index}`, p: `p${index}`, even: index % 2 === 0 },
  }));
  await writeAll(container, writes);
  const found: JsonObject[] = [];
  for (const range of await container.ranges()) {
    let continuation: string | undefined;
    do {
      const before = subject.requests();
      const page = await container.query({
        range,
        query: "SELECT c.id FROM c WHERE c.even = @even",
        parameters: { even: true },
        maxItems: 4,
        continuation,
      });
      assert.equal(subject.requests() - before, 1, "a page is one request, without a query plan");
      assert.ok(page.rows.length <= 4);
      found.push(...page.rows);
      continuation = page.continuation;
    } while (continuation !== undefined);
  }
  const ids = found.map(({ id }) => Number(id)).sort((left, right) => left - right);
  assert.deepEqual(ids, Array.from({ length: 30 }, (_, index) => index * 2));
});

Deno.test("queries: bounds restrict a range to a part", async () => {
  await using subject = await openSubject();
  const container = await openContainer(subject);
  const writes = Array.from({ length: 40 }, (_, index): DocumentWrite => ({
    kind: "create",
    partitionKey: [`p${index}`],
    document: { id: `${index}`, p: `p${index}` },
  }));
  await writeAll(container, writes);
  const [range] = await container.ranges();
  const count = async (minInclusive: string, maxExclusive: string) => {
    const bounds = { minInclusive, maxExclusive };
    const page = await container.query({ range: range!, query: "SELECT c.id FROM c", maxItems: 100, bounds });
    return page.rows.length;
  };
  const { minInclusive, maxExclusive } = range!;
  const middle = `${minInclusive === "" ? "0" : minInclusive.slice(0, 1)}7`;
  const [whole, lower, upper] = await Promise.all([
    count(minInclusive, maxExclusive),
    count(minInclusive, middle),
    count(middle, maxExclusive),
  ]);
  assert.ok(whole > 0 && lower > 0 && upper > 0);
  assert.equal(lower + upper, whole);
});

Deno.test("queries and writes to a range that does not exist are answered with 410", async () => {
  await using subject = await openSubject();
  const container = await openContainer(subject);
  const gone = { id: "4711", minInclusive: "", maxExclusive: "FF", parents: [] };
  const isGone = (error: unknown) => error instanceof CosmosError && error.status === 410;
  await assert.rejects(container.query({ range: gone, query: "SELECT * FROM c", maxItems: 1 }), isGone);
  const write = { kind: "upsert", partitionKey: ["a"], document: { id: "1", p: "a" } } as const;
  await assert.rejects(container.write(gone, [write]), isGone);
});
