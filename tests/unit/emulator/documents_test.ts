import assert from "node:assert/strict";
import { DOCS, ManualClock, statusOf, withEmulator } from "./_harness.ts";

Deno.test(
  "documents are created, read, replaced, patched and deleted through the SDK",
  withEmulator({}, async ({ items }) => {
    const created = await items.items.create({ id: "1", pk: "a", n: 1 });
    assert.equal(created.statusCode, 201);
    assert.deepEqual((await items.item("1", "a").read()).resource?.n, 1);
    assert.equal((await items.item("1", "a").replace({ id: "1", pk: "a", n: 2 })).resource?.n, 2);
    const patched = await items.item("1", "a").patch({ operations: [{ op: "incr", path: "/n", value: 3 }] });
    assert.equal(patched.resource?.n, 5);
    assert.equal((await items.items.upsert({ id: "1", pk: "a", n: 9 })).statusCode, 200);
    assert.equal((await items.items.upsert({ id: "2", pk: "a" })).statusCode, 201);
    assert.equal((await items.item("1", "a").delete()).statusCode, 204);
    assert.equal((await items.item("1", "a").read()).statusCode, 404);
  }),
);

Deno.test(
  "documents get a new ETag with every kind of write, also one that changes nothing",
  withEmulator({}, async ({ items }) => {
    const etags = [(await items.items.create({ id: "1", pk: "a" })).etag];
    const item = items.item("1", "a");
    etags.push((await item.replace({ id: "1", pk: "a" })).etag);
    etags.push((await items.items.upsert({ id: "1", pk: "a" })).etag);
    etags.push((await item.patch({ operations: [{ op: "set", path: "/x", value: 1 }] })).etag);
    etags.push(
      (await items.items.batch([{ operationType: "Upsert", resourceBody: { id: "1", pk: "a" } }], "a"))
        .result?.[0]?.eTag as string,
    );
    assert.equal(new Set(etags).size, 5, etags.join());
    assert.equal((await item.read()).etag, etags.at(-1));
    assert.equal((await item.read()).resource?._etag, etags.at(-1));
    await item.delete();
    assert.ok(!etags.includes((await items.items.create({ id: "1", pk: "a" })).etag));
  }),
);

Deno.test(
  "documents refuse writes with an outdated ETag and stay as they were",
  withEmulator({}, async ({ items, emulator }) => {
    const { etag: stale } = await items.items.create({ id: "1", pk: "a", n: 1 });
    const item = items.item("1", "a");
    const { etag } = await item.replace({ id: "1", pk: "a", n: 2 });
    const condition = { accessCondition: { type: "IfMatch", condition: stale } };
    const before = emulator.store.documents("Items");
    assert.equal(await statusOf(item.replace({ id: "1", pk: "a", n: 3 }, condition)), "412");
    assert.equal(
      await statusOf(item.patch({ operations: [{ op: "set", path: "/n", value: 3 }] }, condition)),
      "412",
    );
    assert.equal(await statusOf(item.delete(condition)), "412");
    assert.equal(await statusOf(items.items.upsert({ id: "1", pk: "a", n: 3 }, condition)), "412");
    assert.deepEqual(emulator.store.documents("Items"), before);
    const current = { accessCondition: { type: "IfMatch", condition: etag } };
    assert.equal((await item.replace({ id: "1", pk: "a", n: 3 }, current)).statusCode, 200);
  }),
);

Deno.test(
  "an upsert with If-Match creates a document that does not exist, as the service does",
  withEmulator({}, async ({ items }) => {
    const condition = { accessCondition: { type: "IfMatch", condition: '"none"' } };
    assert.equal((await items.items.upsert({ id: "1", pk: "a" }, condition)).statusCode, 201);
  }),
);

