import assert from "node:assert/strict";
import { CosmosError } from "../../../lib/base/errors.ts";
import type { DocumentWrite, PartitionKeyRange } from "../../../lib/cosmos/port.ts";
import { connectToFake, type FakeReply, manualClock, startFakeGateway } from "./_fake_gateway.ts";

const RANGE: PartitionKeyRange = { id: "3", minInclusive: "", maxExclusive: "FF", parents: [] };
const DOCUMENTS = "/dbs/shop/colls/orders/docs";

function error(status: number, substatus = 0): FakeReply {
  return { status, headers: { "x-ms-substatus": String(substatus) }, body: { message: "m" } };
}

Deno.test("query() is one request a page, pinned to the range, without a query plan", async () => {
  await using fake = await startFakeGateway(() => ({
    status: 200,
    body: { Documents: [{ id: "a" }] },
    headers: { "x-ms-continuation": "more", "x-ms-request-charge": "2.5" },
  }));
  using connection = await connectToFake(fake);
  const page = await connection.database.container("orders").query({
    range: RANGE,
    query: "SELECT c.id FROM c WHERE c.v = @v",
    parameters: { v: 1 },
    continuation: "begin",
    maxItems: 25,
    bounds: { minInclusive: "05", maxExclusive: "0A" },
  });
  assert.deepEqual(page, { rows: [{ id: "a" }], continuation: "more", charge: 2.5 });
  assert.equal(fake.seen.length, 2);
  const { method, path, headers, body } = fake.seen[1]!;
  assert.equal(`${method} ${path}`, `POST ${DOCUMENTS}`);
  assert.deepEqual(JSON.parse(body), {
    query: "SELECT c.id FROM c WHERE c.v = @v",
    parameters: [{ name: "@v", value: 1 }],
  });
  assert.deepEqual(
    [
      "x-ms-documentdb-partitionkeyrangeid",
      "x-ms-start-epk",
      "x-ms-end-epk",
      "x-ms-read-key-type",
      "x-ms-continuation",
      "x-ms-max-item-count",
      "x-ms-documentdb-isquery",
    ].map((name) => headers[name]),
    ["3", "05", "0A", "EffectivePartitionKeyRange", "begin", "25", "true"],
  );
});

for (const status of [410, 429, 503]) {
  Deno.test(`query() sends one request and throws when the answer is ${status}`, async () => {
    await using fake = await startFakeGateway(() => error(status, status === 410 ? 1002 : 0));
    using connection = await connectToFake(fake);
    const query = connection.database.container("orders").query({ range: RANGE, query: "q", maxItems: 1 });
    await assert.rejects(query, (thrown) => thrown instanceof CosmosError && thrown.status === status);
    assert.equal(fake.seen.length, 2);
  });
}

const WRITES: readonly DocumentWrite[] = [
  { kind: "create", partitionKey: ["é"], document: { id: "a/b#c?\\d" } },
  { kind: "upsert", partitionKey: [undefined], document: { id: "b" } },
  { kind: "replace", partitionKey: [null], id: "c", document: { id: "c" }, ifMatch: '"1"' },
  {
    kind: "patch",
    partitionKey: ["t", 5],
    id: "d",
    ifMatch: '"2"',
    operations: [{ op: "set", path: "/v", value: 1 }],
    condition: "FROM c WHERE c.v = 0",
  },
  { kind: "delete", partitionKey: [true], id: "e/f", ifMatch: '"3"' },
];

