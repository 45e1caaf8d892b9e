/** rebuildContainer on the embedded database: killed at its states, paused anywhere, watched at every request; killed anywhere in `tests/scenario/rebuild_under_attack_test.ts`. */
import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { CosmigError } from "../../../lib/base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../lib/base/json.ts";
import { rebuildContainer } from "../../../lib/definition/rebuild_container.ts";
import { putStoredProcedure } from "../../../lib/definition/put_script.ts";
import type { ObservedRequest } from "../../../lib/emulator/mod.ts";
import { Crash, EmbeddedSteps } from "../../support/embedded_steps.ts";

/** The chaos run takes 20 000. */
const COUNT = Number(process.env["COSMIG_REBUILD_DOCUMENTS"] ?? 2_000);

const ORDERS: readonly JsonObject[] = Array.from({ length: COUNT }, (_, n) => ({
  id: `order-${n}`,
  customer: `c${n % 13}`,
  number: `2024-${n}`,
  total: n / 4,
}));
const UNIQUE = rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] });

function start(documents: readonly JsonObject[] = ORDERS): Promise<EmbeddedSteps> {
  return EmbeddedSteps.start({ Orders: { partitionKey: "/customer", documents: [...documents] } });
}

function byId(documents: readonly JsonObject[]): string[] {
  return documents.map((document) => JSON.stringify(document)).sort();
}

/** Checks at every request that can take something away that all documents are in full in at least one container. */
function guard(
  steps: EmbeddedSteps,
  documents: readonly JsonObject[] = ORDERS,
): { checks: number; stop(): void } {
  const guarded = { checks: 0, stop: () => {} };
  const expected = byId(documents);
  const isSafe = () =>
    steps.emulator.store.containers().some((container) => {
      const found = new Set(byId(steps.documents(container)));
      return expected.every((document) => found.has(document));
    });
  guarded.stop = steps.emulator.onRequest({
    afterCommit: ({ resource, operation, body, n }) => {
      const takesAway = resource === "container" && operation === "delete" ||
        operation === "bulk" && /"operationType":"(?:Delete|Replace|Patch|Upsert)"/.test(body);
      if (!takesAway) return;
      guarded.checks++;
      if (!isSafe()) steps.violations.push(`no container holds all documents after request ${n}`);
    },
  });
  return guarded;
}

function uniqueKeysOf(steps: EmbeddedSteps): unknown {
  return steps.emulator.store.settings("Orders")["uniqueKeyPolicy"];
}

function assertRebuilt(steps: EmbeddedSteps, message?: string): void {
  assert.deepEqual(steps.emulator.store.containers(), ["Orders"], message);
  assert.deepEqual(byId(steps.documents("Orders")), byId(ORDERS), message);
  assert.deepEqual(uniqueKeysOf(steps), { uniqueKeys: [{ paths: ["/number"] }] }, message);
}

function refusal(pattern: RegExp, hint: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof CosmigError, String(error));
    assert.match(error.message, pattern);
    assert.match(error.message, /"Orders"/);
    assert.match(error.hint ?? "", hint);
    return true;
  };
}

Deno.test("rebuildContainer changes the unique keys, keeps scripts and settings, and its inverse brings all back", async () => {
  await using steps = await start();
  const guarded = guard(steps);
  await steps.up(putStoredProcedure({ container: "Orders", id: "touch", body: "function touch() {}" }));
  const settings = steps.emulator.store.settings("Orders");
  const estimate = await steps.estimate(UNIQUE);
  assert.equal(estimate.documents, COUNT);
  assert.match(estimate.notes.join(), /OFFLINE/);
  const memory = await steps.up(UNIQUE);
  assertRebuilt(steps);
  const script = putStoredProcedure({ container: "Orders", id: "touch", body: "function touch() {}" });
  assert.deepEqual(await steps.verify(script), []);
  assert.deepEqual(await steps.verify(UNIQUE), []);
  assert.equal(
    (await steps.apply(UNIQUE, { memory })).documents.changed,
    COUNT,
    "the second time it is done",
  );
  assert.deepEqual((await steps.estimate(UNIQUE)).notes, ["is so already, nothing changes"]);

  await steps.down(UNIQUE, memory);
  assert.deepEqual(byId(steps.documents("Orders")), byId(ORDERS));
  assert.deepEqual(own(steps.emulator.store.settings("Orders")), own(settings));
  assert.deepEqual(steps.emulator.store.containers(), ["Orders"]);
  assert.deepEqual(await steps.verify(script), []);
  assert.equal(guarded.checks, 4);
});

