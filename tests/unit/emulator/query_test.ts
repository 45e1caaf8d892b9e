import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { type Bench, DOCS, pinned, withEmulator } from "./_harness.ts";

const documents = Array.from(
  { length: 60 },
  (_, n): JsonObject => ({ id: `${n}`, pk: `key-${n}`, n, even: n % 2 === 0 }),
);

interface PageRequest {
  readonly range?: string;
  readonly query?: string;
  readonly size?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called between two pages. */
  readonly between?: () => void;
}

/** All rows of a pinned query, page by page. */
async function readAll({ raw }: Bench, request: PageRequest): Promise<readonly (readonly JsonObject[])[]> {
  const pages: JsonObject[][] = [];
  let continuation: string | undefined;
  do {
    const headers = {
      ...pinned(request.range ?? "0", request.headers),
      "x-ms-max-item-count": String(request.size ?? 7),
      ...continuation && { "x-ms-continuation": continuation },
    };
    const { status, json, headers: received, text } = await raw("POST", DOCS, {
      headers,
      body: { query: request.query ?? "SELECT * FROM c" },
    });
    assert.equal(status, 200, text);
    assert.equal(Number(received["x-ms-item-count"]), json.Documents.length);
    pages.push(json.Documents);
    assert.ok(pages.length < 100, "the query never ends");
    continuation = received["x-ms-continuation"] as string | undefined;
    if (continuation !== undefined) request.between?.();
  } while (continuation !== undefined);
  return pages;
}

const numbers = (pages: readonly (readonly JsonObject[])[]) => pages.flat().map(({ n }) => Number(n));

Deno.test(
  "queries run through the SDK over all physical partitions",
  withEmulator({ documents }, async ({ items }) => {
    const rows = async (query: string) =>
      (await items.items.query(query, { maxItemCount: 10 }).fetchAll()).resources;
    assert.equal((await rows("SELECT * FROM c")).length, 60);
    assert.deepEqual(await rows("SELECT VALUE COUNT(1) FROM c WHERE c.even"), [30]);
    assert.deepEqual(await rows("SELECT VALUE c.n FROM c WHERE c.n > 55 ORDER BY c.n DESC"), [
      59,
      58,
      57,
      56,
    ]);
    assert.deepEqual(await rows("SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 5 LIMIT 2"), [5, 6]);
    assert.deepEqual(await rows("SELECT TOP 1 VALUE c.n FROM c ORDER BY c.n"), [0]);
    assert.deepEqual(
      (await rows("SELECT c.even, MAX(c.n) AS m FROM c GROUP BY c.even")).map(({ m }) => m).sort(),
      [58, 59],
    );
    assert.deepEqual(await rows("SELECT VALUE AVG(c.n) FROM c"), [29.5]);
  }),
);

Deno.test(
  "a query of one partition key reads no other, and takes parameters",
  withEmulator({ documents }, async ({ items }) => {
    const spec = { query: "SELECT VALUE c.n FROM c WHERE c.n >= @n", parameters: [{ name: "@n", value: 0 }] };
    assert.deepEqual((await items.items.query(spec, { partitionKey: "key-7" }).fetchAll()).resources, [7]);
  }),
);

Deno.test(
  "a query over several physical partitions is refused with 400/1004 and what clients need to go on",
  withEmulator({ documents }, async ({ raw }) => {
    const headers = { "x-ms-documentdb-isquery": "true", "content-type": "application/query+json" };
    const refused = await raw("POST", DOCS, { headers, body: { query: "SELECT * FROM c ORDER BY c.n" } });
    assert.deepEqual([refused.status, refused.substatus], [400, 1004]);
    assert.deepEqual(JSON.parse(refused.json.additionalErrorInfo).queryInfo.orderBy, ["Ascending"]);
    const plan = await raw("POST", DOCS, {
      headers: { "x-ms-cosmos-is-query-plan-request": "True", "content-type": "application/query+json" },
      body: { query: "SELECT * FROM c ORDER BY c.n" },
    });
    assert.match(plan.json.queryInfo.rewrittenQuery, /orderByItems/);
  }),
);

