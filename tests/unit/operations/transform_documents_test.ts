import assert from "node:assert/strict";
import { CosmigError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { lookup } from "../../../lib/definition/lookup.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import { transformDocuments } from "../../../lib/definition/transform_documents.ts";
import { FakeContainer } from "../../support/fake_container.ts";
import { StepFixture } from "../../support/step_fixture.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

interface Named {
  id: string;
  name: string;
}
interface V1 {
  id: string;
  categoryId: string;
  tagIds: string[];
}
interface V2 {
  id: string;
  categoryId: string;
  categoryName: string;
  tags: Named[];
}

type Document = JsonObject & { readonly id: string };

function setup(contents: Readonly<Record<string, readonly Document[]>>) {
  const clock = new VirtualClock();
  const entries = Object.entries(contents).map(([id, documents]) => {
    const container = new FakeContainer({ clock, id, ranges: 2 });
    for (const document of documents) container.put(document);
    return [id, container] as const;
  });
  const [first, ...rest] = entries.map(([, container]) => container);
  assert.ok(first !== undefined);
  return {
    containers: Object.fromEntries(entries),
    products: first,
    step: new StepFixture(clock, first, ...rest),
  };
}

const SHOP = {
  product: [
    { id: "p1", categoryId: "c1", tagIds: ["t1", "t2"] },
    { id: "p2", categoryId: "c2", tagIds: [] },
  ],
  productCategory: [{ id: "c1", name: "Bikes" }, { id: "c2", name: "Bells" }],
  productTag: [{ id: "t1", name: "red" }, { id: "t2", name: "new" }],
};

const denormalise = transformDocuments({
  container: "product",
  where: "NOT IS_DEFINED(c.categoryName)",
  lookups: {
    categories: lookup<Named>({ container: "productCategory", by: "/id" }),
    tags: lookup<Named>({ container: "productTag", by: "/id", mode: "by-key" }),
  },
  transform: async ({ tagIds, ...product }: V1, { lookups }): Promise<V2> => ({
    ...product,
    categoryName: lookups.categories.require(product.categoryId).name,
    tags: await Promise.all(tagIds.map(async (id) => ({ id, name: (await lookups.tags.require(id)).name }))),
  }),
  undo: {
    where: "IS_DEFINED(c.categoryName)",
    transform: ({ categoryName: _, tags, ...product }) => ({ ...product, tagIds: tags.map((tag) => tag.id) }),
  },
});

function refusal(code: string, pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof CosmigError, String(error));
    assert.equal(error.code, code);
    assert.match(`${error.message} ${error.hint}`, pattern);
    return true;
  };
}

Deno.test("transformDocuments() rewrites documents with what other containers say, and back", async () => {
  const { products, step } = setup(SHOP);

  const outcome = await step.up(denormalise);

  assert.equal(outcome.documents.changed, 2);
  assert.deepEqual(products.contents(), [
    {
      categoryId: "c1",
      categoryName: "Bikes",
      id: "p1",
      tags: [{ id: "t1", name: "red" }, { id: "t2", name: "new" }],
    },
    { categoryId: "c2", categoryName: "Bells", id: "p2", tags: [] },
  ]);
  await step.down(denormalise);
  assert.deepEqual(products.contents(), SHOP.product);
});

Deno.test("transformDocuments() asks for each key once with a lookup by key", async () => {
  const products = Array.from({ length: 30 }, (_, index) => ({
    id: `p${index}`,
    categoryId: "c1",
    tagIds: ["t1", "t2"],
  }));
  const { containers, step } = setup({ ...SHOP, product: products });

  await step.up(denormalise);

  assert.equal(containers["productTag"]!.requests, 4, "two keys in two ranges");
});

Deno.test("transformDocuments() names the document that a lookup has nothing for", async () => {
  const { step } = setup({ ...SHOP, productCategory: [{ id: "c1", name: "Bikes" }] });

  await assert.rejects(
    step.up(denormalise),
    refusal("documents-failed", /"p2".*"productCategory" has no document whose "\/id" is "c2"/),
  );
});

Deno.test("transformDocuments() refuses a lookup with two documents for one key", async () => {
  const { step } = setup({
    ...SHOP,
    productCategory: [{ id: "c1", name: "A", no: 1 }, { id: "c2", name: "B", no: 1 }],
  });
  const operation = transformDocuments({
    container: "product",
    mark: true,
    lookups: { categories: lookup<Named>({ container: "productCategory", by: "/no" }) },
    transform: (product: V1): V1 => product,
  });

  await assert.rejects(
    step.up(operation),
    refusal("operation-refused", /each value stands for one document.*1 is in/),
  );
});