Deno.test("write() is one bulk request that is not atomic, with a result for each write", async () => {
  await using fake = await startFakeGateway(() => ({
    status: 207,
    body: [
      { statusCode: 201, eTag: '"n"', requestCharge: 6 },
      { statusCode: 429, subStatusCode: 3200, requestCharge: 0.4, retryAfterMilliseconds: 12 },
      { statusCode: 412 },
      { statusCode: 404 },
      { statusCode: 204 },
    ],
  }));
  using connection = await connectToFake(fake);
  connection.setWriteGate(() => {});
  const results = await connection.database.container("orders").write(RANGE, WRITES);
  assert.deepEqual(results.map(({ status }) => status), [201, 429, 412, 404, 204]);
  assert.deepEqual(results.slice(0, 2), [
    { status: 201, substatus: 0, etag: '"n"', charge: 6, retryAfterMs: undefined, message: undefined },
    { status: 429, substatus: 3200, etag: undefined, charge: 0.4, retryAfterMs: 12, message: undefined },
  ]);
  assert.equal(fake.seen.length, 2);
  const { method, path, headers, body } = fake.seen[1]!;
  assert.equal(`${method} ${path}`, `POST ${DOCUMENTS}`);
  assert.deepEqual(
    [
      "x-ms-documentdb-partitionkeyrangeid",
      "x-ms-cosmos-is-batch-request",
      "x-ms-cosmos-batch-atomic",
      "x-ms-cosmos-batch-continue-on-error",
      "prefer",
    ].map((name) => headers[name]),
    ["3", "true", "false", "true", "return=minimal"],
  );
  assert.deepEqual(JSON.parse(body), [
    { operationType: "Create", resourceBody: { id: "a/b#c?\\d" }, partitionKey: '["é"]' },
    { operationType: "Upsert", resourceBody: { id: "b" }, partitionKey: "[{}]" },
    { operationType: "Replace", id: "c", ifMatch: '"1"', resourceBody: { id: "c" }, partitionKey: "[null]" },
    {
      operationType: "Patch",
      id: "d",
      ifMatch: '"2"',
      resourceBody: {
        operations: [{ op: "set", path: "/v", value: 1 }],
        condition: "FROM c WHERE c.v = 0",
      },
      partitionKey: '["t",5]',
    },
    { operationType: "Delete", id: "e/f", ifMatch: '"3"', partitionKey: "[true]" },
  ]);
});

for (const reply of ["drop", "hang", "truncate", { status: 200, body: "[]" }] as const) {
  const name = typeof reply === "string" ? reply : "an answer to something else";
  Deno.test(`write() reports every write as lost (status 0) after ${name}`, async () => {
    const clock = manualClock();
    await using fake = await startFakeGateway(() => {
      if (reply === "hang") queueMicrotask(clock.expire);
      return reply;
    });
    using connection = await connectToFake(fake, { clock });
    connection.setWriteGate(() => {});
    const results = await connection.database.container("orders").write(RANGE, WRITES);
    assert.deepEqual(results.map(({ status }) => status), [0, 0, 0, 0, 0]);
    assert.equal(fake.seen.length, 2);
  });
}

Deno.test("write() throws the failure of the whole request", async () => {
  await using fake = await startFakeGateway(() => error(410, 1002));
  using connection = await connectToFake(fake);
  connection.setWriteGate(() => {});
  await assert.rejects(
    connection.database.container("orders").write(RANGE, WRITES),
    (thrown) => thrown instanceof CosmosError && thrown.status === 410 && thrown.failure.substatus === 1002,
  );
});

Deno.test("write() without writes sends nothing", async () => {
  await using fake = await startFakeGateway(() => error(500));
  using connection = await connectToFake(fake);
  assert.deepEqual(await connection.database.container("orders").write(RANGE, []), []);
  assert.equal(fake.seen.length, 1);
});

Deno.test("read() retries what passes, and gives undefined for a document that does not exist", async () => {
  const replies: FakeReply[] = [error(429), error(503), error(449), "drop", error(404)];
  await using fake = await startFakeGateway(() => replies.shift()!);
  using connection = await connectToFake(fake);
  const document = await connection.database.container("orders").read("a b", { partitionKey: ["ü"] });
  assert.equal(document, undefined);
  assert.equal(fake.seen.length, 6);
  assert.equal(fake.seen[1]?.path, `${DOCUMENTS}/a%20b`);
  assert.equal(fake.seen[1]?.headers["x-ms-documentdb-partitionkey"], '["\\u00fc"]');
});

