/** The promises of the smaller ports (throughput, scripts, change feed, addressing by identifier) on the embedded database. */
import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/clock.ts";
import { CosmosError } from "../../lib/base/errors.ts";
import { connect, type CosmosConnection, type CosmosContainer } from "../../lib/cosmos/mod.ts";
import { type EmulatorOptions, startEmulator } from "../../lib/emulator/mod.ts";

const DEFINITION = { id: "orders", partitionKey: { paths: ["/p"], kind: "Hash", version: 2 } };

async function open(options: EmulatorOptions = {}) {
  const emulator = await startEmulator({ ...options, seed: { database: "shop", containers: {} } });
  const connection: CosmosConnection = await connect({
    endpoint: emulator.endpoint,
    credential: { kind: "key", key: emulator.key },
    databaseId: "shop",
    ledgerContainerId: "__migrations",
    scope: "default",
    requestTimeoutMs: 5_000,
    connectTimeoutMs: 5_000,
    readPatienceMs: 5_000,
    endpointDiscovery: "auto",
    clock: systemClock,
    random: Math.random,
    userAgentSuffix: "cosmig-contract",
  });
  connection.setWriteGate(() => {});
  return {
    emulator,
    connection,
    database: connection.database,
    async [Symbol.asyncDispose]() {
      connection.close();
      await emulator.close();
    },
  };
}

async function put(container: CosmosContainer, id: string): Promise<number | undefined> {
  const ranges = await container.ranges();
  const range = await container.rangeOf([id], ranges);
  const [result] = await container.write(range, [{
    kind: "create",
    partitionKey: [id],
    document: { id, p: id },
  }]);
  return result?.status;
}

function hasStatus(...statuses: readonly number[]) {
  return (error: unknown) => error instanceof CosmosError && statuses.includes(error.status);
}

Deno.test("throughput: it is read by the container's identifier and changed within its kind", async () => {
  await using subject = await open();
  const { database } = subject;
  const manual = await database.createContainer(DEFINITION, {
    throughput: { kind: "manual", ruPerSecond: 600 },
  });
  const automatic = await database.createContainer({ ...DEFINITION, id: "carts" }, {
    throughput: { kind: "autoscale", maxRuPerSecond: 4_000 },
  });
  const setting = await database.throughput.read(manual.rid);
  assert.deepEqual(setting?.throughput, { kind: "manual", ruPerSecond: 600 });
  await database.throughput.replace(setting, { throughput: { kind: "manual", ruPerSecond: 1_000 } });
  assert.deepEqual((await database.throughput.read(manual.rid))?.throughput, {
    kind: "manual",
    ruPerSecond: 1_000,
  });
  const scaled = await database.throughput.read(automatic.rid);
  assert.deepEqual(scaled?.throughput, { kind: "autoscale", maxRuPerSecond: 4_000 });
  await database.throughput.replace(scaled, { throughput: { kind: "autoscale", maxRuPerSecond: 6_000 } });
  assert.deepEqual((await database.throughput.read(automatic.rid))?.throughput, {
    kind: "autoscale",
    maxRuPerSecond: 6_000,
  });
  const other = database.throughput.replace(scaled, { throughput: { kind: "manual", ruPerSecond: 400 } });
  await assert.rejects(other, hasStatus(400));
});

Deno.test("throughput: there is none of its own on a serverless account", async () => {
  await using subject = await open({ serverless: true });
  const { rid } = await subject.database.createContainer(DEFINITION, { throughput: { kind: "none" } });
  assert.equal(await subject.database.throughput.read(rid), undefined);
});

Deno.test("scripts: each kind is created once, replaced and deleted under its ETag only", async () => {
  await using subject = await open();
  await subject.database.createContainer(DEFINITION, { throughput: { kind: "none" } });
  const scripts = subject.database.scripts("orders");
  for (const kind of ["sprocs", "triggers", "udfs"] as const) {
    assert.equal(await scripts.read("tax", { kind }), undefined);
    await scripts.create({ id: "tax", body: "function () { return 1 }" }, { kind });
    await assert.rejects(scripts.create({ id: "tax", body: "function () {}" }, { kind }), hasStatus(409));
    const first = await scripts.read("tax", { kind });
    assert.equal(first?.body, "function () { return 1 }");
    await scripts.replace({ id: "tax", body: "function () { return 2 }" }, { kind, ifMatch: first._etag });
    const stale = scripts.replace({ id: "tax", body: "x" }, { kind, ifMatch: first._etag });
    await assert.rejects(stale, hasStatus(412));
    await assert.rejects(scripts.delete("tax", { kind, ifMatch: first._etag }), hasStatus(412));
    const [second, ...others] = await scripts.list(kind);
    assert.equal(second?.body, "function () { return 2 }");
    assert.deepEqual(others, []);
    await scripts.delete("tax", { kind, ifMatch: second._etag });
    await scripts.delete("tax", { kind, ifMatch: second._etag });
    assert.deepEqual(await scripts.list(kind), []);
  }
});