Deno.test("transformDocuments() refuses a lookup with too many documents, in the plan and in the run", async () => {
  const { step } = setup(SHOP);
  const operation = transformDocuments({
    container: "product",
    mark: true,
    lookups: { tags: lookup<Named>({ container: "productTag", by: "/id", maxEntries: 1 }) },
    transform: (product: V1): V1 => product,
  });
  const pattern = /1 documents at most: current value is 2.*by-key/;

  await assert.rejects(step.estimate(operation), refusal("operation-refused", pattern));
  await assert.rejects(step.up(operation), refusal("operation-refused", pattern));
});

interface Counted {
  id: string;
  n: number;
}

const increment = (options: { mark?: boolean; where?: string; undo?: boolean }) =>
  transformDocuments({
    container: "counters",
    ...(options.mark === undefined ? {} : { mark: options.mark }),
    ...(options.where === undefined ? {} : { where: options.where }),
    transform: (document: Counted): Counted => ({ id: document.id, n: document.n + 1 }),
    ...(options.undo === false
      ? {}
      : { undo: { transform: (document) => ({ ...document, n: document.n - 1 }) } }),
  });

Deno.test("transformDocuments() with mark transforms a document once a cycle, and its inverse removes the stamp", async () => {
  const { products: counters, step } = setup({ counters: [{ id: "a", n: 1 }, { id: "b", n: 5 }] });
  const operation = increment({ mark: true });
  const numbers = () => counters.contents().map(({ n }) => n);

  await step.up(operation);
  const again = await step.again(operation, "up");
  assert.deepEqual(numbers(), [2, 6]);
  assert.equal(again.documents.read, 0, "stamped documents are not even read");
  counters.put({ id: "c", n: 100 });
  await step.down(operation);
  await step.again(operation.invert()!, "down");
  assert.deepEqual(counters.contents(), [{ id: "a", n: 1 }, { id: "b", n: 5 }, { id: "c", n: 100 }]);
  await step.up(operation);
  assert.deepEqual(numbers(), [2, 6, 101]);
});

Deno.test("transformDocuments() with mark goes on where a changed version of it stopped", async () => {
  const { products: counters, step } = setup({ counters: [{ id: "a", n: 1 }] });
  await step.up(increment({ mark: true }));
  counters.put({ id: "b", n: 10 });

  await step.up(increment({ mark: true }));

  assert.deepEqual(counters.contents().map(({ n }) => n), [2, 11]);
});

Deno.test("transformDocuments() in a down of its own takes the stamps away from what it brings back", async () => {
  const { products: counters, step } = setup({ counters: [{ id: "a", n: 1 }, { id: "b", n: 50 }] });
  const up = increment({ mark: true });
  const down = transformDocuments({
    container: "counters",
    where: "c.n < 10 AND NOT IS_DEFINED(c.back)",
    transform: ({ id, n }: Counted) => ({ id, n: n - 1, back: true }),
  });
  await step.up(up);
  await step.next(down, "down");

  await step.up(up);

  assert.deepEqual(counters.contents().map(({ n }) => n), [2, 51], "b was not brought back");
});

Deno.test("transformDocuments() stamps the way back, too, once for each time", async () => {
  const { products: counters, step } = setup({ counters: [{ id: "a", n: 1 }] });
  const operation = transformDocuments({
    container: "counters",
    where: "c.n < 100",
    isDone: ({ n }) => n % 2 === 0,
    transform: (document: Counted): Counted => ({ ...document, n: document.n + 1 }),
    undo: { mark: true, transform: (document) => ({ ...document, n: document.n - 1 }) },
  });
  for (let round = 0; round < 3; round++) {
    await step.up(operation);
    assert.equal(counters.document("a")?.["n"], 2);
    await step.down(operation);
    await step.again(operation.invert()!, "down");
    assert.equal(counters.document("a")?.["n"], 1);
  }
});

Deno.test("transformDocuments() keeps the notes that other steps have left in a document", async () => {
  const notes = { "20230101_000000": { other: { cycle: 1 } } };
  const { products: counters, step } = setup({ counters: [{ id: "a", n: 1, __cosmig: notes }] });

  await step.up(increment({ where: "c.n = 1" }));

  assert.deepEqual(counters.contents(), [{ id: "a", n: 2, __cosmig: notes }]);
});