function own(definition: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(definition).filter(([name]) => !name.startsWith("_")));
}

Deno.test("rebuildContainer changes the partition key to a hierarchical one, and back", async () => {
  await using steps = await start(ORDERS.slice(0, 300));
  guard(steps, ORDERS.slice(0, 300));
  const operation = rebuildContainer({ container: "Orders", partitionKey: ["/customer", "/number"] });
  const memory = await steps.up(operation);
  assert.deepEqual(steps.emulator.store.settings("Orders")["partitionKey"], {
    paths: ["/customer", "/number"],
    kind: "MultiHash",
    version: 2,
  });
  assert.deepEqual(byId(steps.documents("Orders")), byId(ORDERS.slice(0, 300)));
  await steps.down(operation, memory);
  assert.deepEqual(
    (steps.emulator.store.settings("Orders")["partitionKey"] as JsonObject)["paths"],
    ["/customer"],
  );
  assert.deepEqual(byId(steps.documents("Orders")), byId(ORDERS.slice(0, 300)));
});

Deno.test("rebuildContainer keeps any documents as they are, there and back", async () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const documents = fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-z0-9 .-]{1,8}[a-z]$/),
      customer: scalar,
      region: fc.oneof(scalar, fc.constant({ nested: true }), fc.constant([1])),
      ttl: fc.constantFrom(-1),
      __cosmig: fc.constant({ "20230101_000001": { step: { cycle: 1 } } }),
      deep: fc.jsonValue({ maxDepth: 2 }),
    }, { requiredKeys: ["id"], noNullPrototype: true }),
    { selector: ({ id }) => id, maxLength: 25 },
  ) as unknown as fc.Arbitrary<JsonObject[]>;
  const operation = fc.constantFrom(
    rebuildContainer({ container: "Orders", partitionKey: "/region" }),
    rebuildContainer({ container: "Orders", partitionKey: ["/region", "/customer"] }),
    rebuildContainer({ container: "Orders", uniqueKeys: [["/id"]], partitionKey: "/id" }),
  );
  await fc.assert(
    fc.asyncProperty(documents, operation, async (some, rebuild) => {
      // Through JSON, as documents come.
      const plain: JsonObject[] = JSON.parse(JSON.stringify(some));
      await using steps = await start(plain);
      const settings = own(steps.emulator.store.settings("Orders"));
      assert.equal((await steps.estimate(rebuild)).documents, plain.length);
      const memory = await steps.up(rebuild);
      assert.deepEqual(byId(steps.documents("Orders")), byId(plain));
      await steps.down(rebuild, memory);
      assert.deepEqual(byId(steps.documents("Orders")), byId(plain));
      assert.deepEqual(own(steps.emulator.store.settings("Orders")), settings);
    }),
    { numRuns: 15 },
  );
});

Deno.test("rebuildContainer leaves a container that is so already, and so does its inverse", async () => {
  await using steps = await start(ORDERS.slice(0, 10));
  const operation = rebuildContainer({ container: "Orders", partitionKey: "/customer" });
  const { _rid: rid } = steps.emulator.store.settings("Orders");
  const memory = await steps.up(operation);
  await steps.down(operation, memory);
  assert.equal(steps.emulator.store.settings("Orders")["_rid"], rid);
});

Deno.test("rebuildContainer resumes when it is killed at any boundary of its states, on either side of the note", async () => {
  let boundaries = 0;
  for (let at = 1, done = false; !done; at++) {
    for (const side of ["before", "after"] as const) {
      await using steps = await start();
      guard(steps);
      const memory = steps.memory();
      let captures = 0;
      const run = await steps.run(UNIQUE, {
        memory,
        overrides: {
          capture: (value: JsonValue) => {
            captures++;
            if (captures === at && side === "before") return Promise.reject(new Crash());
            memory.captured = structuredClone(value);
            return captures === at ? Promise.reject(new Crash()) : Promise.resolve();
          },
        },
      });
      if (run.outcome !== undefined) {
        done = true;
        break;
      }
      assert.ok(run.error instanceof Crash, String(run.error));
      boundaries++;
      await steps.apply(UNIQUE, { memory });
      assertRebuilt(steps, `killed ${side} note ${at}`);
    }
  }
  assert.equal(boundaries, 14, "seven states");
});

