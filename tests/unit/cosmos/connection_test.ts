import { createHmac } from "node:crypto";
import { Buffer } from "node:buffer";
import assert from "node:assert/strict";
import type { Database } from "@azure/cosmos";
import { CosmigError, CosmosError } from "../../../lib/base/errors.ts";
import {
  connectToFake,
  FAKE_ACCOUNT,
  FAKE_KEY,
  type FakeReply,
  type SeenRequest,
  startFakeGateway,
} from "./_fake_gateway.ts";

const RANGE = { id: "0", minInclusive: "", maxExclusive: "FF", parents: [] };
const WRITE = { kind: "create", partitionKey: ["a"], document: { id: "a" } } as const;
const ORDERS = { id: "orders", partitionKey: { paths: ["/p"], kind: "Hash", version: 2 } };

function error(status: number, substatus = 0): FakeReply {
  return { status, headers: { "x-ms-substatus": String(substatus) }, body: { message: "m" } };
}

Deno.test("writes outside the ledger are refused until a gate is set", async () => {
  await using fake = await startFakeGateway(() => ({ status: 200, body: [{ statusCode: 201 }] }));
  using connection = await connectToFake(fake);
  const write = () => connection.database.container("orders").write(RANGE, [WRITE]);
  await assert.rejects(write(), CosmigError);
  await assert.rejects((connection.sdkDatabase() as Database).container("orders").item("a", "a").delete());
  assert.equal(fake.seen.length, 1);
  connection.setWriteGate(() => {});
  await write();
  assert.equal(fake.seen.length, 2);
});

Deno.test("the gate is asked on each write and on no read, and its error is thrown as it is", async () => {
  await using fake = await startFakeGateway(({ headers }) =>
    headers["x-ms-documentdb-isquery"]
      ? { status: 200, body: { Documents: [] } }
      : { status: 200, body: { id: "a" } }
  );
  using connection = await connectToFake(fake);
  const lost = new Error("the lease was lost");
  connection.setWriteGate(() => {
    throw lost;
  });
  const container = connection.database.container("orders");
  await container.query({ range: RANGE, query: "q", maxItems: 1 });
  await container.read("a", { partitionKey: ["a"] });
  const sentBefore = fake.seen.length;
  const isLost = (thrown: unknown) => thrown === lost;
  await assert.rejects(container.write(RANGE, [WRITE]), isLost);
  await assert.rejects(connection.database.createContainer(ORDERS, { throughput: { kind: "none" } }), isLost);
  await assert.rejects(connection.database.replaceContainer(ORDERS, { ifMatch: "1" }), isLost);
  await assert.rejects(connection.database.deleteContainer("GkwGALdW5qs="), isLost);
  assert.equal(fake.seen.length, sentBefore);
  assert.equal(connection.unanswered, 0);
});

Deno.test("sdkDatabase() is behind the same gate on every attempt, and reads no account", async () => {
  let attempts = 0;
  await using fake = await startFakeGateway(({ method }) =>
    method === "DELETE" && attempts < 2 ? error(429) : { status: 204 }
  );
  using connection = await connectToFake(fake);
  connection.setWriteGate(() => void attempts++);
  const database = connection.sdkDatabase() as Database;
  await database.container("orders").item("a", "a").delete();
  assert.equal(attempts, 2);
  assert.deepEqual(fake.seen.map(({ method }) => method), ["GET", "DELETE", "DELETE"]);
  assert.deepEqual(connection.spent(), { requests: 3, charge: 3, throttled: 1 });
});

for (
  const [reply, unanswered] of [["drop", 1], ["truncate", 1], [error(408), 1], [error(503), 1], [
    error(429),
    0,
  ], [
    error(412),
    0,
  ], [error(410, 1002), 0]] as const
) {
  const name = typeof reply === "string" ? reply : reply.status;
  Deno.test(`unanswered is ${unanswered} after a write that ended with ${name}`, async () => {
    await using fake = await startFakeGateway(() => reply);
    using connection = await connectToFake(fake);
    connection.setWriteGate(() => {});
    await connection.database.container("orders").write(RANGE, [WRITE]).catch(() => {});
    assert.equal(connection.unanswered, unanswered);
  });
}

Deno.test("a write that nobody listens for certainly has no effect and does not count as unanswered", async () => {
  const closed = await startFakeGateway(() => error(500));
  await closed[Symbol.asyncDispose]();
  const account = {
    ...FAKE_ACCOUNT,
    writableLocations: [{ name: "r", databaseAccountEndpoint: closed.endpoint }],
  };
  await using fake = await startFakeGateway(() => error(500), account);
  using connection = await connectToFake(fake, { endpointDiscovery: "on" });
  connection.setWriteGate(() => {});
  assert.equal((await connection.ledger.create({ id: "lease" })).kind, "unavailable");
  await assert.rejects(
    connection.database.container("orders").write(RANGE, [WRITE]),
    (thrown) =>
      thrown instanceof CosmosError && thrown.status === 0 && thrown.failure.retryable &&
      !thrown.failure.ambiguous,
  );
  assert.equal(connection.unanswered, 0);
});

