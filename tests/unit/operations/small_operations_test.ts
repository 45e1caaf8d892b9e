/** setThroughput, the scripts, deleteContainer, deleteDocuments and purgeTraces on the embedded database. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { CosmigError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { deleteContainer } from "../../../lib/definition/delete_container.ts";
import { deleteDocuments } from "../../../lib/definition/delete_documents.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import { purgeTraces } from "../../../lib/definition/purge_traces.ts";
import {
  putStoredProcedure,
  putTrigger,
  putUserDefinedFunction,
} from "../../../lib/definition/put_script.ts";
import { setThroughput } from "../../../lib/definition/set_throughput.ts";
import { compileCondition } from "../../../lib/sql/mod.ts";
import { Crash, EmbeddedSteps } from "../../support/embedded_steps.ts";

/** Crashes after each request in turn, and resumes; `start` prepares a database and `state` is what has to be the same in the end. */
async function crashAnywhere(
  start: () => Promise<EmbeddedSteps>,
  options: {
    readonly operation: Operation;
    state(steps: EmbeddedSteps): unknown;
    every?: number;
  },
): Promise<number> {
  const { operation, state, every = 1 } = options;
  await using undisturbed = await start();
  await undisturbed.up(operation);
  const expected = state(undisturbed);
  let crashes = 0;
  for (let at = 1;; at += every) {
    await using steps = await start();
    const memory = steps.memory();
    const run = await steps.run(operation, { memory, disturbance: { kind: "dies", at } });
    if (run.outcome !== undefined) break;
    assert.ok(run.error instanceof Crash, String(run.error));
    crashes++;
    await steps.apply(operation, { memory });
    assert.deepEqual(state(steps), expected, `crash after request ${at}`);
  }
  return crashes;
}

function isRefused(error: unknown): boolean {
  return error instanceof CosmigError && error.code === "operation-refused" && error.hint !== undefined;
}

const ORDERS = { partitionKey: "/customer", throughput: 600 } as const;

Deno.test("setThroughput sets, is done the second time, and its inverse sets what was found", async () => {
  await using steps = await EmbeddedSteps.start({ Orders: ORDERS });
  const operation = setThroughput({ container: "Orders", throughput: { ruPerSecond: 1_000 } });
  const found = setThroughput({ container: "Orders", throughput: { ruPerSecond: 600 } });
  assert.deepEqual(await steps.verify(found), []);
  const memory = await steps.up(operation);
  assert.deepEqual(await steps.verify(operation), []);
  assert.deepEqual((await steps.estimate(operation)).notes, ["is so already, nothing changes"]);
  await steps.apply(operation, { memory });
  await steps.down(operation, memory);
  assert.deepEqual(await steps.verify(found), []);
});

Deno.test("setThroughput captures what was there before, whichever request the process died after", async () => {
  const operation = setThroughput({ container: "Orders", throughput: { ruPerSecond: 1_000 } });
  const found = setThroughput({ container: "Orders", throughput: { ruPerSecond: 600 } });
  let crashes = 0;
  for (let at = 1;; at++) {
    await using steps = await EmbeddedSteps.start({ Orders: ORDERS });
    const memory = steps.memory();
    const run = await steps.run(operation, { memory, disturbance: { kind: "dies", at } });
    if (run.outcome !== undefined) break;
    crashes++;
    await steps.apply(operation, { memory });
    assert.deepEqual(await steps.verify(operation), []);
    await steps.down(operation, memory);
    assert.deepEqual(await steps.verify(found), [], `crash after request ${at}`);
  }
  assert.ok(crashes >= 4);
});

Deno.test("setThroughput is refused at plan time for another kind and without throughput of its own", async () => {
  await using steps = await EmbeddedSteps.start({ Orders: ORDERS });
  await assert.rejects(
    steps.estimate(setThroughput({ container: "Orders", throughput: { maxRuPerSecond: 4_000 } })),
    (error) => isRefused(error) && /migrate/.test((error as CosmigError).hint ?? ""),
  );
  await using serverless = await EmbeddedSteps.start({ Orders: { partitionKey: "/customer" } }, {
    serverless: true,
  });
  const operation = setThroughput({ container: "Orders", throughput: { ruPerSecond: 1_000 } });
  await assert.rejects(serverless.estimate(operation), isRefused);
  const during = setThroughput({
    container: "Orders",
    throughput: { ruPerSecond: 1_000 },
    during: "migration",
  });
  assert.match((await serverless.estimate(during)).notes.join(), /left as it is/);
  await serverless.up(during);
});