Deno.test(
  "pinned queries give every document of every range once",
  withEmulator({ documents }, async (bench) => {
    const found: number[] = [];
    for (const { id } of bench.emulator.store.ranges("Items")) {
      found.push(...numbers(await readAll(bench, { range: id })));
    }
    assert.deepEqual(found.sort((left, right) => left - right), documents.map(({ n }) => n));
  }),
);

Deno.test(
  "a continuation neither skips nor repeats a document while others are written, deleted and added",
  withEmulator({ documents, partitions: 1 }, async (bench) => {
    const { store } = bench.emulator;
    let round = 0;
    const between = () => {
      round++;
      store.insert("Items", documents.slice(0, 20).map((document) => ({ ...document, round })));
      store.insert("Items", [{ id: `new-${round}`, pk: "new", n: 1_000 + round }]);
    };
    const pages = await readAll(bench, { between });
    const found = numbers(pages).filter((n) => n < 1_000);
    assert.deepEqual(found, documents.map(({ n }) => n));
  }),
);

Deno.test(
  "a sorted query goes on after the last row that it gave, whatever is written in between",
  withEmulator({ documents, partitions: 1 }, async (bench) => {
    let lowest = 0;
    const between = () =>
      bench.emulator.store.insert("Items", [{ id: `low-${--lowest}`, pk: "low", n: lowest }]);
    const found = numbers(await readAll(bench, { query: "SELECT * FROM c ORDER BY c.n", between }));
    assert.deepEqual(found, documents.map(({ n }) => n));
    const ties = await readAll(bench, {
      query: "SELECT * FROM c WHERE c.n >= 0 ORDER BY c.even DESC",
      size: 4,
    });
    assert.equal(new Set(numbers(ties)).size, 60);
    assert.equal(numbers(ties).length, 60);
    const window = await readAll(bench, {
      query: "SELECT * FROM c WHERE c.n >= 0 ORDER BY c.n OFFSET 10 LIMIT 9",
      size: 4,
    });
    assert.deepEqual(window.map((page) => page.length), [4, 4, 1]);
    assert.equal(numbers(window)[0], 10);
  }),
);

Deno.test(
  "TOP, OFFSET and LIMIT count over all pages",
  withEmulator({ documents, partitions: 1 }, async (bench) => {
    assert.deepEqual(
      numbers(await readAll(bench, { query: "SELECT TOP 10 * FROM c", size: 4 })),
      range(0, 10),
    );
    assert.deepEqual(
      numbers(await readAll(bench, { query: "SELECT * FROM c OFFSET 3 LIMIT 10", size: 4 })),
      range(3, 13),
    );
    const distinct = await readAll(bench, { query: "SELECT DISTINCT c.even AS n FROM c", size: 1 });
    assert.equal(distinct.flat().length, 2);
  }),
);

Deno.test(
  "bounds of effective partition keys cut a range without gap or overlap",
  withEmulator({ documents, partitions: 1 }, async (bench) => {
    const [low, high] = bench.emulator.store.split("Items", "0");
    assert.deepEqual(low?.parents, ["0"]);
    bench.emulator.store.merge("Items", low!.id);
    const [whole] = bench.emulator.store.ranges("Items");
    assert.deepEqual([whole?.minInclusive, whole?.maxExclusive], ["", "FF"]);
    const part = async (min: string, max: string) =>
      numbers(
        await readAll(bench, {
          range: whole!.id,
          headers: {
            "x-ms-start-epk": min,
            "x-ms-end-epk": max,
            "x-ms-read-key-type": "EffectivePartitionKeyRange",
          },
        }),
      );
    const border = low!.maxExclusive;
    assert.equal(border, high!.minInclusive);
    const [lower, upper] = [await part("", border), await part(border, "FF")];
    assert.ok(lower.length > 10 && upper.length > 10);
    assert.deepEqual([...lower, ...upper].sort((left, right) => left - right), documents.map(({ n }) => n));
  }),
);