Deno.test("the ledger is behind no gate and has neither a low priority nor a bucket, documents have", async () => {
  await using fake = await startFakeGateway(() => ({ status: 200, body: [{ statusCode: 201 }] }));
  using connection = await connectToFake(fake, { priority: "low", throughputBucket: 3 });
  await connection.ledger.create({ id: "lease" });
  connection.setWriteGate(() => {});
  await connection.database.container("orders").write(RANGE, [WRITE]);
  const priorities = fake.seen.map(({ headers }) => headers["x-ms-cosmos-priority-level"]);
  assert.deepEqual(priorities, [undefined, undefined, "Low"]);
  const buckets = fake.seen.map(({ headers }) => headers["x-ms-cosmos-throughput-bucket"]);
  assert.deepEqual(buckets, [undefined, undefined, "3"]);
});

Deno.test("createContainer() takes a container that its own lost request created for its success", async () => {
  const replies: FakeReply[] = ["drop", error(409), { status: 200, body: { ...ORDERS, _rid: "r", _ts: 1 } }];
  await using fake = await startFakeGateway(() => replies.shift()!);
  using connection = await connectToFake(fake);
  connection.setWriteGate(() => {});
  const created = await connection.database.createContainer(ORDERS, {
    throughput: { kind: "autoscale", maxRuPerSecond: 1_000 },
  });
  assert.equal(created.rid, "r");
  assert.equal(fake.seen[1]?.headers["x-ms-cosmos-offer-autopilot-settings"], '{"maxThroughput":1000}');
});

Deno.test("createContainer() keeps the 409 when the container is another one, or was there before", async () => {
  const other = { ...ORDERS, partitionKey: { paths: ["/q"], kind: "Hash", version: 2 } };
  for (const replies of [["drop", error(409), { status: 200, body: other }], [error(409)]] as FakeReply[][]) {
    await using fake = await startFakeGateway(() => replies.shift()!);
    using connection = await connectToFake(fake);
    connection.setWriteGate(() => {});
    await assert.rejects(
      connection.database.createContainer(ORDERS, { throughput: { kind: "none" } }),
      (thrown) => thrown instanceof CosmosError && thrown.status === 409,
    );
    assert.equal(replies.length, 0);
  }
});

Deno.test("replaceContainer() reads back after a lost answer, and keeps the 412 of another change", async () => {
  const changed = { ...ORDERS, defaultTtl: 60 };
  for (const [found, isOurs] of [[changed, true], [{ ...ORDERS, defaultTtl: 61 }, false]] as const) {
    const replies: FakeReply[] = [error(503), error(412), { status: 200, body: found }];
    await using fake = await startFakeGateway(() => replies.shift()!);
    using connection = await connectToFake(fake);
    connection.setWriteGate(() => {});
    const replacing = connection.database.replaceContainer(changed, { ifMatch: '"1"' });
    if (isOurs) assert.equal((await replacing).id, "orders");
    else await assert.rejects(replacing, (thrown) => thrown instanceof CosmosError && thrown.status === 412);
  }
});

const RID = "GkwGALdW5qs=";

/** A database in which containers remain, and every delete is answered with 404. */
function deletesNothing(remaining: readonly unknown[]) {
  return ({ method, path }: SeenRequest): FakeReply => {
    if (method === "DELETE") return error(404);
    return {
      status: 200,
      body: path.endsWith("/colls") ? { DocumentCollections: remaining } : { id: "shop" },
    };
  };
}

Deno.test("deleteContainer() addresses and signs by identifier, and takes 404 for done", async () => {
  await using fake = await startFakeGateway(deletesNothing([{ ...ORDERS, _rid: "GkwGALdW5qt=" }]));
  using connection = await connectToFake(fake);
  connection.setWriteGate(() => {});
  await connection.database.deleteContainer(RID);
  const request = fake.seen[1]!;
  assert.equal(`${request.method} ${request.path}`, `DELETE /dbs/GkwGAA==/colls/${RID}`);
  assert.equal(request.headers["authorization"], signatureOf(request, RID.toLowerCase()));
});

Deno.test("deleteContainer() does not take the 404 of an endpoint that knows no identifiers for done", async () => {
  await using fake = await startFakeGateway(deletesNothing([{ ...ORDERS, _rid: RID }]));
  using connection = await connectToFake(fake);
  connection.setWriteGate(() => {});
  await assert.rejects(connection.database.deleteContainer(RID), /"orders" is still there/);
});

