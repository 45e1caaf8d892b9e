/**
 * What is well-formed as HTTP and yet not what it seems: text that is no UTF-8, values without end, requests that do not wait for answers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import net from "node:net";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { sayRaw } from "./_raw_socket.ts";
import { assertRefused, BATCH, DOCS, KEY, QUERY, say, type Spoken, torment } from "./_torment.ts";
import { masterAuthorization } from "./cosmos/signed_request.ts";

torment("bodies that are no UTF-8", async (emulator) => {
  const wrong = [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98], [0xc0, 0xaf]];
  for (const bytes of wrong) {
    const body = Buffer.concat([
      Buffer.from('{"id":"2","pk":"a","x":"'),
      Buffer.from(bytes),
      Buffer.from('"}'),
    ]);
    assertRefused(await say(emulator, { method: "POST", path: DOCS, headers: KEY, body }), bytes);
    assertRefused(await say(emulator, { method: "PUT", path: `${DOCS}/1`, headers: KEY, body }), bytes);
  }
});

torment("values that nest deeply", async (emulator) => {
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const places: readonly (readonly [Spoken, (value: string) => string])[] = [
    [{ method: "POST", path: DOCS, headers: KEY }, (value) => `{"id":"2","pk":"a","x":${value}}`],
    [
      { method: "PATCH", path: `${DOCS}/1`, headers: KEY },
      (value) => `{"operations":[{"op":"set","path":"/x","value":${value}}]}`,
    ],
    [
      { method: "POST", path: "/dbs/cosmig/colls" },
      (value) =>
        `{"id":"new","partitionKey":{"paths":["/pk"]},"indexingPolicy":{"includedPaths":[{"path":"/*","x":${value}}]}}`,
    ],
    [
      { method: "POST", path: DOCS, headers: { ...QUERY, ...KEY } },
      (value) =>
        `{"query":"SELECT DISTINCT VALUE @p FROM c WHERE @p = @p","parameters":[{"name":"@p","value":${value}}]}`,
    ],
    [{ method: "POST", path: "/dbs" }, (value) => `{"id":${value}}`],
    [{ method: "POST", path: "/dbs/cosmig/colls/Items/sprocs" }, (value) => `{"id":"s","body":${value}}`],
  ];
  for (const levels of [600, 10_000, 500_000]) {
    for (const [request, bodyOf] of places) {
      const reply = await say(emulator, { ...request, body: bodyOf(deep(levels)) });
      assertRefused(reply, [levels, request]);
      assert.ok(reply.kind === "status" && !/call stack/.test(reply.text), "refused, and not by an accident");
    }
    // A batch answers for each of its operations.
    const body = `[{"operationType":"Create","resourceBody":{"id":"2","pk":"a","x":${deep(levels)}}}]`;
    const reply = await say(emulator, { method: "POST", path: DOCS, headers: BATCH, body });
    assert.match(reply.kind === "status" ? reply.text : reply.kind, /"statusCode":400/);
  }
});

torment("headers that are given twice", async (emulator) => {
  const date = new Date().toUTCString();
  const authorization = masterAuthorization({ method: "GET", path: `${DOCS}/1`, date, key: emulator.key });
  const lines = [
    `GET ${DOCS}/1 HTTP/1.1`,
    "host: localhost",
    `x-ms-date: ${date}`,
    `authorization: ${authorization}`,
  ];
  const key = 'x-ms-documentdb-partitionkey: ["a"]';
  for (
    const twice of [[key, key], [key, 'x-ms-documentdb-partitionkey: ["b"]'], [key, `x-ms-date: ${date}`]]
  ) {
    const reply = await sayRaw(emulator.endpoint, [...lines, ...twice, "", ""].join("\r\n"));
    assertRefused(reply, twice);
  }
});

Deno.test("emulator: requests that are sent without waiting are answered in their order", async () => {
  const ids = Array.from({ length: 50 }, (_, index) => String(index));
  await using emulator = await startEmulator({
    seed: { containers: { Items: { partitionKey: "/pk", documents: ids.map((id) => ({ id, pk: "a" })) } } },
  });
  const date = new Date().toUTCString();
  const request = (id: string) => {
    const path = `${DOCS}/${id}`;
    const authorization = masterAuthorization({ method: "GET", path, date, key: emulator.key });
    const key = 'x-ms-documentdb-partitionkey: ["a"]';
    return [
      `GET ${path} HTTP/1.1`,
      "host: localhost",
      `x-ms-date: ${date}`,
      `authorization: ${authorization}`,
      key,
      "",
      "",
    ].join("\r\n");
  };
  const answered = await new Promise<string[]>((resolve, reject) => {
    const socket = net.connect(Number(new URL(emulator.endpoint).port), "127.0.0.1");
    let text = "";
    socket.setEncoding("utf8").on("error", reject).on("data", (chunk: string) => {
      text += chunk;
      const found = [...text.matchAll(/"id":"(\d+)"/g)].map(([, id]) => id ?? "");
      if (found.length < ids.length) return;
      socket.destroy();
      resolve(found);
    });
    socket.write(ids.map(request).join(""));
  });
  assert.deepEqual(answered, ids);
});