Deno.test(
  "a read with If-None-Match answers 304 for the current ETag only",
  withEmulator({ documents: [{ id: "1", pk: "a" }] }, async ({ raw }) => {
    const headers = { "x-ms-documentdb-partitionkey": '["a"]' };
    const first = await raw("GET", `${DOCS}/1`, { headers });
    const etag = String(first.headers.etag);
    assert.equal(first.json._etag, etag);
    assert.equal(
      (await raw("GET", `${DOCS}/1`, { headers: { ...headers, "if-none-match": etag } })).status,
      304,
    );
    assert.equal(
      (await raw("GET", `${DOCS}/1`, { headers: { ...headers, "if-none-match": '"x"' } })).status,
      200,
    );
    assert.equal((await raw("GET", `${DOCS}/1`, { headers: { ...headers, "if-match": '"x"' } })).status, 412);
  }),
);

Deno.test(
  "documents are refused with the status of the service",
  withEmulator({ documents: [{ id: "1", pk: "a" }] }, async ({ items, raw, client }) => {
    assert.equal(await statusOf(items.items.create({ id: "1", pk: "a" })), "409");
    assert.equal(await statusOf(items.item("2", "a").replace({ id: "2", pk: "a" })), "404");
    assert.equal(await statusOf(items.item("2", "a").delete()), "404");
    assert.equal(await statusOf(items.item("1", "b").replace({ id: "1", pk: "a" })), "404");
    assert.equal(await statusOf(items.item("1", "a").replace({ id: "1", pk: "b" })), "400/1001");
    const headers = { "x-ms-documentdb-partitionkey": '["b"]' };
    const mismatch = await raw("POST", DOCS, { headers, body: { id: "3", pk: "a" } });
    assert.deepEqual([mismatch.status, mismatch.substatus], [400, 1001]);
    assert.equal((await raw("POST", DOCS, { headers, body: { pk: "b" } })).status, 400);
    assert.equal((await raw("POST", DOCS, { headers, body: [] })).status, 400);
    assert.equal((await raw("GET", `${DOCS}/1`)).status, 400);
    const nowhere = client.database("cosmig").container("Nowhere");
    assert.equal(await statusOf(nowhere.items.create({ id: "1", pk: "a" })), "404");
    const missing = await raw("GET", "/dbs/cosmig/colls/Nowhere/docs/1", { headers });
    assert.deepEqual([missing.status, missing.substatus], [404, 1003]);
    assert.equal(await statusOf(items.items.create({ id: "big", pk: "a", x: "x".repeat(2_100_000) })), "413");
  }),
);

Deno.test(
  "the same id lives in several partitions, and a missing key value is a partition of its own",
  withEmulator({}, async ({ items, emulator }) => {
    await items.items.create({ id: "1", pk: "a" });
    await items.items.create({ id: "1", pk: "b" });
    await items.items.create({ id: "1", pk: null });
    await items.items.create({ id: "1" });
    assert.equal(emulator.store.documents("Items").length, 4);
    assert.equal((await items.item("1", undefined).read()).statusCode, 200);
    assert.equal((await items.item("1", null as never).read()).resource?.pk, null);
  }),
);

Deno.test(
  "system properties in a body are ignored and written by the service",
  withEmulator({}, async ({ items }) => {
    const { resource } = await items.items.create(
      { id: "1", pk: "a", _etag: "mine", _ts: 1, _rid: "mine" },
    );
    assert.notEqual(resource?._etag, "mine");
    assert.ok((resource?._ts ?? 0) > 1_000_000_000);
    assert.equal(resource?._rid.length, 24);
  }),
);

Deno.test("documents expire by the test clock", async () => {
  await withEmulator(
    { clock: new ManualClock(), container: { defaultTtl: 10 } },
    async ({ items, emulator }) => {
      await items.items.create({ id: "default", pk: "a" });
      await items.items.create({ id: "own", pk: "a", ttl: 30 });
      await items.items.create({ id: "never", pk: "a", ttl: -1 });
      emulator.store.advanceClock(9_000);
      assert.equal((await items.item("default", "a").read()).statusCode, 200);
      emulator.store.advanceClock(1_000);
      assert.equal((await items.item("default", "a").read()).statusCode, 404);
      assert.equal((await items.items.create({ id: "default", pk: "a" })).statusCode, 201);
      emulator.store.advanceClock(25_000);
      const { resources } = await items.items.query("SELECT VALUE c.id FROM c", { partitionKey: "a" })
        .fetchAll();
      assert.deepEqual(resources, ["never"]);
      assert.equal(await statusOf(items.items.create({ id: "bad", pk: "a", ttl: 0 })), "400");
    },
  )();
});