Deno.test("createContainer() says when the database is missing", async () => {
  await using fake = await startFakeGateway(() => error(404));
  using connection = await connectToFake(fake);
  connection.setWriteGate(() => {});
  await assert.rejects(
    connection.database.createContainer(ORDERS, { throughput: { kind: "none" } }),
    (thrown) => thrown instanceof CosmosError && thrown.details["missing"] === "database",
  );
});

Deno.test("ledgerContainer() is undefined when it is missing, and throws when the database is", async () => {
  for (const database of [200, 404]) {
    await using fake = await startFakeGateway(({ path }) =>
      path === "/dbs/shop" ? { status: database, body: { message: "m" } } : error(404, 1003)
    );
    using connection = await connectToFake(fake);
    const reading = connection.ledgerContainer();
    if (database === 200) assert.equal(await reading, undefined);
    else {
      await assert.rejects(
        reading,
        (thrown) => thrown instanceof CosmosError && thrown.details["missing"] === "database",
      );
    }
  }
});

Deno.test("createLedgerContainer() needs no gate and takes one that exists", async () => {
  const replies: FakeReply[] = [error(409), { status: 200, body: { ...ORDERS, id: "__migrations" } }];
  await using fake = await startFakeGateway(() => replies.shift()!);
  using connection = await connectToFake(fake);
  const created = await connection.createLedgerContainer({
    throughput: { kind: "manual", ruPerSecond: 400 },
  });
  assert.equal(created.id, "__migrations");
  assert.equal(fake.seen[1]?.headers["x-ms-offer-throughput"], "400");
  assert.deepEqual(JSON.parse(fake.seen[1]!.body).partitionKey, {
    paths: ["/scope"],
    kind: "Hash",
    version: 2,
  });
});

Deno.test("connect() uses the write region's endpoint only with discovery, and without a second account read", async () => {
  await using region = await startFakeGateway(() => ({ status: 200, body: { id: "lease" } }));
  const account = {
    ...FAKE_ACCOUNT,
    writableLocations: [{ name: "r", databaseAccountEndpoint: region.endpoint }],
    readableLocations: [{ name: "r", databaseAccountEndpoint: region.endpoint }],
  };
  for (const [endpointDiscovery, seenByRegion] of [["auto", 0], ["off", 0], ["on", 1]] as const) {
    await using fake = await startFakeGateway(() => ({ status: 200, body: { id: "lease" } }), account);
    using connection = await connectToFake(fake, { endpointDiscovery });
    await connection.ledger.read("lease");
    assert.equal(region.seen.length, seenByRegion, endpointDiscovery);
    assert.equal(fake.seen.length, 2 - seenByRegion, endpointDiscovery);
  }
});

Deno.test("sdkDatabase() reads in the preferred region and writes in the write region", async () => {
  await using near = await startFakeGateway(() => ({ status: 200, body: { id: "a" } }));
  await using far = await startFakeGateway(() => ({ status: 200, body: { id: "a" } }));
  const at = (name: string, databaseAccountEndpoint: string) => ({ name, databaseAccountEndpoint });
  const account = {
    ...FAKE_ACCOUNT,
    writableLocations: [at("far", far.endpoint)],
    readableLocations: [at("far", far.endpoint), at("near", near.endpoint)],
  };
  await using fake = await startFakeGateway(() => error(500), account);
  using connection = await connectToFake(fake, { endpointDiscovery: "on", preferredRegion: "near" });
  connection.setWriteGate(() => {});
  const container = (connection.sdkDatabase() as Database).container("orders");
  await container.item("a", "a").read();
  await container.item("a", "a").delete();
  assert.deepEqual([fake, near, far].map(({ seen }) => seen.map(({ method }) => method)), [
    ["GET"],
    ["GET"],
    ["DELETE"],
  ]);
  await connection.database.container("orders").read("a", { partitionKey: ["a"] });
  assert.equal(far.seen.length, 2);
});

Deno.test("a closed connection sends nothing any more", async () => {
  await using fake = await startFakeGateway(() => ({ status: 200, body: { id: "lease" } }));
  using connection = await connectToFake(fake);
  connection.close();
  await assert.rejects(connection.ledger.read("lease"), CosmigError);
  assert.equal(fake.seen.length, 1);
});

function signatureOf({ method, headers }: SeenRequest, link: string): string {
  const text = `${method.toLowerCase()}\ncolls\n${link}\n${headers["x-ms-date"]!.toLowerCase()}\n\n`;
  const signature = createHmac("sha256", Buffer.from(FAKE_KEY, "base64")).update(text).digest("base64");
  return encodeURIComponent(`type=master&ver=1.0&sig=${signature}`);
}
