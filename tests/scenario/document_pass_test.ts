/** Passes over the wire: faults, splits and merges, and an application that goes on writing. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { FaultRule } from "../../lib/emulator/mod.ts";
import {
  add,
  addField,
  convert,
  defineMigration,
  editDocuments,
  lookup,
  rename,
  transformDocuments,
} from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

interface Counted {
  id: string;
  key?: string | number | null;
  version: number;
  live?: number;
}

const increment = transformDocuments({
  container: "Counters",
  where: "c.version = 1",
  transform: (document: Counted): Counted => ({ ...document, version: document.version + 1 }),
  undo: {
    where: "c.version = 2",
    transform: (document) => ({ ...document, version: document.version - 1 }),
  },
});
const INCREMENT = registryOf(defineMigration({ description: "Increment", up: [increment] }));

const SOME: FaultRule["when"] = { container: "Counters", resource: "document", probability: 0.06 };
const FAULTS: readonly FaultRule[] = [
  { when: { ...SOME, seed: 1 }, then: { kind: "answer", status: 429, retryAfterMs: 3 } },
  { when: { ...SOME, seed: 2 }, then: { kind: "answer", status: 449 } },
  { when: { ...SOME, seed: 3 }, then: { kind: "answer", status: 503 } },
  { when: { ...SOME, seed: 4 }, then: { kind: "drop", moment: "after-commit" } },
  { when: { ...SOME, seed: 5 }, then: { kind: "drop", moment: "before-commit" } },
  {
    when: { ...SOME, operation: "bulk", probability: 0.3, seed: 6 },
    then: { kind: "operation-answer", status: 429, retryAfterMs: 2, operations: 0.4 },
  },
];

Deno.test("a pass loses no write of a live application, whatever fails, splits and merges meanwhile", async () => {
  const count = 1_500;
  const documents = Array.from({ length: count }, (_, index) => ({ id: `d${index}`, version: 1, live: 0 }));
  await using database = await EmbeddedDatabase.start(
    { Counters: { partitionKey: "/id", documents } },
    { partitions: 3 },
  );
  const { store } = database.emulator;
  const lives = new Map<string, number>();
  let bulks = 0;
  const inject = () => database.emulator.inject(...FAULTS);
  const goOnWriting = (n: number) => {
    for (const id of [`d${n * 37 % count}`, `d${(n * 91 + 5) % count}`]) {
      const { _rid, _self, _etag, _ts, _attachments, ...own } = store.document("Counters", id) as JsonObject;
      const live = Number(own["live"]) + 1;
      lives.set(id, live);
      store.insert("Counters", [{ ...own, live }]);
    }
  };
  database.emulator.onRequest({
    before: ({ container, operation, n }) => {
      if (container !== "Counters") return;
      goOnWriting(n);
      if (operation !== "bulk") return;
      bulks++;
      const [first] = store.ranges("Counters");
      if (bulks === 4 || bulks === 12) store.split("Counters", first!.id);
      if (bulks === 20) store.merge("Counters", first!.id);
    },
  });
  inject();

  const settings = {
    ruPerSecond: undefined,
    concurrency: 2,
    pageSize: 50,
    maxFailures: 10,
    patienceMs: 60_000,
  };
  await database.up(INCREMENT, { settings });

  assert.deepEqual(database.emulator.unfiredRules(), []);
  assert.equal(store.ranges("Counters").length, 4);
  const stored = store.documents("Counters");
  assert.equal(stored.length, count);
  for (const document of stored) {
    assert.equal(document["version"], 2, `${document["id"]}`);
    assert.equal(document["live"], lives.get(String(document["id"])) ?? 0, `${document["id"]}`);
  }
});

Deno.test("a pass reaches awkward ids and every kind of partition key, also after a conflict", async () => {
  const ids = ["a/b", "a\\b", "a#b", "a?b", "ünï\u{1F600}", "x".repeat(255), " ", "%2F", '"'];
  const keys = [{}, { key: null }, { key: 1 }, { key: "1" }, { key: "ü/#" }, { key: true }, { key: 1.5 }];
  const documents = ids.flatMap((id) => keys.map((key) => ({ id, ...key, version: 1 })));
  await using database = await EmbeddedDatabase.start({ Counters: { partitionKey: "/key", documents } });
  let bulks = 0;
  database.emulator.onRequest({
    before: ({ container, operation }) => {
      // Every document gets another ETag between its read and its write.
      if (container === "Counters" && operation === "bulk" && ++bulks === 1) {
        database.emulator.store.insert("Counters", documents);
      }
    },
  });

  await database.up(INCREMENT);
  const there = database.documents("Counters");
  await database.rollback(INCREMENT);

  assert.equal(there.length, documents.length);
  assert.ok(there.every(({ version }) => version === 2));
  assert.ok(database.documents("Counters").every(({ version }) => version === 1));
});

Deno.test("a pass replaces documents of almost 2 MB, and names the one that would grow beyond it", async () => {
  const text = "x".repeat(1_900_000);
  const documents = Array.from({ length: 6 }, (_, index) => ({ id: `d${index}`, version: 1, text }));
  await using database = await EmbeddedDatabase.start(
    { Counters: { partitionKey: "/id", documents } },
    { partitions: 2 },
  );
  await database.up(INCREMENT);
  assert.ok(database.documents("Counters").every(({ version }) => version === 2));

  const grow = transformDocuments({
    container: "Counters",
    where: "c.version = 2",
    transform: (document: Counted): Counted => ({
      ...document,
      version: 3,
      ...(document.id === "d3" ? { more: text } : {}),
    }),
  });
  const registry = [...INCREMENT, ...registryOf(defineMigration({ description: "Grow", up: [grow] }))]
    .map((entry, index) => ({ ...entry, id: `20240101_00000${index + 1}` }));
  await assert.rejects(() => database.up(registry), /document "d3".*larger than the service allows/);
});

Deno.test("edits go there and back with traces, by hierarchical keys, over the wire", async () => {
  const documents = Array.from({ length: 120 }, (_, index) => ({
    id: `d${index}`,
    tenant: `t${index % 3}`,
    user: { id: index % 5 },
    price: `${index}.50`,
    items: [{ sku: index }, { sku: -index, "a/b": 1 }],
  }));
  await using database = await EmbeddedDatabase.start({
    Products: { partitionKey: ["/tenant", "/user/id"], documents },
  });
  const before = database.documents("Products");
  const registry = registryOf(
    defineMigration({
      description: "Edit",
      up: [
        editDocuments({
          container: "Products",
          where: "IS_STRING(c.price)",
          trace: true,
          edits: [
            convert("/price", { do: (price: string) => Number(price) }),
            rename("/items/*/sku", "/items/*/code"),
            add("/user/name", "?"),
          ],
        }),
        addField({ container: "Products", field: "/a~1b", value: [1] }),
      ],
    }),
  );

  await database.up(registry);
  const [first] = database.documents("Products");
  assert.deepEqual(
    { price: first?.["price"], items: first?.["items"], user: first?.["user"], added: first?.["a/b"] },
    { price: 0.5, items: [{ code: 0 }, { code: 0, "a/b": 1 }], user: { id: 0, name: "?" }, added: [1] },
  );
  await database.rollback(registry);

  assert.deepEqual(database.documents("Products"), before);
});

Deno.test("a lookup by key reads on demand over the wire", async () => {
  interface Product {
    id: string;
    categoryId: number;
    category?: string;
  }
  const products = Array.from({ length: 60 }, (_, index) => ({ id: `p${index}`, categoryId: index % 7 }));
  const categories = Array.from({ length: 7 }, (_, no) => ({ id: `c${no}`, no, name: `n${no}` }));
  await using database = await EmbeddedDatabase.start({
    Products: { partitionKey: "/id", documents: products },
    Categories: { partitionKey: "/id", documents: categories },
  });
  const registry = registryOf(
    defineMigration({
      description: "Names of categories",
      up: [
        transformDocuments({
          container: "Products",
          where: "NOT IS_DEFINED(c.category)",
          lookups: {
            categories: lookup<{ name: string }>({ container: "Categories", by: "/no", mode: "by-key" }),
          },
          transform: async (product: Product, { lookups }): Promise<Product> => ({
            ...product,
            category: (await lookups.categories.require(product.categoryId)).name,
          }),
        }),
      ],
    }),
  );

  await database.up(registry);

  for (const { categoryId, category } of database.documents("Products")) {
    assert.equal(category, `n${categoryId}`);
  }
});
