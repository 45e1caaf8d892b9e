import assert from "node:assert/strict";
import { CosmosError } from "../../../lib/base/errors.ts";
import {
  connectToFake,
  FAKE_ACCOUNT,
  type FakeReply,
  manualClock,
  type SeenRequest,
  startFakeGateway,
} from "./_fake_gateway.ts";

const STORED = { id: "lease", _etag: '"1"', _ts: 1, scope: "default" };
const DOCUMENTS = "/dbs/shop/colls/__migrations/docs";

Deno.test("connect() sends one request, and a ledger read exactly one more", async () => {
  await using fake = await startFakeGateway(() => ({ status: 200, body: STORED }));
  using connection = await connectToFake(fake);
  assert.deepEqual(fake.seen.map(({ path }) => path), ["/"]);
  const reply = await connection.ledger.read("lease");
  assert.equal(reply.kind, "ok");
  assert.deepEqual(fake.seen.map(({ method, path }) => `${method} ${path}`), [
    "GET /",
    `GET ${DOCUMENTS}/lease`,
  ]);
});

Deno.test("connect() takes its facts from the account's answer", async () => {
  await using fake = await startFakeGateway(() => ({ status: 200 }));
  using connection = await connectToFake(fake);
  const { clockOffsetMs, ...facts } = connection.account;
  assert.equal(clockOffsetMs, 0);
  assert.deepEqual(facts, {
    writeRegion: "West Europe",
    defaultConsistency: "Session",
    multipleWriteLocations: false,
  });
});

Deno.test("connect() measures the distance of the clocks by the account's answer", async () => {
  for (const distanceMs of [-3_600_000, 3_600_000]) {
    await using fake = await startFakeGateway(
      () => ({
        status: 200,
        body: FAKE_ACCOUNT,
        headers: { date: new Date(Date.now() + distanceMs).toUTCString() },
      }),
      null,
    );
    using connection = await connectToFake(fake);
    const { clockOffsetMs = 0 } = connection.account;
    assert.ok(Math.abs(clockOffsetMs - distanceMs) < 10_000, `${clockOffsetMs}`);
  }
});

Deno.test("read() gives the server's time from the Date header", async () => {
  const date = "Mon, 02 Mar 2026 10:00:00 GMT";
  await using fake = await startFakeGateway(() => ({ status: 200, body: STORED, headers: { date } }));
  using connection = await connectToFake(fake);
  const reply = await connection.ledger.read("lease");
  assert.equal(reply.kind === "ok" ? reply.value.serverTimeMs : undefined, Date.parse(date));
});

Deno.test("create() adds scope and ttl, and is one request in the logical partition", async () => {
  await using fake = await startFakeGateway(() => ({ status: 201, body: STORED }));
  using connection = await connectToFake(fake);
  await connection.ledger.create({ id: "lease", value: 1 });
  const [, request] = fake.seen;
  assert.equal(fake.seen.length, 2);
  assert.deepEqual(JSON.parse(request!.body), { id: "lease", value: 1, scope: "default", ttl: -1 });
  assert.equal(request!.headers["x-ms-documentdb-partitionkey"], '["default"]');
});

Deno.test("replace() sends If-Match", async () => {
  await using fake = await startFakeGateway(() => ({ status: 200, body: STORED }));
  using connection = await connectToFake(fake);
  await connection.ledger.replace({ id: "lease" }, { ifMatch: '"7"' });
  const request = fake.seen[1]!;
  assert.equal(`${request.method} ${request.path}`, `PUT ${DOCUMENTS}/lease`);
  assert.equal(request.headers["if-match"], '"7"');
});

Deno.test("batch() is one atomic request and gives the new ETags in order", async () => {
  await using fake = await startFakeGateway(() => ({
    status: 200,
    body: [{ statusCode: 200, eTag: '"a"' }, { statusCode: 201, eTag: '"b"' }, { statusCode: 204 }],
  }));
  using connection = await connectToFake(fake);
  const reply = await connection.ledger.batch([
    { kind: "replace", document: { id: "lease" }, ifMatch: '"7"' },
    { kind: "upsert", document: { id: "x" } },
    { kind: "delete", id: "y" },
  ]);
  assert.deepEqual(reply, { kind: "ok", value: ['"a"', '"b"', ""], charge: 1 });
  const request = fake.seen[1]!;
  assert.equal(fake.seen.length, 2);
  assert.equal(request.headers["x-ms-cosmos-batch-atomic"], "true");
  assert.deepEqual(JSON.parse(request.body), [
    {
      operationType: "Replace",
      id: "lease",
      ifMatch: '"7"',
      resourceBody: { id: "lease", scope: "default", ttl: -1 },
    },
    { operationType: "Upsert", resourceBody: { id: "x", scope: "default", ttl: -1 } },
    { operationType: "Delete", id: "y" },
  ]);
});