Deno.test("rebuildContainer is not harmed by the late requests of a paused runner, whenever they arrive", async () => {
  await using probe = await start();
  const changes: number[] = [];
  const creates: number[] = [];
  const drops: number[] = [];
  let requests = 0;
  probe.onEffect = ({ method, operation, resource }) => {
    requests++;
    if (resource === "container" && operation === "create") creates.push(requests);
    if (resource === "container" && operation === "delete") drops.push(requests);
    if (method !== "GET" && operation !== "query") changes.push(requests);
  };
  await probe.up(UNIQUE);
  const sample = changes.filter((_, index) => index % 8 === 0);
  for (const at of new Set([...sample, ...creates, ...drops])) {
    for (const delivery of ["midway", "at the end"] as const) {
      await using steps = await start();
      guard(steps);
      const memory = steps.memory();
      const paused = await steps.run(UNIQUE, { memory, disturbance: { kind: "paused", at } });
      assert.ok(paused.error instanceof Crash, String(paused.error));
      let effects = 0;
      let delivered: Promise<void> | undefined;
      if (delivery === "midway") {
        steps.onEffect = () => {
          if (++effects === 40) delivered = paused.release();
        };
      }
      await steps.apply(UNIQUE, { memory });
      await (delivered ?? paused.release());
      steps.onEffect = () => {};
      // A create that arrives after all is over leaves an empty second container.
      for (const container of steps.emulator.store.containers()) {
        if (container === "Orders" || steps.documents(container).length > 0) continue;
        assert.equal(at, creates[0]);
        steps.emulator.store.deleteContainer(container);
      }
      assertRebuilt(steps, `request ${at}, delivered ${delivery}`);
    }
  }
});

Deno.test("rebuildContainer can be undone wherever it was killed", async () => {
  const documents = ORDERS.slice(0, 250);
  for (let at = 1;; at += 3) {
    await using steps = await start(documents);
    guard(steps, documents);
    const memory = steps.memory();
    const run = await steps.run(UNIQUE, { memory, disturbance: { kind: "dies", at } });
    if (run.outcome !== undefined) break;
    await steps.down(UNIQUE, memory);
    assert.deepEqual(byId(steps.documents("Orders")), byId(documents), `killed after request ${at}`);
    assert.deepEqual(uniqueKeysOf(steps), { uniqueKeys: [] });
    assert.deepEqual(steps.emulator.store.containers(), ["Orders"], `killed after request ${at}`);
  }
});

Deno.test("rebuildContainer reports all documents that collide, up to a limit, before anything is dropped", async () => {
  const twins = ORDERS.slice(0, 300).map((order, n) => n < 7 ? { ...order, id: `twin-${n}` } : order);
  const documents = [...ORDERS.slice(0, 7), ...twins];
  await using steps = await start(documents);
  const guarded = guard(steps, documents);
  const memory = steps.memory();
  const { error } = await steps.run(UNIQUE, { memory });
  assert.ok(refusal(/7 of its documents collide.*unique key/, /Nothing was dropped/)(error));
  const { failures } = (error as CosmigError).details;
  assert.ok(Array.isArray(failures));
  const numbers = failures.filter(isJsonObject).map(({ id }) => String(id).replace(/^\D+/, ""));
  assert.deepEqual(numbers.sort(), ["0", "1", "2", "3", "4", "5", "6"]);
  assert.deepEqual(byId(steps.documents("Orders")), byId(documents));

  guarded.stop();

  // Put right, the next attempt copies anew and comes to its end.
  steps.emulator.store.insert(
    "Orders",
    documents.slice(0, 7).map((order) => ({ ...order, number: `x-${order["number"]}` })),
  );
  await steps.apply(UNIQUE, { memory });
  assert.deepEqual(steps.emulator.store.containers(), ["Orders"]);
  assert.equal(steps.documents("Orders").length, documents.length);

  const many = ORDERS.slice(0, 400).map((order) => ({ ...order, number: "same" }));
  await using full = await start(many);
  const { error: fullError } = await full.run(UNIQUE, { memory: full.memory() });
  assert.ok(refusal(/at least 100 of its documents collide/, /Nothing was dropped/)(fullError));
});

Deno.test("rebuildContainer reports documents that would share id and partition key", async () => {
  const documents = [{ id: "1", customer: "a", region: "eu" }, { id: "1", customer: "b", region: "eu" }];
  await using steps = await start(documents);
  const operation = rebuildContainer({ container: "Orders", partitionKey: "/region" });
  const { error } = await steps.run(operation, { memory: steps.memory() });
  assert.ok(refusal(/1 of its documents collide.*same id and partition key/, /Nothing was dropped/)(error));
  assert.deepEqual(byId(steps.documents("Orders")), byId(documents));
});

