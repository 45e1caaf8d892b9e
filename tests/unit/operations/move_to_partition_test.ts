/** moveToPartition and copyDocuments on the embedded database. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { CosmigError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { copyDocuments } from "../../../lib/definition/copy_documents.ts";
import { moveToPartition } from "../../../lib/definition/move_to_partition.ts";
import { Crash, EmbeddedSteps } from "../../support/embedded_steps.ts";

interface Order {
  id: string;
  region: string;
  total?: number;
}

const toGb = moveToPartition({
  container: "Orders",
  where: "c.region = 'uk'",
  move: (order: Order): Order => ({ ...order, region: "gb" }),
  undo: { where: "c.region = 'gb'", move: (order) => ({ ...order, region: "uk" }) },
});

function start(documents: readonly JsonObject[]): Promise<EmbeddedSteps> {
  return EmbeddedSteps.start({ Orders: { partitionKey: "/region", documents: [...documents] } });
}

function sorted(documents: readonly JsonObject[]): string[] {
  return documents.map((document) => JSON.stringify(Object.entries(document).sort())).sort();
}

function moved(document: JsonObject): JsonObject {
  return document["region"] === "uk" ? { ...document, region: "gb" } : document;
}

const ORDERS: readonly JsonObject[] = Array.from({ length: 160 }, (_, n) => ({
  id: `o${n}`,
  region: ["uk", "fr", "us"][n % 3] ?? "",
  total: n,
}));

const orders = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[a-z]{1,5}$/),
    region: fc.constantFrom("uk", "fr", "us", null),
    total: fc.oneof(fc.integer(), fc.constant(null), fc.string()),
    __cosmig: fc.constantFrom({ "20230101_000001": { step: { cycle: 1 } } }),
  }, { requiredKeys: ["id"], noNullPrototype: true }),
  { selector: ({ id }) => id, maxLength: 30 },
) as unknown as fc.Arbitrary<JsonObject[]>;

Deno.test("moveToPartition moves what is selected, and the undo that is given brings it back", async () => {
  await fc.assert(
    fc.asyncProperty(orders, async (documents) => {
      await using steps = await start(documents);
      const estimate = await steps.estimate(toGb);
      const expected = documents.filter(({ region }) => region === "uk").length;
      assert.equal(estimate.documents, expected);
      assert.deepEqual(sorted(steps.documents("Orders")), sorted(documents));
      const memory = steps.memory();
      assert.equal((await steps.apply(toGb, { memory })).documents.changed, expected);
      assert.deepEqual(sorted(steps.documents("Orders")), sorted(documents.map(moved)));
      assert.deepEqual(await steps.verify(toGb), []);
      await steps.up(toGb);
      assert.deepEqual(sorted(steps.documents("Orders")), sorted(documents.map(moved)));
      await steps.down(toGb, memory);
      assert.deepEqual(sorted(steps.documents("Orders")), sorted(documents));
    }),
    { numRuns: 20 },
  );
});

Deno.test("moveToPartition keeps every document in one place at least, whichever request the process died after, and resumes", async () => {
  const wanted = ORDERS.map(moved);
  const ids = new Set(ORDERS.map(({ id }) => id));
  for (let at = 1;; at += 2) {
    await using steps = await start(ORDERS);
    const memory = steps.memory();
    const run = await steps.run(toGb, { memory, disturbance: { kind: "dies", at } });
    assert.deepEqual(new Set(steps.documents("Orders").map(({ id }) => id)), ids, `after request ${at}`);
    if (run.outcome !== undefined) break;
    assert.ok(run.error instanceof Crash, String(run.error));
    if (at % 4 === 1) {
      await steps.apply(toGb, { memory });
      assert.deepEqual(sorted(steps.documents("Orders")), sorted(wanted), `killed after request ${at}`);
    } else {
      await steps.down(toGb, memory);
      assert.deepEqual(sorted(steps.documents("Orders")), sorted(ORDERS), `undone after request ${at}`);
    }
  }
});

Deno.test("moveToPartition takes along what the application changes in the old place, also between a crash and the next run", async () => {
  const changed = { id: "o0", region: "uk", total: -1 };
  const wanted = [...ORDERS.slice(1).map(moved), { ...changed, region: "gb" }];
  for (let at = 1;; at++) {
    await using steps = await start(ORDERS.slice(0, 40));
    const memory = steps.memory();
    let requests = 0;
    let wasChanged = false;
    steps.onEffect = () => {
      const isThere = steps.documents("Orders").some(({ id, region }) => id === "o0" && region === "uk");
      if (++requests !== at || !isThere) return;
      wasChanged = true;
      steps.emulator.store.insert("Orders", [changed]);
    };
    const { outcome, requests: total } = await steps.run(toGb, { memory });
    assert.ok(outcome);
    const found = steps.documents("Orders");
    const expected = wasChanged
      ? wanted.filter(({ total }) => Number(total) < 40)
      : ORDERS.slice(0, 40).map(moved);
    assert.deepEqual(sorted(found), sorted(expected), `changed after request ${at}`);
    if (at >= total) break;
  }
  for (let at = 1;; at++) {
    await using steps = await start(ORDERS.slice(0, 40));
    const memory = steps.memory();
    const run = await steps.run(toGb, { memory, disturbance: { kind: "dies", at } });
    if (run.outcome !== undefined) break;
    const isThere = steps.documents("Orders").some(({ id, region }) => id === "o0" && region === "uk");
    if (isThere) steps.emulator.store.insert("Orders", [changed]);
    await steps.apply(toGb, { memory });
    const found = steps.documents("Orders").filter(({ id }) => id === "o0");
    assert.deepEqual(found, [isThere ? { ...changed, region: "gb" } : { id: "o0", region: "gb", total: 0 }]);
  }
});

function isFailure(message: RegExp, hint: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof CosmigError, String(error));
    assert.match(error.message, message);
    assert.match(`${error.message} ${error.hint ?? ""}`, hint);
    return true;
  };
}

Deno.test("moveToPartition deletes nothing when another document is in the new place, or the copy is not there", async () => {
  const documents = [{ id: "1", region: "uk", total: 1 }, { id: "1", region: "gb", total: 2 }];
  await using steps = await start(documents);
  await assert.rejects(
    steps.up(toGb),
    isFailure(
      /document "1" of "Orders" as another document of that id is in the partition "gb"/,
      /delete the one/,
    ),
  );
  assert.deepEqual(sorted(steps.documents("Orders")), sorted(documents));

  await using lying = await start([{ id: "1", region: "uk" }]);
  lying.emulator.inject({
    when: { operation: "bulk", nth: 1 },
    then: { kind: "operation-answer", operations: "all", status: 201 },
  });
  await assert.rejects(
    lying.up(toGb),
    isFailure(/"1" of "Orders" as it is not in its new place/, /Nothing of it was deleted/),
  );
  assert.deepEqual(lying.documents("Orders"), [{ id: "1", region: "uk" }]);
});

Deno.test("moveToPartition refuses a move that leads nowhere, stays, or would be repeated", async () => {
  await using steps = await start([{ id: "1", region: "uk" }]);
  const of = (move: (order: Order) => Order, where = "c.region = 'uk'") =>
    moveToPartition({ container: "Orders", where, move });
  await assert.rejects(
    steps.up(of((order) => order)),
    isFailure(/partition key stays "uk"/, /transformDocuments/),
  );
  await assert.rejects(
    steps.up(of((order) => ({ ...order, region: "gb" }), "true")),
    isFailure(/would still meet `true`/, /where/),
  );
  await assert.rejects(
    steps.up(of((order) => ({ ...order, id: "2", region: "gb" }))),
    isFailure(/id has to stay/, /put right/),
  );
  await assert.rejects(
    steps.up(of(() => {
      throw new Error("no region");
    })),
    isFailure(/its move failed: no region/, /put right/),
  );
  assert.deepEqual(steps.documents("Orders"), [{ id: "1", region: "uk" }]);
});

// --- copyDocuments

const paid = copyDocuments({
  from: "Orders",
  to: "Invoices",
  where: "c.total > 10",
  transform: ({ id, total }: { id: string; total: number }) => ({ id: `i-${id}`, year: total % 3, total }),
});

function startBoth(documents: readonly JsonObject[], invoices: readonly JsonObject[] = []) {
  return EmbeddedSteps.start({
    Orders: { partitionKey: "/region", documents: [...documents] },
    Invoices: { partitionKey: "/year", documents: [...invoices] },
  });
}

Deno.test("copyDocuments copies what is selected, twice as once, and its inverse deletes what is still the same", async () => {
  const some = fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-z]{1,4}$/),
      region: fc.constantFrom("uk", "fr"),
      total: fc.nat(30),
    }, {
      noNullPrototype: true,
    }),
    { selector: ({ id }) => id, maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(some, fc.nat(), async (documents, pick) => {
      const others = [{ id: "other", year: 1, total: 1 }];
      await using steps = await startBoth(documents, others);
      const copies = documents.filter(({ total }) => total > 10)
        .map(({ id, total }) => ({ id: `i-${id}`, year: total % 3, total }));
      assert.equal((await steps.estimate(paid)).documents, copies.length);
      const memory = await steps.up(paid);
      assert.deepEqual(sorted(steps.documents("Invoices")), sorted([...copies, ...others]));
      await steps.up(paid);
      assert.deepEqual(sorted(steps.documents("Invoices")), sorted([...copies, ...others]));
      const changed = copies[pick % Math.max(1, copies.length)];
      const kept = changed === undefined ? [] : [{ ...changed, note: "the application's" }];
      steps.emulator.store.insert("Invoices", kept);
      await steps.down(paid, memory);
      assert.deepEqual(sorted(steps.documents("Invoices")), sorted([...kept, ...others]));
      assert.deepEqual(sorted(steps.documents("Orders")), sorted(documents));
    }),
    { numRuns: 15 },
  );
});

Deno.test("copyDocuments resumes after a crash at any request", async () => {
  const wanted = ORDERS.filter(({ total }) => Number(total) > 10)
    .map(({ id, total }) => ({ id: `i-${id}`, year: Number(total) % 3, total: total ?? 0 }));
  let crashes = 0;
  for (let at = 1;; at++) {
    await using steps = await startBoth(ORDERS);
    const memory = steps.memory();
    const run = await steps.run(paid, { memory, disturbance: { kind: "dies", at } });
    if (run.outcome !== undefined) break;
    crashes++;
    await steps.apply(paid, { memory });
    assert.deepEqual(sorted(steps.documents("Invoices")), sorted(wanted), `killed after request ${at}`);
  }
  assert.ok(crashes >= 6, `${crashes}`);
});

Deno.test("copyDocuments reports all that differ in the target, keeps or replaces them as it is told", async () => {
  const documents = [{ id: "1", region: "uk", total: 1 }, { id: "2", region: "uk", total: 2 }, {
    id: "3",
    region: "uk",
    total: 3,
  }];
  const before = [{ id: "1", year: 1, total: 9 }, { id: "2", year: 1, total: 9 }];
  const copy = (existing: "refuse" | "keep" | "replace") =>
    copyDocuments({
      from: "Orders",
      to: "Invoices",
      existing,
      transform: ({ id, total }: { id: string; total: number }) => ({ id, year: 1, total }),
    });
  const copied = documents.map(({ id, total }) => ({ id, year: 1, total }));
  await using refusing = await startBoth(documents, before);
  await assert.rejects(
    refusing.up(copy("refuse")),
    isFailure(/2 documents of "Orders" to "Invoices": "1".*"2"/, /existing/),
  );
  assert.deepEqual(sorted(refusing.documents("Invoices")), sorted([...before, copied[2] as JsonObject]));
  await using keeping = await startBoth(documents, before);
  await keeping.up(copy("keep"));
  assert.deepEqual(sorted(keeping.documents("Invoices")), sorted([...before, copied[2] as JsonObject]));
  await using replacing = await startBoth(documents, before);
  await replacing.up(copy("replace"));
  assert.deepEqual(sorted(replacing.documents("Invoices")), sorted(copied));
  assert.equal(copy("replace").invert(), undefined);
});