Deno.test("list() is one request a page, without a query plan", async () => {
  const pages: FakeReply[] = [
    { status: 200, body: { Documents: [{ id: "m:1" }] }, headers: { "x-ms-continuation": "next" } },
    { status: 200, body: { Documents: [{ id: "m:2" }] } },
  ];
  await using fake = await startFakeGateway(() => pages.shift()!);
  using connection = await connectToFake(fake);
  const reply = await connection.ledger.list("m:");
  assert.deepEqual(reply.kind === "ok" && [reply.value.map(({ id }) => id), reply.charge], [
    ["m:1", "m:2"],
    2,
  ]);
  assert.equal(fake.seen.length, 3);
  const [, first, second] = fake.seen;
  assert.equal(first!.headers["x-ms-documentdb-isquery"], "true");
  assert.equal(first!.headers["x-ms-documentdb-partitionkey"], '["default"]');
  assert.deepEqual([first!.headers["x-ms-continuation"], second!.headers["x-ms-continuation"]], [
    undefined,
    "next",
  ]);
});

Deno.test("read() sends the session token of the answers before, also of a refusal", async () => {
  const headers = (lsn: number) => ({
    "x-ms-session-token": `0:-1#${lsn}`,
    "x-ms-content-path": "GkwGALdW5qs=",
    "x-ms-alt-content-path": "dbs/shop/colls/__migrations",
  });
  const replies: FakeReply[] = [
    { status: 201, body: STORED, headers: headers(5) },
    { status: 412, body: { message: "no" }, headers: headers(9) },
    { status: 200, body: STORED },
  ];
  await using fake = await startFakeGateway(() => replies.shift()!);
  using connection = await connectToFake(fake);
  await connection.ledger.create({ id: "lease" });
  await connection.ledger.replace({ id: "lease" }, { ifMatch: '"0"' });
  await connection.ledger.read("lease");
  const tokens = fake.seen.map(({ headers }) => headers["x-ms-session-token"]);
  assert.deepEqual(tokens, [undefined, undefined, "0:-1#5", "0:-1#9"]);
});

for (
  const [consistency, header] of [["Session", "Session"], ["Eventual", undefined], [
    "ConsistentPrefix",
    undefined,
  ], [
    "BoundedStaleness",
    undefined,
  ], ["Strong", undefined]] as const
) {
  Deno.test(`read() asks an account with ${consistency} consistency for ${header ?? "its own"}`, async () => {
    const account = {
      writableLocations: [{ name: "r", databaseAccountEndpoint: "http://127.0.0.1:1/" }],
      userConsistencyPolicy: { defaultConsistencyLevel: consistency },
    };
    await using fake = await startFakeGateway(() => ({ status: 200, body: STORED }), account);
    using connection = await connectToFake(fake);
    await connection.ledger.read("lease");
    assert.equal(fake.seen[1]?.headers["x-ms-consistency-level"], header);
  });
}

Deno.test("read() calls beforeSend after signing, last before the socket, and sends nothing when it throws", async () => {
  await using fake = await startFakeGateway(() => ({ status: 200, body: STORED }));
  using connection = await connectToFake(fake);
  const refusal = new Error("the lease is over");
  const refused = connection.ledger.replace({ id: "lease" }, {
    ifMatch: '"1"',
    beforeSend: () => {
      throw refusal;
    },
  });
  await assert.rejects(refused, (error) => error === refusal);
  assert.equal(fake.seen.length, 1);
});

interface Case {
  readonly reply: FakeReply;
  readonly read: string;
  readonly write: string;
}

function error(status: number, substatus = 0, headers: Record<string, string> = {}): FakeReply {
  return { status, headers: { "x-ms-substatus": String(substatus), ...headers }, body: { message: "m" } };
}

const CASES: readonly Case[] = [
  { reply: "drop", read: "unavailable", write: "ambiguous" },
  { reply: "hang", read: "unavailable", write: "ambiguous" },
  { reply: "truncate", read: "unavailable", write: "ambiguous" },
  { reply: { status: 200, body: "<html>" }, read: "unavailable", write: "ambiguous" },
  { reply: error(404), read: "not-found", write: "not-found" },
  { reply: error(404, 1002), read: "unavailable", write: "unavailable" },
  { reply: error(409), read: "conflict", write: "conflict" },
  { reply: error(412), read: "precondition-failed", write: "precondition-failed" },
  { reply: error(429, 3200, { "x-ms-retry-after-ms": "40" }), read: "unavailable", write: "unavailable" },
  { reply: error(449), read: "unavailable", write: "unavailable" },
  { reply: error(410, 1002), read: "unavailable", write: "unavailable" },
  { reply: error(410, 0), read: "unavailable", write: "ambiguous" },
  { reply: error(403, 3), read: "unavailable", write: "unavailable" },
  { reply: error(408), read: "unavailable", write: "ambiguous" },
  { reply: error(500), read: "unavailable", write: "ambiguous" },
  { reply: error(503), read: "unavailable", write: "ambiguous" },
  { reply: { status: 502, body: "<html>bad gateway</html>" }, read: "unavailable", write: "ambiguous" },
  { reply: { status: 503 }, read: "unavailable", write: "ambiguous" },
  { reply: error(400), read: "thrown 400", write: "thrown 400" },
  { reply: error(401), read: "thrown 401", write: "thrown 401" },
  { reply: error(403, 5300), read: "thrown 403", write: "thrown 403" },
  { reply: error(413), read: "thrown 413", write: "thrown 413" },
];

