import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import net from "node:net";
import fc from "fast-check";
import { DOCS, withEmulator } from "./_harness.ts";

const KEY = { "x-ms-documentdb-partitionkey": '["a"]' };

Deno.test(
  "requests that make no sense are answered with 4xx",
  withEmulator({}, async ({ raw }) => {
    const cases: readonly (readonly [method: string, path: string])[] = [
      ["GET", "//dbs"],
      ["GET", "/dbs//colls"],
      ["GET", "/dbs/%2e%2e/colls"],
      ["GET", "/dbs/./colls"],
      ["GET", "/nowhere"],
      ["GET", "/colls/x"],
      ["GET", "/dbs/cosmig/docs/1"],
      ["GET", "/dbs/cosmig/colls/Items/docs/1/docs/1"],
      ["GET", "/dbs/__proto__/colls/constructor/docs/toString"],
      ["PUT", "/dbs/cosmig"],
      ["PATCH", "/dbs/cosmig/colls/Items"],
      ["DELETE", "/"],
      ["POST", "/offers"],
      ["POST", "/dbs/cosmig/colls/Items/pkranges"],
      ["OPTIONS", "/dbs"],
    ];
    for (const [method, path] of cases) {
      const { status } = await raw(method, path, { headers: KEY, authorization: undefined as never });
      assert.ok(status >= 400 && status < 500, `${method} ${path}: ${status}`);
    }
    assert.equal((await raw("GET", "/dbs")).status, 200);
  }),
);

Deno.test(
  "bodies that are broken, too deep or too large are answered with 4xx",
  withEmulator({}, async ({ raw, emulator }) => {
    const post = async (body: string) => (await raw("POST", DOCS, { headers: KEY, body })).status;
    assert.equal(await post(""), 400);
    assert.equal(await post("{"), 400);
    assert.equal(await post("null"), 400);
    assert.equal(await post('"text"'), 400);
    assert.equal(await post(`{"id":"1","pk":"a","x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`), 400);
    assert.equal(await post(`{"id":"1","pk":"a","x":"${"x".repeat(5_000_000)}"}`), 413);
    assert.deepEqual(emulator.store.documents("Items"), []);
  }),
);

Deno.test(
  "no text in a header or a body takes the emulator down",
  withEmulator({ documents: [{ id: "1", pk: "a" }] }, async ({ raw }) => {
    const header = fc.string({ unit: fc.constantFrom(...'[]{}":,*a1-#;= '), maxLength: 12 }).map((text) =>
      text.trim()
    );
    const names = [
      "x-ms-documentdb-partitionkey",
      "x-ms-session-token",
      "x-ms-max-item-count",
      "x-ms-continuation",
      "if-match",
      "if-none-match",
      "x-ms-documentdb-partitionkeyrangeid",
      "a-im",
      "x-ms-start-epk",
      "x-ms-offer-throughput",
    ];
    const request = fc.record({
      method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE"),
      path: fc.constantFrom(
        DOCS,
        `${DOCS}/1`,
        "/dbs",
        "/dbs/cosmig/colls",
        "/dbs/cosmig/colls/Items",
        "/offers",
      ),
      headers: fc.dictionary(fc.constantFrom(...names), header, { maxKeys: 4 }),
      body: fc.oneof(fc.json(), fc.string(), fc.constant('{"id":"1","pk":"a"}')),
      query: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path, headers, body, query }) => {
        const { status, text } = await raw(method, path, {
          headers: { ...KEY, ...headers, ...query && { "x-ms-documentdb-isquery": "true" } },
          body: method === "GET" || method === "DELETE" ? undefined : body,
        });
        assert.ok(status < 500, `${status} ${text}`);
      }),
      { numRuns: 300 },
    );
  }),
);

Deno.test(
  "clients that go away in the middle of a request, and what is no HTTP, do no harm",
  withEmulator({}, async ({ emulator, raw }) => {
    const { hostname, port } = new URL(emulator.endpoint);
    const say = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = net.connect(Number(port), hostname);
        let received = "";
        socket.on("data", (chunk: Buffer) => received += chunk.toString());
        socket.on("error", () => resolve(received));
        socket.on("close", () => resolve(received));
        socket.write(text, () => text.startsWith("POST") && socket.destroy());
      });
    await say('POST /dbs HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"id":');
    await say("nonsense\r\n\r\n");
    assert.equal((await raw("GET", "/dbs")).status, 200);
    assert.equal(emulator.store.databases().length, 1);
  }),
);

Deno.test(
  "the admin routes move the clock, split ranges and show the state, but not for web pages",
  withEmulator({ partitions: 1, documents: [{ id: "1", pk: "a" }] }, async ({ raw, emulator }) => {
    const before = (await raw("GET", "/_emulator/clock", { key: null })).json.wallMs;
    const after =
      (await raw("POST", "/_emulator/clock", { key: null, body: { advanceMs: 3_600_000 } })).json.wallMs;
    assert.ok(after - before >= 3_600_000);
    assert.equal((await raw("POST", "/_emulator/clock", { body: { advanceMs: -1 } })).status, 400);
    assert.equal(
      (await raw("POST", "/_emulator/split", { body: { container: "Items" } })).json.ranges.length,
      2,
    );
    assert.equal(
      (await raw("POST", "/_emulator/merge", { body: { container: "Items" } })).json.ranges.length,
      1,
    );
    assert.equal((await raw("POST", "/_emulator/split", { body: { container: "No" } })).status, 404);
    assert.equal(
      (await raw("POST", "/_emulator/split", { body: { container: "Items", range: "0" } })).status,
      410,
    );
    assert.deepEqual(
      (await raw("GET", "/_emulator/snapshot", { key: null })).json,
      JSON.parse(JSON.stringify(emulator.store.snapshot())),
    );
    assert.equal(
      (await raw("GET", "/_emulator/snapshot", { headers: { origin: "https://example.org" } })).status,
      403,
    );
    assert.equal((await raw("GET", "/_emulator/none")).status, 404);
  }),
);
