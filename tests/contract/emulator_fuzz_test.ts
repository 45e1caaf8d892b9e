/**
 * Malformed requests to the embedded database over real sockets: each gets a 4xx within seconds, or a closed connection where what was sent is no
 * HTTP; the state stays as it was, and the next request is answered as ever.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { sayRaw } from "./_raw_socket.ts";
import { assertRefused, BATCH, DOCS, KEY, QUERY, say, type Spoken, torment } from "./_torment.ts";
import { masterAuthorization } from "./cosmos/signed_request.ts";

const TARGETS: readonly Spoken[] = [
  { method: "POST", path: "/dbs" },
  { method: "POST", path: "/dbs/cosmig/colls" },
  { method: "PUT", path: "/dbs/cosmig/colls/Items" },
  { method: "POST", path: DOCS, headers: KEY },
  { method: "POST", path: DOCS, headers: { ...KEY, "x-ms-documentdb-is-upsert": "True" } },
  { method: "PUT", path: `${DOCS}/1`, headers: KEY },
  { method: "PATCH", path: `${DOCS}/1`, headers: KEY },
  { method: "POST", path: DOCS, headers: BATCH },
  {
    method: "POST",
    path: DOCS,
    headers: { "x-ms-cosmos-is-batch-request": "True", "x-ms-documentdb-partitionkeyrangeid": "0" },
  },
  { method: "POST", path: DOCS, headers: { ...QUERY, ...KEY } },
  { method: "POST", path: DOCS, headers: { "x-ms-cosmos-is-query-plan-request": "True" } },
  { method: "POST", path: "/dbs/cosmig/colls", headers: QUERY },
  { method: "POST", path: "/offers", headers: QUERY },
  { method: "POST", path: "/dbs/cosmig/colls/Items/sprocs" },
];

torment("bodies that are no JSON", async (emulator) => {
  const broken = fc.oneof(
    fc.json().map((text) => text.slice(0, -1)),
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "",
      "{",
      "[",
      '{"id":',
      "\u0000",
      "NaN",
      "{'id':1}",
      '{"id":"1"}}',
      "\ufeff{}",
      '"\ud800',
    ),
  ).filter((text) => !isJson(text));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TARGETS), broken, async (target, body) => {
      assertRefused(await say(emulator, { ...target, body }), [target, body]);
    }),
    { numRuns: 250 },
  );
});

torment("bodies that are JSON of another shape", async (emulator) => {
  const shape = fc.oneof(
    fc.jsonValue().filter((value) => typeof value !== "object" || value === null || Array.isArray(value)),
    fc.record({ id: fc.oneof(fc.integer(), fc.constant(null), fc.constant(""), fc.constant([])) }),
    fc.record({ query: fc.oneof(fc.integer(), fc.constantFrom("", "SELECT", "DROP TABLE c", "((((((")) }),
    fc.record({ operations: fc.array(fc.jsonValue(), { maxLength: 3 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TARGETS), shape, async (target, value) => {
      assertRefused(await say(emulator, { ...target, body: JSON.stringify(value) }), [target, value]);
    }),
    { numRuns: 250 },
  );
});

torment("headers that mean nothing", async (emulator) => {
  const garbage = [
    "",
    "{",
    "[",
    "[[]]",
    '["a","b"]',
    '[{"a":1}]',
    "null",
    "-1",
    "1e9",
    "%00",
    "\u00ff",
    "x".repeat(5_000),
  ];
  const cases: readonly (readonly [Spoken, string, readonly string[]])[] = [
    [{ method: "GET", path: `${DOCS}/1` }, "x-ms-documentdb-partitionkey", garbage],
    [{ method: "DELETE", path: `${DOCS}/1` }, "x-ms-documentdb-partitionkey", garbage],
    [{ method: "GET", path: `${DOCS}/1`, headers: KEY }, "x-ms-session-token", [
      "x",
      "0:",
      ":",
      "0:-1#",
      "0:1,,",
    ]],
    [{ method: "GET", path: DOCS }, "x-ms-max-item-count", [
      "0",
      "-2",
      "1.5",
      "x",
      "NaN",
      "99999999999999999999x",
    ]],
    [{ method: "GET", path: DOCS }, "x-ms-continuation", ["x", "-1", "1e3", "9".repeat(40)]],
    [{ method: "GET", path: DOCS }, "x-ms-documentdb-partitionkeyrangeid", [
      "x",
      "-1",
      "4711",
      "__proto__",
      "0 " + "x",
    ]],
    [{ method: "GET", path: DOCS, headers: { "x-ms-documentdb-partitionkeyrangeid": "0" } }, "a-im", [
      "x",
      "Full-Fidelity Feed",
      "Incremental",
    ]],
    [
      {
        method: "GET",
        path: DOCS,
        headers: { "a-im": "Incremental Feed", "x-ms-documentdb-partitionkeyrangeid": "0" },
      },
      "if-none-match",
      ["x", '"x"', '"-1"', "9".repeat(40)],
    ],
    [
      {
        method: "GET",
        path: DOCS,
        headers: { "a-im": "Incremental Feed", "x-ms-documentdb-partitionkeyrangeid": "0" },
      },
      "if-modified-since",
      ["x", "yesterday", "2026-99-99"],
    ],
    [
      {
        method: "GET",
        path: DOCS,
        headers: { "x-ms-documentdb-partitionkeyrangeid": "0", "x-ms-end-epk": "10" },
      },
      "x-ms-start-epk",
      ["XYZ", "20", "10", "\u00ff"],
    ],
    [
      { method: "POST", path: "/dbs/cosmig/colls", body: '{"id":"new","partitionKey":{"paths":["/pk"]}}' },
      "x-ms-offer-throughput",
      ["x", "0", "-400", "401", "1e400", "Infinity"],
    ],
    [
      { method: "POST", path: "/dbs/cosmig/colls", body: '{"id":"new","partitionKey":{"paths":["/pk"]}}' },
      "x-ms-cosmos-offer-autopilot-settings",
      ["x", "{}", "null", "[]", '{"maxThroughput":1}', '{"maxThroughput":"x"}'],
    ],
  ];
  for (const [target, name, values] of cases) {
    for (const value of values) {
      const reply = await say(emulator, { ...target, headers: { ...target.headers, [name]: value } });
      assertRefused(reply, [target, name, value]);
    }
  }
});

torment("signatures", async (emulator) => {
  const valid = decodeURIComponent(
    masterAuthorization({ method: "GET", path: "/dbs", date: new Date().toUTCString(), key: emulator.key }),
  );
  const authorization = fc.oneof(
    fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 60 }),
    fc.constantFrom(
      "type=master",
      "type=master&ver=1.0&sig=",
      "type=aad&ver=1.0&sig=x",
      "%",
      "%E0%A4%A",
      "Bearer x",
    ),
    fc.nat({ max: valid.length - 1 }).map((at) => encodeURIComponent(valid.slice(0, at))),
    fc.nat({ max: 20 }).map((at) =>
      encodeURIComponent(`${valid.slice(0, -at - 2)}A${valid.slice(-at - 1)}x`)
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TARGETS), authorization, async (target, text) => {
      const reply = await say(emulator, { ...target, authorization: text, body: '{"id":"2","pk":"a"}' });
      assert.ok(
        reply.kind === "status" && [400, 401, 403].includes(reply.status),
        `${text}: ${JSON.stringify(reply)}`,
      );
    }),
    { numRuns: 200 },
  );
});

torment("paths", async (emulator) => {
  const tricks = [
    "//",
    "/dbs//colls",
    "/dbs/./colls",
    "/dbs/../dbs",
    "/dbs/%2e%2e/colls",
    "/dbs/%2e",
    "/dbs/%2Fetc%2Fpasswd",
    "/dbs/..%2f..%2f",
    "/dbs/%00",
    "/dbs/%",
    "/dbs/%zz",
    "/dbs/%ff%fe",
    "/dbs/cosmig/colls/Items/docs/%c0%ae",
    "/dbs/cosmig/colls/Items/docs/1/attachments",
    "/dbs/__proto__",
    "/dbs/constructor/colls/prototype",
    "/dbs/cosmig/colls/toString/docs",
    "/__proto__/x",
    "/dbs\\cosmig",
    "/dbs;x=1",
    "/dbs/" + "x".repeat(6_000),
    "/" + "dbs/".repeat(500),
    "/_emulator",
    "/_emulator/",
    "/_emulator/../dbs",
    "/_emulator/__proto__",
    "/_emulator/constructor",
    "/dbs/cosmig/colls/Items/docs/1#fragment",
    "dbs",
    "*",
    "http://elsewhere/dbs/x",
    "http://elsewhere:99999/dbs",
    "/?/dbs",
  ];
  for (const path of tricks) {
    for (const method of ["PUT", "DELETE"]) {
      assertRefused(await say(emulator, { method, path, headers: KEY, body: "{}" }), `${method} ${path}`);
    }
  }
  const segment = fc.oneof(
    fc.constantFrom(
      "dbs",
      "colls",
      "docs",
      "..",
      ".",
      "%2e",
      "cosmig",
      "Items",
      "none",
      "pkranges",
      "offers",
    ),
    fc.string({ unit: "grapheme-ascii", maxLength: 8 }).map(encodeURIComponent),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { minLength: 1, maxLength: 9 }), async (segments) => {
      // What is left after this filter names nothing that can be read.
      const path = `/${segments.join("/")}`;
      fc.pre(
        !/^\/(?:dbs|offers)(?:\/cosmig(?:\/colls(?:\/Items(?:\/(?:docs|pkranges))?)?)?)?\/?$/.test(path),
      );
      fc.pre(!/^\/+$/.test(path));
      assertRefused(await say(emulator, { method: "GET", path }), path);
    }),
    { numRuns: 200 },
  );
});

torment("bodies that are huge, and lengths that lie", async (emulator) => {
  const head = (...lines: readonly string[]) =>
    [`POST ${DOCS} HTTP/1.1`, "host: localhost", ...lines, "", ""].join("\r\n");
  const megabyte = Buffer.alloc(1 << 20, "x");
  const huge = [head(`content-length: ${64 << 20}`), ...Array.from({ length: 64 }, () => megabyte)];
  const tooLarge = async (parts: readonly (string | Uint8Array)[]) => {
    const reply = await sayRaw(emulator.endpoint, parts, { patienceMs: 10_000 });
    assert.equal(reply.kind === "status" && reply.status, 413);
  };
  await tooLarge(huge);
  const chunk = Buffer.concat([Buffer.from("100000\r\n"), megabyte, Buffer.from("\r\n")]);
  const chunked = [
    head("transfer-encoding: chunked"),
    ...Array.from({ length: 16 }, () => chunk),
    "0\r\n\r\n",
  ];
  await tooLarge(chunked);
  const nested = `{"id":"2","pk":"a","x":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`;
  assertRefused(
    await say(emulator, { method: "POST", path: DOCS, headers: KEY, body: nested }),
    "1 000 000 levels",
  );
  const many = `[${Array.from({ length: 20_000 }, () => "{}").join(",")}]`;
  assertRefused(
    await say(emulator, { method: "POST", path: DOCS, headers: BATCH, body: many }),
    "20 000 operations",
  );
  const long = `SELECT * FROM c WHERE ${"(".repeat(100_000)}1${")".repeat(100_000)}`;
  const query = JSON.stringify({ query: long });
  assertRefused(
    await say(emulator, { method: "POST", path: DOCS, headers: { ...QUERY, ...KEY }, body: query }),
    "100 000 parentheses",
  );
  for (const lie of ["-1", "x", "1, 2", "99999999999999999999"]) {
    const reply = await sayRaw(emulator.endpoint, [head(`content-length: ${lie}`), "{}"], {
      endsWriting: true,
    });
    assert.ok(
      reply.kind === "closed" || (reply.kind === "status" && reply.status >= 400 && reply.status < 500),
      lie,
    );
  }
  const short = [head("content-length: 1000"), "{"];
  assert.notEqual((await sayRaw(emulator.endpoint, short, { endsWriting: true })).kind, "silence");
  const header = head(`x-long: ${"x".repeat(1 << 20)}`);
  const reply = await sayRaw(emulator.endpoint, header);
  assert.ok(reply.kind === "closed" || (reply.kind === "status" && reply.status < 500), "1 MB of header");
});

torment("what is no HTTP", async (emulator) => {
  const texts = [
    "nonsense\r\n\r\n",
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "get /dbs http/1.1\r\n\r\n",
    "\u0000\u0001\u0002\u0003",
    "GET / HTTP/1.1\r\nhost localhost\r\n\r\n",
    "GET / HTTP/1.1\r\nbad header\u0000: x\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  ];
  for (const text of texts) {
    const reply = await sayRaw(emulator.endpoint, Buffer.from(text, "latin1"), { endsWriting: true });
    const isRefused = reply.kind === "closed" ||
      (reply.kind === "status" && reply.status >= 400 && reply.status < 500);
    assert.ok(isRefused, `${JSON.stringify(text)}: ${JSON.stringify(reply)}`);
  }
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      const reply = await sayRaw(emulator.endpoint, bytes, { endsWriting: true });
      assert.ok(reply.kind === "closed" || (reply.kind === "status" && reply.status < 500));
    }),
    { numRuns: 60 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
