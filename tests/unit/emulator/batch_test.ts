import assert from "node:assert/strict";
import type { OperationInput } from "@azure/cosmos";
import fc from "fast-check";
import type { JsonObject } from "../../../lib/base/json.ts";
import { DOCS, pinned, withEmulator } from "./_harness.ts";

const BATCH = {
  "x-ms-cosmos-is-batch-request": "True",
  "x-ms-cosmos-batch-atomic": "True",
  "x-ms-documentdb-partitionkey": '["a"]',
};

Deno.test(
  "a batch happens as a whole and answers 200 with a result for each operation",
  withEmulator({ documents: [{ id: "1", pk: "a" }, { id: "2", pk: "a" }] }, async ({ items, emulator }) => {
    const { code, result } = await items.items.batch([
      { operationType: "Create", resourceBody: { id: "3", pk: "a" } },
      { operationType: "Read", id: "1" },
      { operationType: "Replace", id: "1", resourceBody: { id: "1", pk: "a", n: 1 } },
      {
        operationType: "Patch",
        id: "1",
        resourceBody: { operations: [{ op: "incr", path: "/n", value: 1 }] },
      },
      { operationType: "Delete", id: "2" },
      { operationType: "Upsert", resourceBody: { id: "4", pk: "a" } },
    ], "a");
    assert.equal(code, 200);
    assert.deepEqual(result?.map(({ statusCode }) => statusCode), [201, 200, 200, 200, 204, 201]);
    assert.equal(emulator.store.document("Items", "1")?.n, 2);
    assert.deepEqual(emulator.store.documents("Items").map(({ id }) => id), ["1", "3", "4"]);
    assert.equal(result?.[3]?.eTag, emulator.store.document("Items", "1")?._etag);
  }),
);

const STALE: Readonly<Record<string, OperationInput>> = {
  Replace: {
    operationType: "Replace",
    id: "1",
    resourceBody: { id: "1", pk: "a", n: 2 },
    ifMatch: '"stale"',
  },
  Upsert: { operationType: "Upsert", resourceBody: { id: "1", pk: "a", n: 2 }, ifMatch: '"stale"' },
  Patch: {
    operationType: "Patch",
    id: "1",
    resourceBody: { operations: [{ op: "set", path: "/n", value: 2 }] },
    ifMatch: '"stale"',
  },
  Delete: { operationType: "Delete", id: "1", ifMatch: '"stale"' } as OperationInput,
};
for (const [kind, operation] of Object.entries(STALE)) {
  Deno.test(
    `a batch whose ${kind} has an outdated ETag changes nothing, before or after it`,
    withEmulator({ documents: [{ id: "1", pk: "a", n: 1 }] }, async ({ items, emulator }) => {
      const before = emulator.store.documents("Items");
      const { code, result } = await items.items.batch([
        { operationType: "Create", resourceBody: { id: "first", pk: "a" } },
        { operationType: "Upsert", resourceBody: { id: "1", pk: "a", n: 8 } },
        { operationType: "Upsert", resourceBody: { id: "1", pk: "a", n: 9 } },
        operation,
        { operationType: "Create", resourceBody: { id: "last", pk: "a" } },
      ], "a");
      assert.equal(code, 207);
      assert.deepEqual(result?.map(({ statusCode }) => statusCode), [424, 424, 424, 412, 424]);
      assert.deepEqual(emulator.store.documents("Items"), before);
    }),
  );
}

Deno.test(
  "a batch takes the current ETag, also one that an earlier operation of it cannot know",
  withEmulator({ documents: [{ id: "1", pk: "a" }] }, async ({ items, emulator }) => {
    const ifMatch = String(emulator.store.document("Items", "1")?._etag);
    const replace = (n: number): OperationInput => ({
      operationType: "Replace",
      id: "1",
      resourceBody: { id: "1", pk: "a", n },
      ifMatch,
    });
    assert.equal((await items.items.batch([replace(1), replace(2)], "a")).code, 207);
    assert.equal((await items.items.batch([replace(1)], "a")).code, 200);
    assert.equal((await items.items.batch([replace(2)], "a")).code, 207);
    assert.equal(emulator.store.document("Items", "1")?.n, 1);
  }),
);