Deno.test("setThroughput for the migration never lowers", async () => {
  await using steps = await EmbeddedSteps.start({ Orders: { ...ORDERS, throughput: 5_000 } });
  await steps.up(
    setThroughput({ container: "Orders", throughput: { ruPerSecond: 1_000 }, during: "migration" }),
  );
  const found = setThroughput({ container: "Orders", throughput: { ruPerSecond: 5_000 } });
  assert.deepEqual(await steps.verify(found), []);
});

const SCRIPTS = [
  putStoredProcedure({ container: "Orders", id: "touch", body: "function touch() { return 2; }" }),
  putTrigger({ container: "Orders", id: "touch", type: "pre", body: "function touch() { return 2; }" }),
  putUserDefinedFunction({ container: "Orders", id: "touch", body: "function touch() { return 2; }" }),
];
const OLD_SCRIPTS = [
  putStoredProcedure({ container: "Orders", id: "touch", body: "function touch() { return 1; }" }),
  putTrigger({ container: "Orders", id: "touch", type: "post", body: "function touch() { return 1; }" }),
  putUserDefinedFunction({ container: "Orders", id: "touch", body: "function touch() { return 1; }" }),
];

for (const [index, operation] of SCRIPTS.entries()) {
  const old = OLD_SCRIPTS[index];
  assert.ok(old);

  for (const before of ["missing", "another", "the same"] as const) {
    Deno.test(`put: ${operation.description}, with ${before} before, also after a crash anywhere, and back`, async () => {
      const prepared = before === "missing" ? undefined : before === "another" ? old : operation;
      let crashes = 0;
      for (let at = 1;; at++) {
        await using steps = await EmbeddedSteps.start({ Orders: ORDERS });
        if (prepared !== undefined) await steps.up(prepared);
        const memory = steps.memory();
        const run = await steps.run(operation, { memory, disturbance: { kind: "dies", at } });
        if (run.outcome === undefined) {
          crashes++;
          await steps.apply(operation, { memory });
        }
        assert.deepEqual(await steps.verify(operation), []);
        await steps.down(operation, memory);
        if (prepared !== undefined) assert.deepEqual(await steps.verify(prepared), []);
        else assert.equal((await steps.verify(operation)).length, 1);
        if (run.outcome !== undefined) break;
      }
      assert.ok(crashes >= 2);
    });
  }
}

Deno.test("deleteContainer deletes the container that was there when it began, and no other one of its name", async () => {
  const operation = deleteContainer({ container: "Carts" });
  await using steps = await EmbeddedSteps.start({ Carts: { partitionKey: "/id", documents: [{ id: "1" }] } });
  assert.equal((await steps.estimate(operation)).documents, 1);
  const memory = steps.memory();
  const paused = await steps.run(operation, { memory, disturbance: { kind: "paused", at: 2 } });
  assert.ok(paused.error instanceof Crash);
  assert.deepEqual(steps.documents("Carts"), [{ id: "1" }], "the delete has not arrived yet");
  await steps.apply(operation, { memory });
  steps.emulator.store.createContainer("Carts", { partitionKey: "/id", documents: [{ id: "2" }] });
  await paused.release();
  await steps.apply(operation, { memory });
  assert.deepEqual(steps.documents("Carts"), [{ id: "2" }]);
});

Deno.test("deleteContainer says what is missing and what to do", async () => {
  await using steps = await EmbeddedSteps.start({});
  await assert.rejects(
    steps.up(deleteContainer({ container: "Carts" })),
    (error) =>
      error instanceof CosmigError && error.code === "resource-missing" &&
      /"Carts"/.test(error.message) && /ifContainerExists/.test(error.hint ?? ""),
  );
});

const document = fc.record({
  id: fc.stringMatching(/^[a-z]{1,6}$/),
  customer: fc.constantFrom("a", "b", "c", null),
  n: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(null), fc.constantFrom("1", "x"), fc.boolean()),
}, { requiredKeys: ["id"], noNullPrototype: true });

function distinct(documents: readonly JsonObject[]): JsonObject[] {
  return [
    ...new Map(documents.map((item) => [JSON.stringify([item["id"], item["customer"]]), item])).values(),
  ];
}

