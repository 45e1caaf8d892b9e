import assert from "node:assert/strict";
import { ManualClock, statusOf, withEmulator } from "./_harness.ts";

Deno.test(
  "databases and containers are created, listed, read and deleted through the SDK",
  withEmulator({}, async ({ client }) => {
    const { database } = await client.databases.createIfNotExists({ id: "other" });
    assert.equal(await statusOf(client.databases.create({ id: "other" })), "409");
    await database.containers.createIfNotExists({ id: "c", partitionKey: { paths: ["/a"] } });
    assert.equal(
      await statusOf(database.containers.create({ id: "c", partitionKey: { paths: ["/a"] } })),
      "409",
    );
    assert.deepEqual((await client.databases.readAll().fetchAll()).resources.map(({ id }) => id), [
      "cosmig",
      "other",
    ]);
    const query = {
      query: "SELECT VALUE d.id FROM d WHERE d.id = @id",
      parameters: [{ name: "@id", value: "other" }],
    };
    assert.deepEqual((await client.databases.query(query).fetchAll()).resources, ["other"]);
    assert.deepEqual((await database.containers.readAll().fetchAll()).resources.map(({ id }) => id), ["c"]);
    await database.container("c").delete();
    assert.equal(await statusOf(database.container("c").read()), "404");
    await database.delete();
    assert.equal(await statusOf(database.read()), "404");
    assert.equal(await statusOf(database.containers.create({ id: "c" })), "404/1003");
  }),
);

Deno.test(
  "a container keeps its definition and gets the defaults of the service",
  withEmulator({}, async ({ client }) => {
    const { containers } = client.database("cosmig");
    const { resource } = await containers.create({
      id: "c",
      partitionKey: { paths: ["/a"], version: 2 },
      defaultTtl: 5,
      uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/x"] }] },
    });
    assert.deepEqual(resource?.partitionKey, { paths: ["/a"], kind: "Hash", version: 2 });
    assert.equal(resource?.defaultTtl, 5);
    assert.deepEqual(resource?.indexingPolicy?.includedPaths, [{ path: "/*" }]);
    assert.equal(
      atob(String((await client.database("cosmig").container("c").read()).resource?._rid)).length,
      8,
    );
  }),
);

