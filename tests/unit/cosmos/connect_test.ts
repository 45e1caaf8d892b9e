import assert from "node:assert/strict";
import { inspect } from "node:util";
import net, { type AddressInfo } from "node:net";
import { systemClock } from "../../../lib/base/clock.ts";
import { CosmosError } from "../../../lib/base/errors.ts";
import { exitCodeOf } from "../../../lib/base/exit_code.ts";
import { connect } from "../../../lib/cosmos/mod.ts";
import {
  connectToFake,
  FAKE_ACCOUNT,
  FAKE_KEY,
  fakeOptions,
  type FakeReply,
  manualClock,
  startFakeGateway,
} from "./_fake_gateway.ts";
import { startProxy, startTlsServer, TEST_AUTHORITY } from "./_tls_server.ts";

Deno.test("connect() goes on while the account is not ready, one request an attempt", async () => {
  const replies: FakeReply[] = ["drop", { status: 503 }, { status: 429, body: { message: "m" } }, {
    status: 200,
    body: FAKE_ACCOUNT,
  }];
  await using fake = await startFakeGateway(() => replies.shift()!, null);
  using connection = await connectToFake(fake);
  assert.equal(connection.account.writeRegion, "West Europe");
  assert.equal(fake.seen.length, 4);
});

Deno.test("connect() says once that it takes longer, and why, but not before three seconds", async () => {
  for (const [stepMs, told] of [[0, 0], [1_000, 1]] as const) {
    const replies: FakeReply[] = ["drop", { status: 503 }, { status: 503 }, {
      status: 200,
      body: FAKE_ACCOUNT,
    }];
    await using fake = await startFakeGateway(() => replies.shift()!, null);
    let nowMs = 0;
    const clock = { ...manualClock(), schedule: systemClock.schedule, monotonicMs: () => nowMs += stepMs };
    const messages: string[] = [];
    const onDelay = (message: string) => void messages.push(message);
    (await connect(fakeOptions(fake.endpoint, { clock, connectTimeoutMs: 60_000, onDelay }))).close();
    assert.equal(messages.length, told);
    for (const message of messages) {
      assert.match(message, /^Cannot open a connection .*; trying again for up to 1m 00s$/);
    }
  }
});

for (
  const [status, substatus, hint] of [[401, 0, /key/], [403, 0, /firewall/], [403, 5300, /Entra/], [
    403,
    5301,
    /role assignment/,
  ]] as const
) {
  Deno.test(`connect() gives up at once on ${status}/${substatus}, with a hint`, async () => {
    const headers = { "x-ms-substatus": String(substatus), "x-ms-activity-id": "activity" };
    await using fake = await startFakeGateway(
      () => ({ status, headers, body: { message: '{"Errors":["Not you."]}\r\nActivityId: 1' } }),
      null,
    );
    const error = await failureOf(connect(fakeOptions(fake.endpoint)));
    assert.equal(error.status, status);
    assert.equal(error.failure.activityId, "activity");
    assert.match(error.message, /Not you$/);
    assert.match(error.hint ?? "", hint);
    assert.equal(fake.seen.length, 1);
  });
}

Deno.test("connect() fails with a hint when nothing listens", async () => {
  const port = await freePort();
  const error = await failureOf(connect(fakeOptions(`http://127.0.0.1:${port}`)));
  assert.equal(error.status, 0);
  assert.equal(error.failure.retryable, true);
  assert.match(error.message, /refused/);
  assert.match(error.hint ?? "", /Nothing listens/);
});

Deno.test("connect() fails with a hint when the name is unknown", async () => {
  const error = await failureOf(
    connect(fakeOptions("https://account.invalid:443")),
  );
  assert.equal(error.details["cause"], "dns");
  assert.match(error.hint ?? "", /account\.invalid/);
});