Deno.test("deleteDocuments deletes just what the condition selects, as estimated, also twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(document, { maxLength: 40 }).map(distinct),
      fc.constantFrom("c.n > 0", "NOT IS_DEFINED(c.n)", "c.customer = 'a'", "true", "c.n = null"),
      async (documents, where) => {
        await using steps = await EmbeddedSteps.start({ Orders: { partitionKey: "/customer", documents } });
        const condition = compileCondition(where, { alias: "c" });
        const expected = documents.filter((item) => !condition.matches(item, {}));
        const operation = deleteDocuments({ container: "Orders", where });
        const before = steps.documents("Orders");
        const estimate = await steps.estimate(operation);
        assert.equal(estimate.documents, documents.length - expected.length);
        assert.deepEqual(steps.documents("Orders"), before);
        const outcome = await steps.apply(operation, { memory: steps.memory() });
        assert.equal(outcome.documents.changed, documents.length - expected.length);
        const left = steps.documents("Orders");
        assert.deepEqual(left.length, expected.length);
        assert.deepEqual(
          new Set(left.map((item) => JSON.stringify(item, ["id", "customer", "n"]))),
          new Set(expected.map((item) => JSON.stringify(item, ["id", "customer", "n"]))),
        );
        await steps.up(operation);
        assert.deepEqual(steps.documents("Orders"), left);
        assert.deepEqual(await steps.verify(operation), []);
      },
    ),
    { numRuns: 25 },
  );
});

const MANY = Array.from({ length: 250 }, (_, n) => ({ id: `o${n}`, customer: `c${n % 7}`, n: n % 2 }));

Deno.test("deleteDocuments resumes after a crash at any request", async () => {
  const crashes = await crashAnywhere(
    () => EmbeddedSteps.start({ Orders: { partitionKey: "/customer", documents: MANY } }),
    {
      operation: deleteDocuments({ container: "Orders", where: "c.n = 1" }),
      state: (steps) => steps.documents("Orders"),
    },
  );
  assert.ok(crashes >= 6, `${crashes}`);
});

Deno.test("deleteDocuments keeps a document that is changed between the read and the delete", async () => {
  await using steps = await EmbeddedSteps.start({ Orders: { partitionKey: "/customer", documents: MANY } });
  let changed = false;
  steps.emulator.onRequest({
    before: (request) => {
      if (changed || request.operation !== "bulk") return;
      changed = true;
      steps.emulator.store.insert("Orders", [{ id: "o1", customer: "c1", n: 0 }, {
        id: "o3",
        customer: "c3",
        n: 1,
        note: "still to be deleted",
      }]);
    },
  });
  await steps.up(deleteDocuments({ container: "Orders", where: "c.n = 1" }));
  assert.ok(changed);
  assert.equal(steps.documents("Orders").length, 126);
  assert.deepEqual(steps.documents("Orders").find(({ id }) => id === "o1"), {
    id: "o1",
    customer: "c1",
    n: 0,
  });
});

const traced = fc.array(
  fc.record({
    id: fc.stringMatching(/^[a-z]{1,6}$/),
    name: fc.string(),
    __cosmig: fc.dictionary(
      fc.constantFrom("20240101_000001", "20240101_000002", "20240101_000003"),
      fc.constant({ step: { cycle: 1 } }),
      { noNullPrototype: true },
    ),
  }, { requiredKeys: ["id"], noNullPrototype: true }),
  { maxLength: 20 },
);

Deno.test("purgeTraces drops the notes of the named migrations, or all, and nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(
      traced,
      fc.constantFrom<(readonly string[] | undefined)[]>(undefined, ["20240101_000001"], [
        "20240101_000001",
        "20240101_000003",
      ]),
      async (some, migrations) => {
        const documents = [...new Map(some.map((item) => [item.id, item as unknown as JsonObject])).values()];
        await using steps = await EmbeddedSteps.start({ Users: { partitionKey: "/id", documents } });
        const operation = purgeTraces({
          container: "Users",
          ...(migrations === undefined ? {} : { migrations }),
        });
        const touched = documents.filter(({ __cosmig }) =>
          __cosmig !== undefined &&
          (migrations === undefined || migrations.some((id) => Object.hasOwn(__cosmig as object, id)))
        );
        assert.equal((await steps.estimate(operation)).documents, touched.length);
        await steps.up(operation);
        const expected = documents.map((item) => {
          if (!touched.includes(item)) return item;
          const { __cosmig, ...rest } = item;
          const kept = Object.entries(__cosmig as JsonObject).filter(([id]) =>
            migrations !== undefined && !migrations.includes(id)
          );
          return kept.length === 0 ? rest : { ...rest, __cosmig: Object.fromEntries(kept) };
        });
        const byId = (items: readonly JsonObject[]) =>
          [...items].sort((left, right) => String(left["id"]) < String(right["id"]) ? -1 : 1);
        assert.deepEqual(byId(steps.documents("Users")), byId(expected as JsonObject[]));
        assert.deepEqual(await steps.verify(operation), []);
      },
    ),
    { numRuns: 25 },
  );
});