Deno.test(
  "a container is replaced under its ETag only, and never its key",
  withEmulator({}, async ({ items, emulator }) => {
    const { resource } = await items.read();
    const { etag } = await items.replace({ ...resource!, defaultTtl: 10 });
    const stale = { accessCondition: { type: "IfMatch", condition: resource!._etag } };
    assert.equal(await statusOf(items.replace({ ...resource!, defaultTtl: 20 }, stale)), "412");
    assert.equal(emulator.store.settings("Items").defaultTtl, 10);
    const current = { accessCondition: { type: "IfMatch", condition: etag } };
    await items.replace({ ...resource!, defaultTtl: 20 }, current);
    assert.equal(emulator.store.settings("Items").defaultTtl, 20);
    assert.equal(await statusOf(items.replace({ ...resource!, partitionKey: { paths: ["/other"] } })), "400");
    assert.equal(
      await statusOf(items.replace({ ...resource!, uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/x"] }] } })),
      "400",
    );
    assert.equal(await statusOf(items.delete(stale)), "412");
  }),
);

Deno.test(
  "a container is found by its _rid, and a container of the same name that came later is not",
  withEmulator({ documents: [{ id: "1", pk: "a" }] }, async ({ client, items, raw }) => {
    const rid = String((await items.read()).resource?._rid);
    const databaseRid = String((await client.database("cosmig").read()).resource?._rid);
    const path = `/dbs/${encodeURIComponent(databaseRid)}/colls/${encodeURIComponent(rid)}`;
    assert.equal((await raw("GET", path)).json.id, "Items");
    await items.delete();
    await client.database("cosmig").containers.create({ id: "Items", partitionKey: { paths: ["/pk"] } });
    assert.equal((await raw("DELETE", path)).status, 404);
    assert.notEqual((await items.read()).resource?._rid, rid);
    const now = encodeURIComponent(String((await items.read()).resource?._rid));
    assert.equal((await raw("DELETE", `/dbs/cosmig/colls/${now}`)).status, 204);
    assert.equal(await statusOf(items.read()), "404");
  }),
);

Deno.test(
  "definitions that are wrong are refused with 400",
  withEmulator({}, async ({ raw }) => {
    const status = async (body: unknown) => (await raw("POST", "/dbs/cosmig/colls", { body })).status;
    assert.equal(await status({ id: "c" }), 400);
    assert.equal(await status({ id: "c", partitionKey: { paths: [] } }), 400);
    assert.equal(await status({ id: "c", partitionKey: { paths: ["a"] } }), 400);
    assert.equal(await status({ id: "c", partitionKey: { paths: ["/a", "/b"] } }), 400);
    assert.equal(await status({ id: "a/b", partitionKey: { paths: ["/a"] } }), 400);
    assert.equal(await status({ id: "c", partitionKey: { paths: ["/a"] }, defaultTtl: 0 }), 400);
    assert.equal(
      await status({ id: "c", partitionKey: { paths: ["/a"] }, indexingPolicy: { indexingMode: "x" } }),
      400,
    );
    assert.equal(await status("{"), 400);
  }),
);

Deno.test(
  "throughput is read and replaced as an offer",
  withEmulator({}, async ({ client, items }) => {
    const { resource, offer } = await items.readOffer();
    assert.equal(resource?.content?.offerThroughput, 400);
    await offer?.replace({ ...resource!, content: { ...resource!.content!, offerThroughput: 900 } });
    assert.equal((await items.readOffer()).resource?.content?.offerThroughput, 900);
    assert.equal(
      await statusOf(
        offer!.replace({ ...resource!, content: { ...resource!.content!, offerThroughput: 150 } }),
      ),
      "400",
    );
    const { container } = await client.database("cosmig").containers.create({
      id: "auto",
      partitionKey: { paths: ["/a"] },
      maxThroughput: 4_000,
    });
    const auto = (await container.readOffer()).resource;
    assert.equal(auto?.content?.offerAutopilotSettings?.maxThroughput, 4_000);
  }),
);

Deno.test(
  "containers share the throughput of their database, and serverless accounts have none",
  async () => {
    await withEmulator({}, async ({ client }) => {
      const { database } = await client.databases.create({ id: "shared", throughput: 500 });
      const { container } = await database.containers.create({ id: "c", partitionKey: { paths: ["/a"] } });
      assert.equal((await container.readOffer()).resource, undefined);
      assert.equal((await database.readOffer()).resource?.content?.offerThroughput, 500);
    })();
    await withEmulator({ serverless: true }, async ({ client, items }) => {
      assert.equal((await items.readOffer()).resource, undefined);
      const definition = { id: "c", partitionKey: { paths: ["/a"] }, throughput: 400 };
      assert.equal(await statusOf(client.database("cosmig").containers.create(definition)), "400");
    })();
  },
);

Deno.test("a change of the indexing policy takes time on the test clock", async () => {
  await withEmulator(
    { clock: new ManualClock(), indexTransformationMs: 10_000 },
    async ({ items, emulator }) => {
      const progress = async () =>
        (await items.read({ populateQuotaInfo: true }))
          .headers["x-ms-documentdb-collection-index-transformation-progress"];
      assert.equal(await progress(), "100");
      const { resource } = await items.read();
      await items.replace({ ...resource!, defaultTtl: 10 });
      assert.equal(await progress(), "100");
      await items.replace({ ...resource!, indexingPolicy: { excludedPaths: [{ path: "/x/*" }] } });
      assert.equal(await progress(), "0");
      emulator.store.advanceClock(2_500);
      assert.equal(await progress(), "25");
      emulator.store.advanceClock(7_500);
      assert.equal(await progress(), "100");
    },
  )();
});

Deno.test(
  "scripts are kept and returned under their ETags",
  withEmulator({}, async ({ items }) => {
    const { storedProcedures, triggers, userDefinedFunctions } = items.scripts;
    await storedProcedures.create({ id: "p", body: "function () {}" });
    await triggers.create({
      id: "p",
      body: "function () {}",
      triggerType: "Pre" as never,
      triggerOperation: "All" as never,
    });
    await userDefinedFunctions.create({ id: "p", body: "function () {}" });
    assert.equal(await statusOf(storedProcedures.create({ id: "p", body: "x" })), "409");
    const { resource } = await items.scripts.storedProcedure("p").replace({
      id: "p",
      body: "function () { return 1; }",
    });
    assert.match(String(resource?.body), /return 1/);
    assert.equal((await triggers.readAll().fetchAll()).resources.length, 1);
    await items.scripts.trigger("p").delete();
    assert.equal(await statusOf(items.scripts.trigger("p").read()), "404");
    assert.equal((await items.scripts.userDefinedFunction("p").read()).resource?.id, "p");
  }),
);