Deno.test("change feed: it goes on from a position, begins now or at the beginning, and knows no deletes", async () => {
  await using subject = await open({ partitions: 1 });
  const { database, emulator } = subject;
  await database.createContainer(DEFINITION, { throughput: { kind: "none" } });
  const container = database.container("orders");
  const feed = database.changeFeed("orders");
  const [range] = await container.ranges();
  assert.ok(range);
  await put(container, "a");
  await put(container, "b");
  const now = await feed.read({ range, start: { kind: "now" }, maxItems: 10 });
  assert.deepEqual(now.documents, []);
  const first = await feed.read({ range, start: { kind: "beginning" }, maxItems: 1 });
  assert.deepEqual(first.documents.map(({ id }) => id), ["a"]);
  const after = (position: string) => ({ range, start: { kind: "after", position } as const, maxItems: 10 });
  assert.deepEqual((await feed.read(after(first.position))).documents.map(({ id }) => id), ["b"]);
  assert.deepEqual((await feed.read(after(now.position))).documents, []);
  emulator.store.insert("orders", [{ id: "a", p: "a", n: 2 }]);
  const changed = await feed.read(after(now.position));
  assert.deepEqual(changed.documents.map(({ id, n }) => [id, n]), [["a", 2]]);
  assert.deepEqual((await feed.read(after(changed.position))).documents, []);
});

Deno.test("change feed: a position stays valid on the ranges that a split makes", async () => {
  await using subject = await open({ partitions: 1 });
  const { database, emulator } = subject;
  await database.createContainer(DEFINITION, { throughput: { kind: "none" } });
  const container = database.container("orders");
  const feed = database.changeFeed("orders");
  const [range] = await container.ranges();
  assert.ok(range);
  await put(container, "a");
  const { position } = await feed.read({ range, start: { kind: "now" }, maxItems: 10 });
  emulator.store.split("orders", range.id);
  await assert.rejects(
    feed.read({ range, start: { kind: "after", position }, maxItems: 10 }),
    hasStatus(410),
  );
  for (const id of ["b", "c", "d", "e"]) await put(container, id);
  const found: string[] = [];
  for (const child of await container.ranges()) {
    const page = await feed.read({ range: child, start: { kind: "after", position }, maxItems: 10 });
    found.push(...page.documents.map(({ id }) => id));
  }
  assert.deepEqual(found.sort(), ["b", "c", "d", "e"]);
});

Deno.test("container({ rid }) reaches only the container with that identifier", async () => {
  await using subject = await open();
  const { database } = subject;
  const { rid } = await database.createContainer(DEFINITION, { throughput: { kind: "none" } });
  const pinned = database.container("orders", { rid });
  assert.equal(await put(pinned, "a"), 201);
  assert.equal((await pinned.properties()).rid, rid);
  assert.equal((await pinned.read("a", { partitionKey: ["a"] }))?.["p"], "a");
  assert.equal(await pinned.read("none", { partitionKey: ["none"] }), undefined);
  const [range] = await pinned.ranges();
  assert.ok(range);
  await database.changeFeed("orders", { rid }).read({ range, start: { kind: "now" }, maxItems: 1 });

  await database.deleteContainer(rid);
  await database.createContainer(DEFINITION, { throughput: { kind: "none" } });
  const other = database.container("orders");
  const [otherRange] = await other.ranges();
  assert.ok(otherRange);
  await assert.rejects(pinned.properties(), hasStatus(404));
  await assert.rejects(put(pinned, "b"), hasStatus(404));
  const query = pinned.query({ range: otherRange, query: "SELECT * FROM c", maxItems: 1 });
  await assert.rejects(query, hasStatus(404));
  assert.deepEqual(subject.emulator.store.documents("orders"), []);
});