for (const { reply, read, write } of CASES) {
  const name = typeof reply === "string"
    ? reply
    : `${reply.status}/${reply.headers?.["x-ms-substatus"] ?? "-"}`;
  Deno.test(`a ledger request answered with ${name} is "${read}" for a read and "${write}" for a write`, async () => {
    const clock = manualClock();
    await using fake = await startFakeGateway(() => {
      if (reply === "hang") queueMicrotask(clock.expire);
      return reply;
    });
    using connection = await connectToFake(fake, { clock });
    const { ledger } = connection;
    assert.equal(await kindOf(() => ledger.read("a")), read);
    assert.equal(await kindOf(() => ledger.list("a")), read);
    assert.equal(await kindOf(() => ledger.create({ id: "a" })), write);
    assert.equal(await kindOf(() => ledger.replace({ id: "a" }, { ifMatch: '"1"' })), write);
    assert.equal(await kindOf(() => ledger.batch([{ kind: "delete", id: "a" }])), write);
    assert.equal(fake.seen.length, 6, "one request each");
  });
}

for (
  const [statuses, expected] of [
    [[424, 412], "precondition-failed"],
    [[409, 424], "conflict"],
    [[424, 404], "not-found"],
    [[424, 429], "unavailable"],
    [[424, 449], "unavailable"],
    [[424, 500], "ambiguous"],
    [[424, 408], "ambiguous"],
    [[424, 424], "ambiguous"],
    [[424, 413], "thrown 413"],
    [[400, 424], "thrown 400"],
  ] as const
) {
  Deno.test(`batch() of which the operations fail with ${statuses} is "${expected}"`, async () => {
    const body = statuses.map((statusCode) => ({ statusCode }));
    await using fake = await startFakeGateway(() => ({ status: 207, body }));
    using connection = await connectToFake(fake);
    const batch = () => connection.ledger.batch([{ kind: "delete", id: "a" }, { kind: "delete", id: "b" }]);
    assert.equal(await kindOf(batch), expected);
  });
}

Deno.test("a throttled ledger request tells how long to wait", async () => {
  await using fake = await startFakeGateway(() => error(429, 3200, { "x-ms-retry-after-ms": "40" }));
  using connection = await connectToFake(fake);
  const reply = await connection.ledger.create({ id: "a" });
  assert.equal(reply.kind === "unavailable" ? reply.retryAfterMs : undefined, 40);
  assert.deepEqual(connection.spent(), { requests: 2, charge: 2, throttled: 1 });
});

for (const missing of ["container", "database"] as const) {
  Deno.test(`a ledger request says when the ${missing} is missing`, async () => {
    const handler = ({ path }: SeenRequest) =>
      path === "/dbs/shop"
        ? missing === "database" ? error(404) : { status: 200, body: { id: "shop" } }
        : error(404, 1003);
    await using fake = await startFakeGateway(handler);
    using connection = await connectToFake(fake);
    await assert.rejects(
      connection.ledger.read("lease"),
      (thrown) =>
        thrown instanceof CosmosError && thrown.status === 404 && thrown.details["missing"] === missing &&
        thrown.hint?.includes(`az cosmosdb sql ${missing} create`) === true,
    );
  });
}

Deno.test("a ledger write that its caller gave up before it was sent is certainly without effect", async () => {
  await using fake = await startFakeGateway(() => ({ status: 201, body: STORED }));
  using connection = await connectToFake(fake);
  const reply = await connection.ledger.create({ id: "a" }, {
    signal: AbortSignal.abort(new Error("enough")),
  });
  assert.equal(reply.kind, "unavailable");
  assert.equal(fake.seen.length, 1);
});

Deno.test("a ledger write that is aborted between the last check and the socket is not sent", async () => {
  await using fake = await startFakeGateway(() => ({ status: 201, body: STORED }));
  using connection = await connectToFake(fake);
  const controller = new AbortController();
  const reply = await connection.ledger.create({ id: "a" }, {
    signal: controller.signal,
    beforeSend: () => controller.abort(new Error("enough")),
  });
  assert.equal(reply.kind, "unavailable");
  assert.equal(fake.seen.length, 1);
});

Deno.test("a batch that an endpoint reports as a success, with failed operations in it, is none", async () => {
  await using fake = await startFakeGateway(() => ({
    status: 200,
    body: [{ statusCode: 424 }, { statusCode: 412 }],
  }));
  using connection = await connectToFake(fake);
  const operations = [{ kind: "delete", id: "a" }, { kind: "delete", id: "b" }] as const;
  assert.equal(await kindOf(() => connection.ledger.batch(operations)), "precondition-failed");
});

async function kindOf(action: () => Promise<{ readonly kind: string }>): Promise<string> {
  try {
    return (await action()).kind;
  } catch (thrown) {
    if (thrown instanceof CosmosError) return `thrown ${thrown.status}`;
    throw thrown;
  }
}