Deno.test(
  "a patch condition that does not hold fails the batch with 412",
  withEmulator({ documents: [{ id: "1", pk: "a", n: 1 }] }, async ({ items, emulator }) => {
    const patch = (condition: string): OperationInput => ({
      operationType: "Patch",
      id: "1",
      resourceBody: { operations: [{ op: "set", path: "/n", value: 5 }], condition },
    });
    assert.equal(
      (await items.items.batch([patch("FROM c WHERE c.n = 2")], "a")).result?.[0]?.statusCode,
      412,
    );
    assert.equal(emulator.store.document("Items", "1")?.n, 1);
    assert.equal((await items.items.batch([patch("from x where x.n = 1")], "a")).code, 200);
    assert.equal(emulator.store.document("Items", "1")?.n, 5);
  }),
);

Deno.test(
  "batch limits: 100 operations, 2 MB, one partition key",
  withEmulator({}, async ({ raw, emulator }) => {
    const creates = (count: number, x = "") =>
      Array.from(
        { length: count },
        (_, at) => ({ operationType: "Create", resourceBody: { id: `${at}`, pk: "a", x } }),
      );
    assert.equal((await raw("POST", DOCS, { headers: BATCH, body: creates(101) })).status, 400);
    assert.equal(
      (await raw("POST", DOCS, { headers: BATCH, body: creates(3, "x".repeat(800_000)) })).status,
      413,
    );
    assert.equal((await raw("POST", DOCS, { headers: BATCH, body: [] })).status, 400);
    assert.equal((await raw("POST", DOCS, { headers: BATCH, body: [null] })).status, 400);
    assert.equal(
      (await raw("POST", DOCS, { headers: BATCH, body: [{ operationType: "Truncate" }] })).status,
      400,
    );
    const other = [{ operationType: "Create", partitionKey: '["b"]', resourceBody: { id: "1", pk: "b" } }];
    assert.equal((await raw("POST", DOCS, { headers: BATCH, body: other })).status, 400);
    assert.deepEqual(emulator.store.documents("Items"), []);
    assert.equal((await raw("POST", DOCS, { headers: BATCH, body: creates(100) })).status, 200);
  }),
);

Deno.test(
  "Prefer: return=minimal leaves bodies out and keeps ETags",
  withEmulator({}, async ({ items }) => {
    const operations: OperationInput[] = [{ operationType: "Create", resourceBody: { id: "1", pk: "a" } }];
    const { result } = await items.items.batch(
      operations,
      "a",
      { contentResponseOnWriteEnabled: false } as never,
    );
    assert.equal(result?.[0]?.resourceBody, undefined);
    assert.ok(result?.[0]?.eTag);
  }),
);