Deno.test("read() finds a document whose id cannot be part of a URL", async () => {
  const replies: FakeReply[] = [
    { status: 200, body: { Documents: [] }, headers: { "x-ms-continuation": "more" } },
    { status: 200, body: { Documents: [{ id: "a/b" }] } },
  ];
  await using fake = await startFakeGateway(() => replies.shift()!);
  using connection = await connectToFake(fake);
  const document = await connection.database.container("orders").read("a/b", { partitionKey: ["p"] });
  assert.deepEqual(document, { id: "a/b" });
  assert.equal(fake.seen[1]?.headers["x-ms-documentdb-partitionkey"], '["p"]');
  assert.equal(fake.seen.length, 3);
});

Deno.test("properties() says which resource is missing", async () => {
  await using fake = await startFakeGateway(({ path }) =>
    path === "/dbs/shop" ? { status: 200, body: { id: "shop" } } : error(404)
  );
  using connection = await connectToFake(fake);
  await assert.rejects(
    connection.database.container("orders").properties(),
    (thrown) => thrown instanceof CosmosError && thrown.details["missing"] === "container",
  );
});

Deno.test("ranges() follows continuations and gives the parents", async () => {
  const replies: FakeReply[] = [
    {
      status: 200,
      body: {
        PartitionKeyRanges: [{ id: "1", minInclusive: "", maxExclusive: "1F", parents: ["0"], _rid: "x" }],
      },
      headers: { "x-ms-continuation": "more" },
    },
    { status: 200, body: { PartitionKeyRanges: [{ id: "2", minInclusive: "1F", maxExclusive: "FF" }] } },
  ];
  await using fake = await startFakeGateway(() => replies.shift()!);
  using connection = await connectToFake(fake);
  assert.deepEqual(await connection.database.container("orders").ranges(), [
    { id: "1", minInclusive: "", maxExclusive: "1F", parents: ["0"] },
    { id: "2", minInclusive: "1F", maxExclusive: "FF", parents: [] },
  ]);
});

Deno.test("rangeOf() reads the definition once, and again after the ranges were read again", async () => {
  const ranges = [
    { ...RANGE, id: "0", maxExclusive: "1F" },
    { ...RANGE, id: "1", minInclusive: "1F" },
  ];
  await using fake = await startFakeGateway(({ path }) =>
    path.endsWith("pkranges")
      ? { status: 200, body: { PartitionKeyRanges: ranges } }
      : { status: 200, body: { id: "orders", partitionKey: { paths: ["/p"], version: 2 } } }
  );
  using connection = await connectToFake(fake);
  const container = connection.database.container("orders");
  const places = await Promise.all(["a", "b", "c", "d", "e"].map((key) => container.rangeOf([key], ranges)));
  assert.deepEqual([...new Set(places.map(({ id }) => id))].sort(), ["0", "1"]);
  assert.equal(fake.seen.length, 2);
  await container.rangeOf(["a"], await container.ranges());
  assert.equal(fake.seen.length, 4);
});

Deno.test("a request that its caller aborts throws the reason and counts as unanswered only if it was sent", async () => {
  await using fake = await startFakeGateway(() => {
    queueMicrotask(() => controller.abort(reason));
    return "hang";
  });
  const reason = new Error("stop");
  const controller = new AbortController();
  using connection = await connectToFake(fake);
  connection.setWriteGate(() => {});
  const container = connection.database.container("orders");
  const isReason = (thrown: unknown) => thrown === reason;
  await assert.rejects(container.write(RANGE, WRITES, { signal: AbortSignal.abort(reason) }), isReason);
  assert.equal(connection.unanswered, 0);
  await assert.rejects(container.write(RANGE, WRITES, { signal: controller.signal }), isReason);
  assert.equal(connection.unanswered, 1);
});
