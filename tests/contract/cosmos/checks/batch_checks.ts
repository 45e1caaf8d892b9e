import type { JsonObject } from "../../../../lib/base/json.ts";
import type { Check } from "../check.ts";
import { guide, sdk, STATUS_CODES } from "../citation.ts";
import { batchOutcome, rowsOf, type Specimen } from "../specimen.ts";

const BATCH = guide("transactional-batch");
const STALE = '"00000000-0000-0000-0000-000000000000"';
const ATOMIC = { "x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-atomic": "True" };
const BULK = {
  "x-ms-cosmos-is-batch-request": "True",
  "x-ms-cosmos-batch-atomic": "False",
  "x-ms-cosmos-batch-continue-on-error": "True",
};

/** Atomic batches and bulk requests. */
export const BATCH_CHECKS: readonly Check[] = [
  {
    name: "batch: carries out every kind of operation through the SDK, in their order",
    cites: BATCH,
    expected: [200, [201, 200, 200, 200, 200, 204], ["1"], [4]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put({ id: "old", pk });
      const { code, result } = await specimen.sdk.items.batch([
        { operationType: "Create", resourceBody: { id: "1", pk, n: 1 } },
        { operationType: "Read", id: "1" },
        { operationType: "Replace", id: "1", resourceBody: { id: "1", pk, n: 2 } },
        { operationType: "Upsert", resourceBody: { id: "1", pk, n: 3 } },
        {
          operationType: "Patch",
          id: "1",
          resourceBody: { operations: [{ op: "incr", path: "/n", value: 1 }] },
        },
        { operationType: "Delete", id: "old" },
      ], pk);
      return [
        code ?? null,
        result?.map(({ statusCode }) => statusCode) ?? null,
        [...await specimen.all(pk)],
        (await specimen.all(pk, "n")).map(Number),
      ];
    },
  },
  {
    name: "batch: each result has ETag, charge and document; the ETag is the one that a read gives",
    cites: sdk("ClientContext.js", "HttpHeaders.IsBatchAtomic] = true"),
    expected: [true, true, "1"],
    async observe(laboratory) {
      const { sdk: container } = await laboratory.shared();
      const pk = laboratory.newKey();
      const { result } = await container.items.batch([
        { operationType: "Create", resourceBody: { id: "1", pk } },
      ], pk);
      const { etag } = await container.item("1", pk).read();
      const [first] = result ?? [];
      return [
        etag !== undefined && first?.eTag === etag,
        Number(first?.requestCharge) > 0,
        (first?.resourceBody as JsonObject | undefined)?.["id"] ?? null,
      ];
    },
  },
  ...([
    ["a conflict", { operationType: "Create", resourceBody: { id: "old" } }, 409],
    ["a missing document", { operationType: "Delete", id: "none" }, 404],
    ["an outdated ETag of a replace", {
      operationType: "Replace",
      id: "old",
      ifMatch: STALE,
      resourceBody: { id: "old" },
    }, 412],
    ["an outdated ETag of an upsert", {
      operationType: "Upsert",
      ifMatch: STALE,
      resourceBody: { id: "old" },
    }, 412],
    ["an outdated ETag of a delete", { operationType: "Delete", id: "old", ifMatch: STALE }, 412],
    ["an outdated ETag of a patch", {
      operationType: "Patch",
      id: "old",
      ifMatch: STALE,
      resourceBody: { operations: [{ op: "set", path: "/n", value: 9 }] },
    }, 412],
    ["a patch condition that does not hold", {
      operationType: "Patch",
      id: "old",
      resourceBody: { operations: [{ op: "set", path: "/n", value: 9 }], condition: "FROM c WHERE c.n = 5" },
    }, 412],
    ["an impossible patch", {
      operationType: "Patch",
      id: "old",
      resourceBody: { operations: [{ op: "remove", path: "/none" }] },
    }, 400],
  ] as const).map(([what, failing, status]): Check => ({
    name: `batch: ${what} undoes the operations before it and prevents those after it`,
    cites: BATCH,
    expected: [`207: 424 424 ${status} 424`, ["gone", "old"], ["0", "1"]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put({ id: "old", pk, n: 0 }, { id: "gone", pk, n: 1 });
      const body = "resourceBody" in failing && "id" in failing.resourceBody
        ? { ...failing, resourceBody: { ...failing.resourceBody, pk } }
        : failing;
      const outcome = await specimen.batch([pk], [
        { operationType: "Delete", id: "gone" },
        { operationType: "Create", resourceBody: { id: "before", pk } },
        body as unknown as JsonObject,
        { operationType: "Create", resourceBody: { id: "after", pk } },
      ]);
      return [outcome, [...await specimen.all(pk)], [...await specimen.all(pk, "n")]];
    },
  })),
  {
    name: "batch: one that failed leaves ETag, change feed and session as they were",
    cites: BATCH,
    expected: [true, "304", true],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      const [etag] = await specimen.put({ id: "1", pk: "a", n: 0 });
      const range = await rangeOf(specimen, "a");
      const before = await specimen.feed(range);
      await specimen.batch(["a"], [
        { operationType: "Upsert", resourceBody: { id: "1", pk: "a", n: 1 } },
        { operationType: "Delete", id: "none" },
      ]);
      const read = await specimen.documents({ id: "1", key: ["a"] });
      const after = await specimen.feed(range, { "if-none-match": String(before.headers.etag) });
      return [
        etag === read.headers.etag,
        after.outcome,
        read.headers["x-ms-session-token"] === before.headers["x-ms-session-token"],
      ];
    },
  },
  {
    name: "batch: takes the current ETag of each operation",
    cites: BATCH,
    expected: ["200: 200 200 200 204"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const [a, b, c, d] = await specimen.put(...["a", "b", "c", "d"].map((id) => ({ id, pk })));
      return [
        await specimen.batch([pk], [
          { operationType: "Replace", id: "a", ifMatch: a, resourceBody: { id: "a", pk } },
          { operationType: "Upsert", ifMatch: b, resourceBody: { id: "b", pk } },
          {
            operationType: "Patch",
            id: "c",
            ifMatch: c,
            resourceBody: { operations: [{ op: "set", path: "/n", value: 1 }] },
          },
          { operationType: "Delete", id: "d", ifMatch: d },
        ]),
      ];
    },
  },
  {
    name: "batch: the ETag before an operation of the same batch is outdated after it",
    cites: BATCH,
    expected: ["207: 424 412", ["0"]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const [etag] = await specimen.put({ id: "1", pk, n: 0 });
      const replace = (n: number) => ({
        operationType: "Replace",
        id: "1",
        ifMatch: etag,
        resourceBody: { id: "1", pk, n },
      });
      return [await specimen.batch([pk], [replace(1), replace(2)]), [...await specimen.all(pk, "n")]];
    },
  },
  {
    name: "batch: 100 operations are the most, and one the least",
    cites: BATCH,
    expected: ["200", "400", "400"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const send = async (count: number) => {
        const body = Array.from({ length: count }, (_, n) => ({
          operationType: "Upsert",
          resourceBody: { id: `${n}`, pk },
        }));
        return (await specimen.documents({ method: "POST", key: [pk], headers: ATOMIC, body })).outcome;
      };
      return [await send(100), await send(101), await send(0)];
    },
  },
  {
    name: "batch: 2 MB are the most",
    cites: BATCH,
    expected: ["413", []],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const body = [1, 2, 3].map((n) => ({
        operationType: "Create",
        resourceBody: { id: `${n}`, pk, x: "x".repeat(800_000) },
      }));
      const { outcome } = await specimen.documents({ method: "POST", key: [pk], headers: ATOMIC, body });
      return [outcome, [...await specimen.all(pk)]];
    },
  },
  {
    name: "batch: a document of another partition key is refused and nothing is done",
    cites: BATCH,
    expected: [false, []],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const outcome = await specimen.batch([pk], [
        { operationType: "Create", resourceBody: { id: "1", pk } },
        { operationType: "Create", resourceBody: { id: "2", pk: "another" } },
      ]);
      return [outcome.startsWith("200"), [...await specimen.all(pk)]];
    },
  },
  {
    name: "batch: Prefer: return=minimal leaves the documents out and keeps the ETags",
    cites: sdk("common/constants.js", 'PreferReturnMinimal: "return=minimal"'),
    expected: ["200: 201", false, true],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const answer = await specimen.documents({
        method: "POST",
        key: [pk],
        headers: { ...ATOMIC, prefer: "return=minimal" },
        body: [{ operationType: "Create", resourceBody: { id: "1", pk } }],
      });
      const [first] = answer.json as unknown as readonly JsonObject[];
      return [
        batchOutcome(answer),
        first?.["resourceBody"] !== undefined,
        typeof first?.["eTag"] === "string",
      ];
    },
  },
  {
    name: "batch: ids are taken from the body as they are",
    cites: sdk("client/Item/Items.js", "async batch("),
    expected: ["200: 201 200 204"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const id = "a b+c%20";
      return [
        await specimen.batch([pk], [
          { operationType: "Create", resourceBody: { id, pk } },
          { operationType: "Replace", id, resourceBody: { id, pk, n: 1 } },
          { operationType: "Delete", id },
        ]),
      ];
    },
  },
  {
    name: "bulk: each operation is judged for itself",
    cites: sdk("ClientContext.js", "HttpHeaders.BatchContinueOnError] = bulkOptions.continueOnError"),
    expected: ["207: 201 409 404 412 200 204", ["new", "old"]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put({ id: "old", pk }, { id: "gone", pk });
      const partitionKey = JSON.stringify([pk]);
      const answer = await specimen.documents({
        method: "POST",
        headers: { ...BULK, "x-ms-documentdb-partitionkeyrangeid": await rangeOf(specimen, pk) },
        body: [
          { operationType: "Create", partitionKey, resourceBody: { id: "new", pk } },
          { operationType: "Create", partitionKey, resourceBody: { id: "old", pk } },
          { operationType: "Delete", partitionKey, id: "none" },
          {
            operationType: "Replace",
            partitionKey,
            id: "old",
            ifMatch: STALE,
            resourceBody: { id: "old", pk },
          },
          { operationType: "Upsert", partitionKey, resourceBody: { id: "old", pk, n: 1 } },
          { operationType: "Delete", partitionKey, id: "gone" },
        ],
      });
      return [batchOutcome(answer), [...await specimen.all(pk)]];
    },
  },
  {
    name: "bulk: an operation for another range is gone (410), and the others are done",
    cites: sdk("retry/bulkExecutionRetryPolicy.js", "err.substatus === SubStatusCodes.PartitionKeyRangeGone"),
    expected: ["207: 201 410/1002"],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      const keys = Array.from({ length: 24 }, (_, n) => `bulk-${n}`);
      const homes = new Map<string, string>();
      for (const pk of keys) homes.set(pk, await rangeOf(specimen, pk));
      const [here] = keys;
      const range = homes.get(here!)!;
      const elsewhere = keys.find((pk) => homes.get(pk) !== range) ?? here!;
      const create = (pk: string) => ({
        operationType: "Create",
        partitionKey: JSON.stringify([pk]),
        resourceBody: { id: "1", pk },
      });
      return [
        batchOutcome(
          await specimen.documents({
            method: "POST",
            headers: { ...BULK, "x-ms-documentdb-partitionkeyrangeid": range },
            body: [create(here!), create(elsewhere)],
          }),
        ),
      ];
    },
  },
  {
    name: "bulk: the SDK spreads operations over all ranges",
    cites: sdk("client/Item/Items.js", "async executeBulkOperations("),
    expected: [[201, 201, 201, 201, 201, 201], 409],
    async observe(laboratory) {
      const { sdk: container } = await laboratory.container();
      const operations = Array.from({ length: 6 }, (_, n) => ({
        operationType: "Create" as const,
        partitionKey: `bulk-${n}`,
        resourceBody: { id: "1", pk: `bulk-${n}` },
      }));
      const results = await container.items.executeBulkOperations([...operations, operations[0]!]);
      const statuses = results.map(({ response, error }) => response?.statusCode ?? Number(error?.code));
      return [
        statuses.slice(0, 6).toSorted((a, b) => a - b).map((status) => status),
        statuses.at(-1) ?? null,
      ];
    },
  },
  {
    name: "bulk: a range that does not exist is gone",
    cites: STATUS_CODES,
    expected: ["410/1002"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const { outcome } = await specimen.documents({
        method: "POST",
        headers: { ...BULK, "x-ms-documentdb-partitionkeyrangeid": "4711" },
        body: [{ operationType: "Read", partitionKey: '["a"]', id: "1" }],
      });
      return [outcome];
    },
  },
];

/** The range that holds a key, found by a probe that is deleted again; `""` where there is none. */
async function rangeOf(specimen: Specimen, pk: string): Promise<string> {
  const id = `probe-${pk}`;
  await specimen.put({ id, pk });
  let holder = "";
  for (const range of await specimen.ranges()) {
    const answer = await specimen.query(`SELECT VALUE c.id FROM c WHERE c.id = "${id}"`, { range: range.id });
    if (rowsOf(answer).length > 0) holder = range.id;
  }
  await specimen.documents({ method: "DELETE", id, key: [pk] });
  return holder;
}