Deno.test(
  "a bulk request carries out each operation for itself and refuses those of another range",
  withEmulator({ partitions: 4 }, async ({ raw, emulator }) => {
    const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`);
    emulator.store.insert("Items", keys.map((pk) => ({ id: "probe", pk })));
    const holder = async (range: string) => {
      const body = { query: "SELECT VALUE c.pk FROM c" };
      return (await raw("POST", DOCS, { headers: pinned(range), body })).json.Documents as string[];
    };
    const [inside, outside] = [await holder("1"), await holder("2")];
    const write = (pk: string, more: JsonObject) => ({ partitionKey: JSON.stringify([pk]), ...more });
    const { status, json } = await raw("POST", DOCS, {
      headers: {
        "x-ms-cosmos-is-batch-request": "True",
        "x-ms-cosmos-batch-atomic": "False",
        "x-ms-documentdb-partitionkeyrangeid": "1",
        "x-ms-cosmos-batch-continue-on-error": "True",
      },
      body: [
        write(inside[0]!, { operationType: "Create", resourceBody: { id: "new", pk: inside[0]! } }),
        write(inside[0]!, { operationType: "Create", resourceBody: { id: "probe", pk: inside[0]! } }),
        write(outside[0]!, { operationType: "Delete", id: "probe" }),
        write(inside[1]!, { operationType: "Delete", id: "probe", ifMatch: '"stale"' }),
        write(inside[1]!, { operationType: "Upsert", resourceBody: { id: "probe", pk: inside[1]!, n: 1 } }),
      ],
    });
    assert.equal(status, 207);
    const results = json.map(({ statusCode, subStatusCode }: JsonObject) =>
      `${statusCode}/${subStatusCode ?? 0}`
    );
    assert.deepEqual(results, ["201/0", "409/0", "410/1002", "412/0", "200/0"]);
    assert.equal(emulator.store.documents("Items").length, 41);
  }),
);

Deno.test(
  "a bulk request to a range that was split is refused as a whole, and the SDK finds the children",
  withEmulator({ partitions: 1 }, async ({ items, raw, emulator }) => {
    emulator.store.split("Items", "0");
    const operations = Array.from({ length: 50 }, (_, at): OperationInput => ({
      operationType: "Create",
      partitionKey: `${at}`,
      resourceBody: { id: "1", pk: `${at}` },
    }));
    const gone = await raw("POST", DOCS, {
      headers: { "x-ms-cosmos-is-batch-request": "True", "x-ms-documentdb-partitionkeyrangeid": "0" },
      body: operations.map((operation) => ({
        ...operation,
        partitionKey: JSON.stringify([operation.partitionKey]),
      })),
    });
    assert.deepEqual([gone.status, gone.substatus], [410, 1002]);
    assert.deepEqual(emulator.store.documents("Items"), []);
    const results = await items.items.executeBulkOperations(operations as never);
    assert.ok(results.every(({ response }) => response?.statusCode === 201));
    assert.equal(emulator.store.documents("Items").length, 50);
  }),
);

interface Step {
  readonly kind: "create" | "upsert" | "replace" | "delete";
  readonly id: string;
  readonly n: number;
  /** Which of the ETags that were seen for this document is demanded; "none" demands nothing. */
  readonly etag: "none" | "current" | "old";
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("create", "upsert", "replace", "delete"),
  id: fc.constantFrom("1", "2", "3"),
  n: fc.integer(),
  etag: fc.constantFrom("none", "none", "current", "old"),
});

Deno.test(
  "batches do to the container what a model says, and nothing when one operation fails",
  withEmulator({}, async ({ raw, emulator }) => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 8 }),
        async (batches) => {
          const pk = `run-${run++}`;
          let model = new Map<string, { readonly n: number; readonly etag: string }>();
          for (const steps of batches) {
            // An ETag of a document that an earlier operation of the batch has written cannot be known: it counts as old.
            const next = new Map(model);
            const expected: number[] = [];
            for (const { kind, id, n, etag } of steps) {
              const before = next.get(id);
              const isStale = etag === "old" || (etag === "current" && before?.etag !== model.get(id)?.etag);
              const matches = etag === "none" || !isStale;
              if (kind === "create") expected.push(before === undefined ? 201 : 409);
              else if (kind === "upsert") expected.push(before === undefined ? 201 : matches ? 200 : 412);
              else expected.push(before === undefined ? 404 : !matches ? 412 : kind === "delete" ? 204 : 200);
              if (expected.at(-1)! >= 300) break;
              if (kind === "delete") next.delete(id);
              else next.set(id, { n, etag: "written in this batch" });
            }
            const { status, json } = await raw("POST", DOCS, {
              headers: { ...BATCH, "x-ms-documentdb-partitionkey": JSON.stringify([pk]) },
              body: steps.map(({ kind, id, n, etag }) => ({
                operationType: kind[0]!.toUpperCase() + kind.slice(1),
                ...kind === "replace" || kind === "delete" ? { id } : {},
                ...kind !== "delete" && { resourceBody: { id, pk, n } },
                ...etag !== "none" && { ifMatch: etag === "old" ? '"old"' : model.get(id)?.etag ?? '"none"' },
              })),
            });
            const failure = expected.findIndex((code) => code >= 300);
            assert.equal(status, failure === -1 ? 200 : 207);
            assert.deepEqual(
              json.map(({ statusCode }: { statusCode: number }) => statusCode),
              failure === -1 ? expected : steps.map((_, at) => at === failure ? expected[failure] : 424),
            );
            const stored = emulator.store.documents("Items").filter((document) => document.pk === pk);
            const wanted = failure === -1 ? next : model;
            assert.deepEqual(
              Object.fromEntries(stored.map(({ id, n }) => [id, n])),
              Object.fromEntries([...wanted].map(([id, { n }]) => [id, n])),
            );
            for (const { id, _etag } of failure === -1 ? [] : stored) {
              assert.equal(_etag, model.get(String(id))?.etag);
            }
            model = new Map(
              stored.map(({ id, n, _etag }) => [String(id), { n: Number(n), etag: String(_etag) }]),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  }),
);