Deno.test(
  "a write restarts the time to live",
  withEmulator({ clock: new ManualClock(), container: { defaultTtl: 10 } }, async ({ items, emulator }) => {
    await items.items.create({ id: "1", pk: "a" });
    emulator.store.advanceClock(8_000);
    await items.item("1", "a").patch({ operations: [{ op: "set", path: "/x", value: 1 }] });
    emulator.store.advanceClock(8_000);
    assert.equal((await items.item("1", "a").read()).statusCode, 200);
  }),
);

Deno.test(
  "unique keys hold within a logical partition",
  withEmulator({ container: { uniqueKeys: [["/email"], ["/first", "/last"]] } }, async ({ items }) => {
    await items.items.create({ id: "1", pk: "a", email: "x", first: "A", last: "B" });
    assert.equal(await statusOf(items.items.create({ id: "2", pk: "a", email: "x" })), "409");
    await items.items.create({ id: "2", pk: "b", email: "x" });
    await items.items.create({ id: "3", pk: "a", email: "y", first: "A", last: "C" });
    assert.equal(
      await statusOf(items.item("3", "a").replace({ id: "3", pk: "a", email: "y", first: "A", last: "B" })),
      "409",
    );
    assert.equal(
      (await items.item("1", "a").replace({ id: "1", pk: "a", email: "z", first: "A", last: "B" }))
        .statusCode,
      200,
    );
    await items.items.create({ id: "4", pk: "a", email: "x", first: "D" });
    await items.item("4", "a").delete();
    await items.items.create({ id: "5", pk: "a", email: "x", first: "D" });
  }),
);

Deno.test(
  "a batch that was rolled back leaves unique keys as they were",
  withEmulator({
    container: { uniqueKeys: [["/email"]] },
    documents: [{ id: "1", pk: "a", email: "x" }, { id: "2", pk: "a", email: "y" }],
  }, async ({ items }) => {
    const { code } = await items.items.batch([
      { operationType: "Upsert", resourceBody: { id: "1", pk: "a", email: "z" } },
      { operationType: "Delete", id: "2" },
      { operationType: "Delete", id: "none" },
    ], "a");
    assert.equal(code, 207);
    assert.equal(await statusOf(items.items.create({ id: "3", pk: "a", email: "x" })), "409");
    assert.equal(await statusOf(items.items.create({ id: "3", pk: "a", email: "y" })), "409");
    assert.equal((await items.items.create({ id: "3", pk: "a", email: "z" })).statusCode, 201);
  }),
);

Deno.test(
  "hierarchical partition keys take whole keys for documents and prefixes for queries",
  withEmulator({ container: { partitionKey: ["/tenant", "/user"] } }, async ({ items, emulator }) => {
    for (const [id, tenant, user] of [["1", "x", "u"], ["2", "x", "v"], ["3", "y", "u"], ["4", "xx", "u"]]) {
      await items.items.create({ id, tenant, user });
    }
    assert.equal((await items.item("1", ["x", "u"]).read()).resource?.id, "1");
    assert.equal((await items.item("1", ["x", "v"]).read()).statusCode, 404);
    assert.equal(await statusOf(items.item("1", ["x"]).delete()), "400");
    const { resources } = await items.items.query("SELECT VALUE c.id FROM c", { partitionKey: ["x"] })
      .fetchAll();
    assert.deepEqual(resources, ["1", "2"]);
    assert.equal(emulator.store.documents("Items").length, 4);
  }),
);