Deno.test("transformDocuments() leaves what its function returns undefined for, and what it returns unchanged", async () => {
  const { products, step } = setup({ counters: [{ id: "a", n: 1 }, { id: "b", n: 2 }, { id: "c", n: 3 }] });
  const operation = transformDocuments({
    container: "counters",
    where: "c.n < 10",
    transform: (document: Counted): Counted | undefined =>
      document.n === 1 ? undefined : document.n === 2 ? { ...document } : { ...document, n: 10 },
  });

  const outcome = await step.up(operation);

  assert.deepEqual(outcome.documents, { read: 3, changed: 1, skipped: 2 });
  assert.deepEqual(products.contents().map(({ n }) => n), [1, 2, 10]);
});

Deno.test("transformDocuments() with isDone passes over what is done", async () => {
  const { products, step } = setup({ counters: [{ id: "a", n: 1 }, { id: "b", n: 20 }] });
  const operation = transformDocuments({
    container: "counters",
    isDone: ({ n }) => n >= 10,
    transform: (document: Counted): Counted => ({ ...document, n: document.n + 10 }),
  });

  await step.up(operation);
  await step.again(operation, "up");

  assert.deepEqual(products.contents().map(({ n }) => n), [11, 20]);
  assert.deepEqual(await step.verify(operation), []);
  products.put({ id: "c", n: 3 });
  assert.deepEqual(await step.verify(operation), ['Documents of "counters" still to be transformed: 1']);
});

Deno.test("transformDocuments() fails for a result that is no JSON, and names the document", async () => {
  const { step } = setup({ counters: [{ id: "a", n: 1 }] });
  const operation = transformDocuments({
    container: "counters",
    where: "c.n = 1",
    transform: (document: Counted): Counted => ({ ...document, n: Number.NaN }),
  });

  await assert.rejects(step.up(operation), refusal("documents-failed", /"a".*no JSON: current value is NaN/));
});

Deno.test("estimate() of transformDocuments refuses what would be transformed twice, and what it cannot evaluate", async () => {
  const { step } = setup({ counters: [{ id: "a", n: 1 }] });
  const cases: readonly [Operation, RegExp][] = [
    [increment({}), /nothing tells which are transformed.*mark: true.*isDone/],
    [increment({ where: "c._ts < GetCurrentTimestamp()" }), /evaluate.*mark: true/],
    [increment({ where: "udf.old(c)" }), /evaluate.*mark: true/],
    [increment({ where: "c.n <" }), /evaluate/],
    [increment({ where: "c.n = 1" }), /Cannot transform back.*nothing tells which/],
  ];

  for (const [operation, pattern] of cases) {
    await assert.rejects(step.estimate(operation, "none"), refusal("operation-refused", pattern));
  }
  const { documents } = await step.estimate(increment({ where: "c.n = 1", undo: false }));
  assert.equal(documents, 1);
});

Deno.test("apply() of transformDocuments refuses what nobody has planned", async () => {
  const { step, products } = setup({ counters: [{ id: "a", n: 1 }] });

  await assert.rejects(step.up(increment({})), refusal("operation-refused", /nothing tells/));
  await assert.rejects(
    step.up(increment({ where: "c.n > 0" })),
    refusal("operation-refused", /still meets `c.n > 0`/),
  );
  assert.equal(products.writesById.size, 0);
});

Deno.test("verify() of transformDocuments finds what an old application has written since", async () => {
  const { products, step } = setup(SHOP);
  await step.up(denormalise);
  assert.deepEqual(await step.verify(denormalise), []);

  products.put({ id: "p3", categoryId: "c1", tagIds: [] });

  assert.deepEqual(await step.verify(denormalise), [
    'Documents of "product" still to be transformed: 1, by `NOT IS_DEFINED(c.categoryName)`',
  ]);
});

Deno.test("selection() of transformDocuments reaches the documents that an unfinished attempt may have read", async () => {
  const { products: counters, step } = setup({ counters: [{ id: "a", n: 1 }] });
  const operation = increment({ mark: true });
  await step.up(operation);
  const stamped = counters.document("a")?.["_etag"];
  counters.put({ id: "b", n: 2 });
  const unfinished = counters.document("b")?.["_etag"];

  await step.touch(operation);

  assert.equal(counters.document("a")?.["_etag"], stamped);
  assert.notEqual(counters.document("b")?.["_etag"], unfinished);
  assert.deepEqual(counters.document("b")?.["n"], 2);
});