Deno.test(
  "the document on a border belongs to the upper range only",
  withEmulator({ documents, partitions: 1 }, async (bench) => {
    const feed = await bench.raw("GET", "/dbs/cosmig/colls/Items/pkranges");
    assert.equal(feed.json.PartitionKeyRanges.length, 1);
    const { effectivePartitionKey } = await import("../../../lib/emulator/hash/effective_partition_key.ts");
    const border = effectivePartitionKey(["key-7"], "v2");
    const part = async (min: string, max: string) =>
      numbers(await readAll(bench, { headers: { "x-ms-start-epk": min, "x-ms-end-epk": max } }));
    assert.ok(!(await part("", border)).includes(7));
    assert.ok((await part(border, "FF")).includes(7));
    assert.deepEqual(await part(border, `${border}0`), [7]);
  }),
);

Deno.test(
  "a query pinned to a range that was split is refused with 410/1002, and its children hold the rest",
  withEmulator({ documents, partitions: 2 }, async (bench) => {
    const before = numbers(await readAll(bench, { range: "0" }));
    const children = bench.emulator.store.split("Items", "0");
    const gone = await bench.raw("POST", DOCS, { headers: pinned("0"), body: { query: "SELECT * FROM c" } });
    assert.deepEqual([gone.status, gone.substatus], [410, 1002]);
    const after: number[] = [];
    for (const { id } of children) after.push(...numbers(await readAll(bench, { range: id })));
    assert.deepEqual(after.sort((left, right) => left - right), before.sort((left, right) => left - right));
    assert.ok(children.every(({ parents }) => parents[0] === "0"));
  }),
);

Deno.test(
  "a merged range gives the documents of both in the order of their creation",
  withEmulator({ documents, partitions: 2 }, async (bench) => {
    const { id, parents } = bench.emulator.store.merge("Items", "0");
    assert.deepEqual(parents, ["0", "1"]);
    assert.deepEqual(numbers(await readAll(bench, { range: id })), range(0, 60));
  }),
);

Deno.test(
  "a continuation of a range goes on in its children",
  withEmulator({ documents, partitions: 1 }, async ({ raw, emulator }) => {
    const headers = { ...pinned("0"), "x-ms-max-item-count": "25" };
    const first = await raw("POST", DOCS, { headers, body: { query: "SELECT * FROM c" } });
    const found: number[] = first.json.Documents.map(({ n }: { n: number }) => n);
    for (const { id } of emulator.store.split("Items", "0")) {
      const rest = await raw("POST", DOCS, {
        headers: pinned(id, { "x-ms-continuation": String(first.headers["x-ms-continuation"]) }),
        body: { query: "SELECT * FROM c" },
      });
      found.push(...rest.json.Documents.map(({ n }: { n: number }) => n));
    }
    assert.deepEqual(found.sort((left, right) => left - right), documents.map(({ n }) => n));
  }),
);

Deno.test(
  "queries that are wrong are refused with 400",
  withEmulator({ documents }, async ({ raw }) => {
    const status = async (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      (await raw("POST", DOCS, { headers: pinned("0", headers), body })).status;
    assert.equal(await status({ query: "SELEC * FROM c" }), 400);
    assert.equal(await status({ query: 1 }), 400);
    assert.equal(await status("[]"), 400);
    assert.equal(await status({ query: "SELECT * FROM c WHERE c.n = @n" }), 400);
    assert.equal(await status({ query: "SELECT * FROM c", parameters: {} }), 400);
    assert.equal(await status({ query: "SELECT * FROM c" }, { "x-ms-continuation": "nonsense" }), 400);
    assert.equal(await status({ query: "SELECT * FROM c" }, { "x-ms-max-item-count": "many" }), 400);
    assert.equal(
      await status({ query: "SELECT * FROM c" }, { "x-ms-start-epk": "ZZ", "x-ms-end-epk": "FF" }),
      400,
    );
    assert.equal(
      await status({ query: "SELECT * FROM c" }, { "x-ms-documentdb-partitionkey": "nonsense" }),
      400,
    );
  }),
);

Deno.test(
  "a query pays for the documents that it reads, not for those that it returns",
  withEmulator(
    { documents: [{ id: "1", pk: "a", x: "x".repeat(10_000) }], partitions: 1 },
    async ({ raw }) => {
      const body = { query: "SELECT c.id FROM c WHERE c.none = 1" };
      const { headers, json } = await raw("POST", DOCS, { headers: pinned("0"), body });
      assert.equal(json._count, 0);
      assert.ok(Number(headers["x-ms-request-charge"]) > 11);
    },
  ),
);

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