Deno.test("connect() ends when nobody answers", async () => {
  const clock = manualClock();
  const server = net.createServer(() => clock.expire()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const times = [0, 0, 10_000];
  const impatient = { ...clock, monotonicMs: () => times.shift() ?? 10_000 };
  const error = await failureOf(connect(fakeOptions(`http://127.0.0.1:${port}`, { clock: impatient })));
  assert.equal(error.details["cause"], "timeout");
  assert.match(error.hint ?? "", /HTTPS_PROXY/);
  server.close();
});

Deno.test("connect() refuses a server that is no account", async () => {
  for (const status of [200, 400, 404, 405]) {
    await using fake = await startFakeGateway(() => ({ status, body: { hello: 1 } }), null);
    const error = await failureOf(connect(fakeOptions(fake.endpoint)));
    assert.match(
      error.message,
      new RegExp(`does not answer like an account of Cosmos DB: it answered ${status}$`),
    );
    assert.match(error.hint ?? "", /documents\.azure\.com/);
    assert.equal(exitCodeOf(error), 2);
  }
});

Deno.test("connect() throws the reason when it is aborted", async () => {
  const reason = new Error("stop");
  const controller = new AbortController();
  await using fake = await startFakeGateway(() => {
    queueMicrotask(() => controller.abort(reason));
    return "hang";
  }, null);
  await assert.rejects(
    connect(fakeOptions(fake.endpoint, { signal: controller.signal })),
    (thrown) => thrown === reason,
  );
});

Deno.test("connect() does not trust an unknown authority, and says which setting does", async () => {
  await using server = await startTlsServer();
  const error = await failureOf(connect(fakeOptions(server.endpoint)));
  assert.equal(error.details["cause"], "tls-trust");
  assert.equal(error.failure.retryable, false);
  assert.match(error.hint ?? "", /CosmosDb__CaFile/);
});

Deno.test("connect() trusts the given authority", async () => {
  await using server = await startTlsServer();
  const connection = await connect(fakeOptions(server.endpoint, { ca: TEST_AUTHORITY }));
  assert.equal(connection.account.writeRegion, "West Europe");
  connection.close();
});

Deno.test("connect() says when an endpoint has no TLS", async () => {
  await using fake = await startFakeGateway(() => ({ status: 200 }));
  const error = await failureOf(connect(fakeOptions(fake.endpoint.replace("http:", "https:"))));
  assert.equal(error.details["cause"], "tls-protocol");
  assert.match(error.hint ?? "", /http:\/\//);
});

Deno.test("connect() goes through a proxy on one kept connection, and past it where NO_PROXY says so", async () => {
  await using server = await startTlsServer();
  await using proxy = await startProxy(server.port);
  const { url } = proxy;
  const options = { ca: TEST_AUTHORITY, endpointDiscovery: "off" } as const;
  const endpoint = "https://account.cosmig.test:8443";
  const connection = await connect(fakeOptions(endpoint, { ...options, proxy: { url } }));
  const reply = await connection.ledger.read("lease");
  assert.equal(reply.kind, "not-found");
  assert.deepEqual(proxy.tunnels, [`account.cosmig.test:8443 Basic ${btoa("user:pass")}`]);
  connection.close();
  const direct = connect(fakeOptions(endpoint, { ...options, proxy: { url, noProxy: ".cosmig.test" } }));
  assert.equal((await failureOf(direct)).details["cause"], "dns");
});

Deno.test("no error shows the key or a signature", async () => {
  const leak =
    `bad header authorization: type%3Dmaster%26ver%3D1.0%26sig%3Dabc123%3D AccountKey=${FAKE_KEY};`;
  for (
    const reply of [
      { status: 401, body: { message: leak } },
      { status: 400, body: { message: leak } },
      "drop",
    ] as const
  ) {
    await using fake = await startFakeGateway(() => reply, null);
    const error = await failureOf(connect(fakeOptions(fake.endpoint)));
    const texts = [...textsIn(error, new Set())];
    assert.ok(texts.includes(error.message));
    for (const secret of [FAKE_KEY, "abc123", /sig(=|%3d)(?!\[redacted\])/i]) {
      const found = texts.filter((text) =>
        typeof secret === "string" ? text.includes(secret) : secret.test(text)
      );
      assert.deepEqual(found, []);
    }
  }
});

/** Every string that hangs on a value, hidden or not. */
function* textsIn(value: unknown, seen: Set<unknown>): Generator<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Map) yield* textsIn([...value], seen);
  for (const key of Reflect.ownKeys(value)) yield* textsIn(Reflect.get(value, key), seen);
}

async function failureOf(connecting: Promise<unknown>): Promise<CosmosError> {
  const error = await connecting.then(() => undefined, (thrown) => thrown);
  assert.ok(error instanceof CosmosError, inspect(error));
  return error;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
