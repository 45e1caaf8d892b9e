import assert from "node:assert/strict";
import { ChangeFeedStartFrom } from "@azure/cosmos";
import type { JsonObject } from "../../../lib/base/json.ts";
import { type Bench, DOCS, ManualClock, withEmulator } from "./_harness.ts";

const documents = Array.from({ length: 40 }, (_, n): JsonObject => ({ id: `${n}`, pk: `key-${n}`, n }));

/** Reads a feed until nothing is new. */
async function drain(
  iterator: ReturnType<Bench["items"]["items"]["getChangeFeedIterator"]>,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (;;) {
    const { statusCode, result } = await iterator.readNext();
    if (statusCode === 304) return found;
    found.push(...numbersOf(result));
    assert.ok(found.length < 1_000, "the feed never ends");
  }
}

function numbersOf(result: unknown): readonly number[] {
  return (result as readonly JsonObject[]).map(({ n }) => Number(n));
}

const sorted = (values: readonly number[]) => values.toSorted((left, right) => left - right);
const all = documents.map(({ n }) => Number(n));

Deno.test(
  "the change feed gives every document from the beginning, then only what changes",
  withEmulator({ documents }, async ({ items, emulator }) => {
    const iterator = items.items.getChangeFeedIterator({
      changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
      maxItemCount: 7,
    });
    assert.deepEqual(sorted(await drain(iterator)), all);
    assert.deepEqual(await drain(iterator), []);
    emulator.store.insert("Items", [{ id: "3", pk: "key-3", n: 3 }, { id: "99", pk: "key-99", n: 99 }]);
    assert.deepEqual(sorted(await drain(iterator)), [3, 99]);
  }),
);

Deno.test(
  "the change feed shows a document once, in its latest state, and no deletes",
  withEmulator({ documents: [], partitions: 1 }, async ({ items, emulator, raw }) => {
    emulator.store.insert("Items", [1, 2, 3].map((n) => ({ id: "same", pk: "a", n })));
    emulator.store.insert("Items", [{ id: "gone", pk: "a", n: 4 }]);
    await items.item("gone", "a").delete();
    const { json, status, headers } = await raw("GET", DOCS, {
      headers: { "a-im": "Incremental Feed", "x-ms-documentdb-partitionkeyrangeid": "0" },
    });
    assert.equal(status, 200);
    assert.deepEqual(json.Documents.map(({ n, _lsn }: JsonObject) => [n, _lsn]), [[3, 3]]);
    assert.equal(headers.etag, '"5"');
  }),
);

Deno.test(
  "the change feed knows nothing of a batch that was rolled back",
  withEmulator(
    { documents: [{ id: "1", pk: "a", n: 1 }], partitions: 1 },
    async ({ items, emulator, raw }) => {
      const upsert = { operationType: "Upsert" as const, resourceBody: { id: "1", pk: "a", n: 2 } };
      assert.equal(
        (await items.items.batch([upsert, { operationType: "Delete", id: "none" }], "a")).code,
        207,
      );
      emulator.store.insert("Items", [{ id: "1", pk: "a", n: 3 }]);
      const headers = { "a-im": "Incremental Feed", "x-ms-documentdb-partitionkeyrangeid": "0" };
      assert.deepEqual(numbersOf((await raw("GET", DOCS, { headers })).json.Documents), [3]);
    },
  ),
);

Deno.test(
  "the change feed goes on from its continuation after a split and a merge",
  withEmulator({ documents, partitions: 2 }, async ({ items, emulator }) => {
    const start = { changeFeedStartFrom: ChangeFeedStartFrom.Beginning(), maxItemCount: 5 };
    const first = items.items.getChangeFeedIterator(start);
    const { result, continuationToken } = await first.readNext();
    emulator.store.split("Items", "1");
    const rest = items.items.getChangeFeedIterator({
      changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuationToken),
      maxItemCount: 5,
    });
    const found = [...numbersOf(result), ...await drain(rest)];
    assert.deepEqual(sorted(found), all);
    emulator.store.merge("Items", emulator.store.ranges("Items")[0]!.id);
    emulator.store.insert("Items", [{ id: "5", pk: "key-5", n: 5 }]);
    assert.deepEqual(await drain(rest), [5]);
  }),
);

Deno.test("the change feed begins now, or at a time", async () => {
  await withEmulator({ documents, clock: new ManualClock() }, async ({ items, emulator }) => {
    const now = items.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Now() });
    assert.deepEqual(await drain(now), []);
    emulator.store.advanceClock(60_000);
    emulator.store.insert("Items", [{ id: "5", pk: "key-5", n: 5 }]);
    assert.deepEqual(await drain(now), [5]);
    const since = new Date(Date.now() + 30_000);
    const timed = items.items.getChangeFeedIterator({ changeFeedStartFrom: ChangeFeedStartFrom.Time(since) });
    assert.deepEqual(await drain(timed), [5]);
  })();
});

Deno.test(
  "a crafted continuation reads a part of the key space from the beginning",
  withEmulator({ documents, partitions: 1 }, async ({ items, emulator }) => {
    const rid = emulator.store.settings("Items")._rid;
    const border = emulator.store.split("Items", "0")[0]!.maxExclusive;
    const part = (minInclusive: string, maxExclusive: string) =>
      drain(items.items.getChangeFeedIterator({
        changeFeedStartFrom: ChangeFeedStartFrom.Continuation(
          JSON.stringify({ rid, Continuation: [{ minInclusive, maxExclusive, continuationToken: "" }] }),
        ),
      }));
    const [low, high] = [await part("", border), await part(border, "FF")];
    assert.ok(low.length > 5 && high.length > 5);
    assert.deepEqual(sorted([...low, ...high]), all);
  }),
);

Deno.test(
  "the change feed refuses what it does not know",
  withEmulator({ documents }, async ({ raw }) => {
    const status = async (headers: Readonly<Record<string, string>>) =>
      (await raw("GET", DOCS, { headers })).status;
    const feed = { "a-im": "Incremental Feed", "x-ms-documentdb-partitionkeyrangeid": "0" };
    assert.equal(await status({ ...feed, "a-im": "Full-Fidelity Feed" }), 400);
    assert.equal(await status({ "a-im": "Incremental Feed" }), 400);
    assert.equal(await status({ ...feed, "if-none-match": "nonsense" }), 400);
    assert.equal(await status({ ...feed, "if-modified-since": "nonsense" }), 400);
    assert.equal(await status({ ...feed, "x-ms-documentdb-partitionkeyrangeid": "99" }), 410);
  }),
);
