/** One migration with every kind of operation, killed after any request: its plan can still be shown, and the end is that of an undisturbed run. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import {
  addCompositeIndex,
  addField,
  copyContainer,
  copyDocuments,
  createContainer,
  defineMigration,
  deleteContainer,
  deleteDocuments,
  moveToPartition,
  purgeTraces,
  putStoredProcedure,
  putTrigger,
  putUserDefinedFunction,
  rebuildContainer,
  removeCompositeIndex,
  run,
  seedDocuments,
  setDefaultTtl,
  setIndexingPolicy,
  setThroughput,
  setVectorPolicy,
  transformDocuments,
} from "../../lib/mod.ts";
import { previewUp } from "../../lib/runner/preview.ts";
import { Crash } from "../support/doomed_process.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

/** Of the requests of a run, one in so many is its last. */
const EVERY = 17;
const CONSENT = { allowOffline: true, allowDestructive: true } as const;
const POLICY = { order: "linear", ahead: "allow", drift: "refuse" } as const;

interface Order {
  id: string;
  customer: string;
  number: string;
}

const ORDERS = Array.from({ length: 12 }, (_, n): Order & JsonObject => ({
  id: `o${n}`,
  customer: `c${n % 3}`,
  number: `n${n}`,
}));
const INDEX = [["/customer", "ascending"], ["/number", "descending"]] as const;

const REGISTRY = registryOf(
  defineMigration({
    description: "Everything at once",
    up: [
      createContainer({ container: "New", partitionKey: "/id" }),
      seedDocuments({ container: "New", documents: [{ id: "1" }, { id: "2" }] }),
      addField({ container: "Orders", field: "/checked", value: true, trace: true }),
      transformDocuments({
        container: "Orders",
        where: "NOT IS_DEFINED(c.label)",
        transform: (order: Order) => ({ ...order, label: `${order.customer}/${order.number}` }),
      }),
      copyDocuments({ from: "Orders", to: "Archive", where: "c.customer = 'c0'" }),
      moveToPartition({
        container: "Orders",
        where: "c.customer = 'c1'",
        move: (order: Order) => ({ ...order, customer: "c9" }),
      }),
      deleteDocuments({ container: "Orders", where: "c.customer = 'c2'" }),
      copyContainer({ from: "Orders", to: "Copy", follow: "change-feed" }),
      rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] }),
      putStoredProcedure({ container: "Orders", id: "p", body: "function p() {}" }),
      putTrigger({ container: "Orders", id: "t", type: "pre", operation: "create", body: "function t() {}" }),
      putUserDefinedFunction({ container: "Orders", id: "f", body: "function f() {}" }),
      purgeTraces({ container: "Orders" }),
      setIndexingPolicy({
        container: "Archive",
        indexingPolicy: {
          indexingMode: "consistent",
          includedPaths: [{ path: "/*" }],
          excludedPaths: [{ path: "/x/?" }],
        },
      }),
      addCompositeIndex({ container: "Orders", paths: INDEX }),
      removeCompositeIndex({ container: "Orders", paths: INDEX }),
      setDefaultTtl({ container: "Sessions", seconds: 60 }),
      setVectorPolicy({
        container: "Archive",
        embeddings: [{ path: "/v", dataType: "float32", dimensions: 3, distanceFunction: "cosine" }],
      }),
      setThroughput({ container: "Archive", throughput: { ruPerSecond: 800 } }),
      deleteContainer({ container: "Old" }),
      run({
        name: "then",
        describe: "Then",
        execute: async (ctx) => void await ctx.once("this", () => Promise.resolve()),
      }),
    ],
  }),
);

function start(): Promise<EmbeddedDatabase> {
  return EmbeddedDatabase.start({
    Orders: { partitionKey: "/customer", documents: ORDERS },
    Archive: { partitionKey: "/customer", throughput: 400 },
    Copy: { partitionKey: "/number" },
    Sessions: { partitionKey: "/id", documents: [{ id: "s" }] },
    Old: { partitionKey: "/id", documents: [{ id: "x" }] },
  });
}

function stateOf({ emulator }: EmbeddedDatabase): unknown {
  const { __migrations: _, ...containers } = emulator.store.snapshot().containers;
  return Object.entries(containers).sort(([left], [right]) => left < right ? -1 : 1).map((
    [id, container],
  ) => [
    id,
    Object.entries(emulator.store.settings(id)).filter(([name]) => !name.startsWith("_")).sort(),
    (container.documents ?? []).map((document) => JSON.stringify(Object.entries(document).sort())).sort(),
  ]);
}

Deno.test("up with every kind of operation ends alike, whichever request it died after, and plan can be asked in between", async () => {
  await using undisturbed = await start();
  const before = undisturbed.emulator.requests.count;
  await undisturbed.up(REGISTRY, CONSENT);
  const requests = undisturbed.emulator.requests.count - before;
  const expected = stateOf(undisturbed);
  const documents = [...ORDERS].filter(({ customer }) => customer !== "c2");
  assert.equal(undisturbed.documents("Orders").length, documents.length);
  assert.deepEqual(undisturbed.documents("Copy").length, documents.length);
  assert.ok(!undisturbed.emulator.store.containers().includes("Old"));

  let crashes = 0;
  for (let at = 2; at < requests; at += EVERY) {
    await using database = await start();
    const death = await database.up(REGISTRY, { ...CONSENT, disturbance: { kind: "dies", at } }).then(
      () => undefined,
      (error) => error,
    );
    if (death === undefined) continue;
    assert.ok(death instanceof Crash, String(death));
    crashes++;
    const seen = stateOf(database);
    for (const count of ["exact", "none"] as const) {
      const { migrations } = await database.within(
        REGISTRY,
        {},
        (context) => previewUp(context, { policy: POLICY, count, limit: context.settings }),
      );
      assert.equal(
        migrations[0]?.operations.length ?? 0,
        migrations.length * REGISTRY[0]!.migration.up.length,
      );
    }
    assert.deepEqual(stateOf(database), seen, "a plan changes nothing");
    await database.bury();
    await database.up(REGISTRY, CONSENT);
    assert.deepEqual(stateOf(database), expected, `killed after request ${at} of ${requests}`);
  }
  assert.ok(crashes > 8, `${crashes} crashes of ${requests} requests show nothing`);
});
