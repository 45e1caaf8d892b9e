import assert from "node:assert/strict";
import { DOCS, ManualClock, pinned, withEmulator } from "./_harness.ts";

const KEY = { "x-ms-documentdb-partitionkey": '["a"]' };

Deno.test(
  "every answer about documents carries a session token that grows with the writes of the container",
  withEmulator({ partitions: 1 }, async ({ raw }) => {
    const tokens: unknown[] = [];
    for (const id of ["1", "2"]) {
      tokens.push(
        (await raw("POST", DOCS, { headers: KEY, body: { id, pk: "a" } })).headers["x-ms-session-token"],
      );
    }
    tokens.push((await raw("GET", `${DOCS}/1`, { headers: KEY })).headers["x-ms-session-token"]);
    tokens.push(
      (await raw("POST", DOCS, { headers: pinned("0"), body: { query: "SELECT * FROM c" } }))
        .headers["x-ms-session-token"],
    );
    assert.deepEqual(tokens, ["0:-1#1", "0:-1#2", "0:-1#2", "0:-1#2"]);
  }),
);

Deno.test(
  "a session that has seen more than there is gets 404/1002, and a malformed token 400",
  withEmulator({ partitions: 1, documents: [{ id: "1", pk: "a" }] }, async ({ raw, emulator }) => {
    const read = async (token: string) => {
      const { status, substatus } = await raw("GET", `${DOCS}/1`, {
        headers: { ...KEY, "x-ms-session-token": token },
      });
      return [status, substatus];
    };
    assert.deepEqual(await read("0:-1#1"), [200, 0]);
    assert.deepEqual(await read("0:-1#99"), [404, 1002]);
    assert.deepEqual(await read("7:-1#99"), [200, 0]);
    assert.deepEqual(await read("nonsense"), [400, 0]);
    emulator.store.split("Items", "0");
    assert.deepEqual(await read("0:-1#99"), [404, 1002]);
  }),
);

Deno.test("a read without the session token sees the state before the latest writes, with it the latest", async () => {
  const clock = new ManualClock();
  await withEmulator({
    clock,
    partitions: 1,
    staleReads: { lagMs: 5_000 },
    documents: [{ id: "1", pk: "a", n: 1 }, { id: "2", pk: "a", n: 1 }],
  }, async ({ raw, emulator }) => {
    emulator.store.advanceClock(10_000);
    await raw("PUT", `${DOCS}/1`, { headers: KEY, body: { id: "1", pk: "a", n: 2 } });
    await raw("DELETE", `${DOCS}/2`, { headers: KEY });
    const created = await raw("POST", DOCS, { headers: KEY, body: { id: "3", pk: "a", n: 1 } });
    const token = { "x-ms-session-token": String(created.headers["x-ms-session-token"]) };
    const see = async (headers: Readonly<Record<string, string>>) => {
      const body = { query: "SELECT VALUE [c.id, c.n] FROM c" };
      const { json } = await raw("POST", DOCS, { headers: pinned("0", headers), body });
      const read = async (id: string) =>
        (await raw("GET", `${DOCS}/${id}`, { headers: { ...KEY, ...headers } })).json.n;
      return { query: json.Documents, one: await read("1"), two: await read("2"), three: await read("3") };
    };
    const stale = { query: [["1", 1], ["2", 1]], one: 1, two: 1, three: undefined };
    const fresh = { query: [["1", 2], ["3", 1]], one: 2, two: undefined, three: 1 };
    assert.deepEqual(await see({}), stale);
    assert.deepEqual(await see(token), fresh);
    assert.deepEqual(await see({ "x-ms-session-token": "0:-1#3" }), {
      ...stale,
      query: [["1", 2], ["2", 1]],
      one: 2,
    });
    emulator.store.advanceClock(5_000);
    assert.deepEqual(await see({}), fresh);
  })();
});

Deno.test("a conditional write works on the latest state even where reads are stale", async () => {
  await withEmulator({
    clock: new ManualClock(),
    staleReads: { lagMs: 5_000 },
    documents: [{ id: "1", pk: "a", n: 1 }],
  }, async ({ raw, emulator }) => {
    emulator.store.advanceClock(10_000);
    const old = String((await raw("GET", `${DOCS}/1`, { headers: KEY })).headers.etag);
    await raw("PUT", `${DOCS}/1`, { headers: KEY, body: { id: "1", pk: "a", n: 2 } });
    assert.equal((await raw("GET", `${DOCS}/1`, { headers: KEY })).headers.etag, old);
    const stale = await raw("PUT", `${DOCS}/1`, {
      headers: { ...KEY, "if-match": old },
      body: { id: "1", pk: "a" },
    });
    assert.equal(stale.status, 412);
  })();
});

Deno.test("provisioned throughput throttles a range until the second is over", async () => {
  const clock = new ManualClock();
  await withEmulator(
    { clock, throttle: true, partitions: 2, container: { throughput: 400 } },
    async ({ raw, emulator }) => {
      const post = (pk: string, id: number) =>
        raw("POST", DOCS, {
          headers: { "x-ms-documentdb-partitionkey": `["${pk}"]` },
          body: { id: `${id}`, pk },
        });
      const written = Math.ceil(200 / 5.5);
      for (let id = 0; id < written; id++) assert.equal((await post("a", id)).status, 201);
      const refused = await post("a", written);
      assert.equal(refused.status, 429);
      assert.equal(refused.substatus, 3200);
      assert.equal(refused.headers["x-ms-retry-after-ms"], "1000");
      emulator.store.advanceClock(999);
      assert.equal((await post("a", written)).status, 429);
      emulator.store.advanceClock(1);
      assert.equal((await post("a", written)).status, 201);
      assert.equal(emulator.store.documents("Items").length, written + 1);
    },
  )();
});

Deno.test(
  "charges follow the documented model and add up",
  withEmulator(
    { documents: [{ id: "1", pk: "a" }, { id: "big", pk: "a", x: "x".repeat(3_000) }] },
    async ({ raw, emulator }) => {
      const charge = async (method: string, path: string, body?: unknown) =>
        Number((await raw(method, path, { headers: KEY, body })).headers["x-ms-request-charge"]);
      assert.equal(await charge("GET", `${DOCS}/1`), 1);
      assert.equal(await charge("GET", `${DOCS}/big`), 3);
      assert.equal(await charge("POST", DOCS, { id: "2", pk: "a" }), 5.5);
      assert.equal(await charge("PUT", `${DOCS}/2`, { id: "2", pk: "a" }), 10.5);
      assert.equal(await charge("PATCH", `${DOCS}/2`, [{ op: "set", path: "/n", value: 1 }]), 10.5);
      assert.equal(await charge("DELETE", `${DOCS}/2`), 5.5);
      assert.equal(await charge("POST", DOCS, { id: "1", pk: "a" }), 1.24);
      assert.equal(emulator.totalCharge, 1 + 3 + 5.5 + 10.5 + 10.5 + 5.5 + 1.24);
      assert.equal(emulator.requests.count, 7);
      assert.deepEqual(emulator.requests.entries.map(({ status }) => status), [
        200,
        200,
        201,
        200,
        200,
        204,
        409,
      ]);
    },
  ),
);
