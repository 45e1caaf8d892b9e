import assert from "node:assert/strict";
import { DOCS, ManualClock, withEmulator } from "./_harness.ts";

const KEY = { "x-ms-documentdb-partitionkey": '["a"]' };
const bearer = (token: string) => encodeURIComponent(`type=aad&ver=1.0&sig=${token}`);

Deno.test(
  "requests without a valid master key signature are refused with 401 and change nothing",
  withEmulator({}, async ({ raw, emulator }) => {
    const body = { id: "1", pk: "a" };
    assert.equal((await raw("POST", DOCS, { headers: KEY, body, key: null })).status, 401);
    assert.equal((await raw("POST", DOCS, { headers: KEY, body, key: btoa("another key") })).status, 401);
    assert.equal((await raw("POST", DOCS, { headers: KEY, body, authorization: "%" })).status, 401);
    assert.equal(
      (await raw("POST", DOCS, { headers: KEY, body, authorization: "type%3Dresource%26ver%3D1%26sig%3Dx" }))
        .status,
      401,
    );
    assert.deepEqual(emulator.store.documents("Items"), []);
    assert.equal((await raw("POST", DOCS, { headers: KEY, body })).status, 201);
  }),
);

Deno.test(
  "a signature covers method, path and date",
  withEmulator({ documents: [{ id: "1", pk: "a" }] }, async ({ raw, emulator }) => {
    let authorization = "";
    const remove = emulator.onRequest({
      before: ({ headers }) => void (authorization = String(headers.authorization)),
    });
    await raw("GET", `${DOCS}/1`, { headers: KEY });
    remove();
    assert.equal((await raw("DELETE", `${DOCS}/1`, { headers: KEY, authorization })).status, 401);
    assert.equal((await raw("GET", `${DOCS}/2`, { headers: KEY, authorization })).status, 401);
    const later = { headers: KEY, authorization, dateMs: Date.now() + 60_000 };
    assert.equal((await raw("GET", `${DOCS}/1`, later)).status, 401);
  }),
);

Deno.test("a signature is valid for 15 minutes around the clock of the emulator, wherever tests move it", async () => {
  const clock = new ManualClock();
  await withEmulator({ clock }, async ({ raw, emulator }) => {
    const status = async (offsetMs: number) =>
      (await raw("GET", "/dbs", { dateMs: clock.nowMs + offsetMs })).status;
    assert.equal(await status(0), 200);
    assert.equal(await status(14 * 60_000), 200);
    assert.equal(await status(-14 * 60_000), 200);
    assert.equal(await status(16 * 60_000), 403);
    assert.equal(await status(-16 * 60_000), 403);
    emulator.store.advanceClock(3_600_000);
    assert.equal(await status(0), 200);
  })();
});

Deno.test(
  "names with characters that need escaping are signed as they are",
  withEmulator({}, async ({ items }) => {
    for (const id of ["a b", "ü", "100%", "a+b", "a&b=c"]) {
      await items.items.create({ id, pk: "a" });
      assert.equal((await items.item(id, "a").read()).resource?.id, id);
    }
  }),
);

Deno.test(
  "bearer tokens reach data by their role, and never manage databases, containers, throughput or scripts",
  withEmulator(
    { documents: [{ id: "1", pk: "a" }], tokens: { r: "reader", c: "contributor", n: "none" } },
    async ({ raw }) => {
      const ask = async (token: string, method: string, path: string, body?: unknown) => {
        const { status, substatus } = await raw(method, path, {
          authorization: bearer(token),
          headers: KEY,
          body,
        });
        return substatus ? `${status}/${substatus}` : String(status);
      };
      assert.equal(await ask("unknown", "GET", `${DOCS}/1`), "401");
      assert.equal(await ask("n", "GET", `${DOCS}/1`), "403/5301");
      assert.equal(await ask("r", "GET", `${DOCS}/1`), "200");
      assert.equal(await ask("r", "GET", "/dbs/cosmig/colls/Items"), "200");
      assert.equal(await ask("r", "GET", "/dbs/cosmig/colls/Items/pkranges"), "200");
      assert.equal(await ask("r", "POST", DOCS, { id: "2", pk: "a" }), "403/5301");
      assert.equal(await ask("c", "POST", DOCS, { id: "2", pk: "a" }), "201");
      assert.equal(await ask("c", "POST", "/dbs", { id: "x" }), "403/5300");
      assert.equal(await ask("c", "POST", "/dbs/cosmig/colls", { id: "x" }), "403/5300");
      assert.equal(await ask("c", "PUT", "/dbs/cosmig/colls/Items", {}), "403/5300");
      assert.equal(await ask("c", "DELETE", "/dbs/cosmig/colls/Items"), "403/5300");
      assert.equal(await ask("c", "GET", "/offers"), "403/5300");
      assert.equal(await ask("c", "GET", "/dbs/cosmig/colls/Items/sprocs"), "403/5300");
    },
  ),
);