/** Takes one document out of a copy behind the back of the run: the answer said that it was written. */
function loseOneCopy(steps: EmbeddedSteps, isTarget: (container: string) => boolean): () => boolean {
  let lost = false;
  steps.emulator.onRequest({
    afterCommit: ({ operation, body }) => {
      if (lost || operation !== "bulk") return;
      const target = steps.emulator.store.containers().find((container) =>
        isTarget(container) && steps.documents(container).length > 0
      );
      if (target === undefined || !body.includes('"Create"')) return;
      lost = true;
      const kept = steps.documents(target).slice(1);
      const settings = steps.emulator.store.settings(target);
      steps.emulator.store.insert(target, [{ ...steps.documents(target)[0], total: -1 } as JsonObject]);
      assert.ok(kept.length >= 0 && settings !== undefined);
    },
  });
  return () => lost;
}

Deno.test("rebuildContainer stops when the copy is not the same, keeps both containers and says how to go on", async () => {
  await using steps = await start();
  const wasLost = loseOneCopy(steps, (container) => container !== "Orders");
  const memory = steps.memory();
  const { error } = await steps.run(UNIQUE, { memory });
  assert.ok(wasLost());
  assert.ok(
    refusal(
      /its copy "cosmig-rebuild-Orders-.*" is not the same/,
      /Both containers are kept.*Run `up` again/,
    )(error),
  );
  assert.match((error as CosmigError).message, /is different/);
  assert.equal(steps.emulator.store.containers().length, 2);
  assert.deepEqual(byId(steps.documents("Orders")), byId(ORDERS));
  await steps.apply(UNIQUE, { memory });
  assertRebuilt(steps);
});

Deno.test("rebuildContainer stops when a copied document is dropped by the service, before anything is deleted", async () => {
  await using steps = await start();
  let dropped = false;
  const stop = steps.emulator.onRequest({
    before: (request) => {
      if (dropped || request.operation !== "bulk") return;
      dropped = true;
      // One copy is refused for good, and the tool is told that it is there already.
      return { kind: "operation-answer", operations: [0], status: 201 };
    },
  });
  const memory = steps.memory();
  const { error } = await steps.run(UNIQUE, { memory });
  stop();
  assert.ok(dropped);
  assert.ok(
    refusal(new RegExp(`${COUNT - 1} of ${COUNT} documents.*is missing`), /Both containers are kept/)(error),
  );
  assert.equal(steps.emulator.store.containers().length, 2);
  await steps.apply(UNIQUE, { memory });
  assertRebuilt(steps);
});

Deno.test("rebuildContainer stops when a document of the new container is not the same, and completes it next time", async () => {
  await using steps = await start();
  guard(steps);
  let dropped = false;
  const stop = steps.emulator.onRequest({
    before: (request) => {
      const isBack = steps.emulator.store.containers().includes("Orders") &&
        uniqueKeys(steps) && request.operation === "bulk";
      if (dropped || !isBack) return;
      dropped = true;
      return { kind: "operation-answer", operations: [0], status: 201 };
    },
  });
  const memory = steps.memory();
  const { error } = await steps.run(UNIQUE, { memory });
  stop();
  assert.ok(dropped);
  assert.ok(refusal(/1 documents are missing/, /Both containers are kept.*holds everything/)(error));
  assert.equal(steps.emulator.store.containers().length, 2);
  await steps.apply(UNIQUE, { memory });
  assertRebuilt(steps);
});

function uniqueKeys(steps: EmbeddedSteps): boolean {
  const policy = steps.emulator.store.settings("Orders")["uniqueKeyPolicy"];
  return isJsonObject(policy) && Array.isArray(policy["uniqueKeys"]) && policy["uniqueKeys"].length > 0;
}

Deno.test("rebuildContainer notices a writer that did not stop, whenever it writes before the drop, and copies anew", async () => {
  for (const kind of ["update", "create"] as const) {
    for (const after of [12, 20, 40]) {
      await using steps = await start();
      const memory = steps.memory();
      let requests = 0;
      const written = kind === "update"
        ? { ...ORDERS[7], total: 4_711 } as JsonObject
        : { id: "late", customer: "c1", number: "late" };
      steps.onEffect = () => {
        if (++requests === after) steps.emulator.store.insert("Orders", [written]);
      };
      const { error } = await steps.run(UNIQUE, { memory });
      assert.ok(
        refusal(/a writer did not stop: .*was written/, /Nothing was dropped. Stop everything/)(error),
        `${kind} after ${after}`,
      );
      steps.onEffect = () => {};
      await steps.apply(UNIQUE, { memory });
      const expected = [...ORDERS.filter(({ id }) => id !== written["id"]), written];
      assert.deepEqual(byId(steps.documents("Orders")), byId(expected));
      assert.deepEqual(steps.emulator.store.containers(), ["Orders"]);
    }
  }
});

/** The numbers of the requests of an undisturbed run that are of some kind. */
async function requestsThat(is: (request: ObservedRequest) => boolean): Promise<number[]> {
  await using steps = await start();
  const found: number[] = [];
  let requests = 0;
  steps.onEffect = (request) => {
    requests++;
    if (is(request)) found.push(requests);
  };
  await steps.up(UNIQUE);
  return found;
}

Deno.test("rebuildContainer lets the copy catch up when somebody writes between a lost drop and its repetition", async () => {
  const [at = 0] = await requestsThat(({ resource, operation }) =>
    resource === "container" && operation === "delete"
  );
  const late = { id: "late", customer: "c1", number: "late" };
  for (const delivery of ["never", 2, 12, 40] as const) {
    await using steps = await start();
    guard(steps);
    const memory = steps.memory();
    // The drop is on its way, and may arrive at any time.
    const paused = await steps.run(UNIQUE, { memory, disturbance: { kind: "paused", at } });
    assert.ok(paused.error instanceof Crash);
    assert.equal((memory.captured as JsonObject)["state"], "drop-original");
    steps.emulator.store.insert("Orders", [late]);
    const { error } = await steps.run(UNIQUE, { memory });
    assert.ok(refusal(/a writer did not stop/, /Stop everything/)(error));
    assert.equal(steps.emulator.store.containers().length, 2);

    let effects = 0;
    let delivered: Promise<void> | undefined;
    steps.onEffect = () => {
      if (++effects === delivery) delivered = paused.release();
    };
    const interrupted = await steps.run(UNIQUE, { memory });
    if (interrupted.outcome === undefined) await steps.apply(UNIQUE, { memory });
    await (delivered ?? paused.release());
    const found = byId(steps.documents("Orders"));
    for (const document of byId(ORDERS)) assert.ok(found.includes(document), `delivered ${delivery}`);
    if (delivery === "never") assert.deepEqual(found, byId([...ORDERS, late]));
    assert.deepEqual(steps.emulator.store.containers(), ["Orders"]);
  }
});

Deno.test("rebuildContainer writes to the very container that it created, and not to another one of its name", async () => {
  const bulks = await requestsThat(({ operation }) => operation === "bulk");
  const at = bulks.at(-3) ?? 0;
  await using steps = await start();
  const memory = steps.memory();
  const paused = await steps.run(UNIQUE, { memory, disturbance: { kind: "paused", at } });
  assert.equal((memory.captured as JsonObject)["state"], "copy-back");
  await steps.apply(UNIQUE, { memory });
  assertRebuilt(steps);
  steps.emulator.store.deleteContainer("Orders");
  steps.emulator.store.createContainer("Orders", { partitionKey: "/customer" });
  await paused.release();
  assert.deepEqual(steps.documents("Orders"), []);
});

Deno.test("rebuildContainer refuses a container whose documents expire, before anything is done", async () => {
  await using steps = await EmbeddedSteps.start({
    Orders: { partitionKey: "/customer", defaultTtl: 3_600, documents: [{ id: "1", customer: "a" }] },
  });
  const { error } = await steps.run(UNIQUE, { memory: steps.memory() });
  assert.ok(refusal(/its documents expire/, /setDefaultTtl/)(error));
  assert.deepEqual(steps.emulator.store.containers(), ["Orders"]);
});

Deno.test("rebuildContainer stops when somebody creates the container with the old keys between drop and create", async () => {
  await using steps = await start();
  guard(steps);
  const memory = steps.memory();
  let created = false;
  const stop = steps.emulator.onRequest({
    afterCommit: ({ resource, operation }) => {
      if (created || resource !== "container" || operation !== "delete") return;
      created = true;
      steps.emulator.store.createContainer("Orders", { partitionKey: "/customer" });
    },
  });
  const { error } = await steps.run(UNIQUE, { memory });
  stop();
  assert.ok(refusal(/somebody else created a container "Orders"/, /All documents are in .*delete it/)(error));
  steps.emulator.store.deleteContainer("Orders");
  await steps.apply(UNIQUE, { memory });
  assertRebuilt(steps);
});
