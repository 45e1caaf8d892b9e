import assert from "node:assert/strict";
import { CosmigError } from "../../../lib/base/errors.ts";
import type { Fault, FaultRule, ObservedRequest } from "../../../lib/emulator/mod.ts";
import { parseFaults } from "../../../lib/emulator/mod.ts";
import { FaultRules } from "../../../lib/emulator/fault_rules.ts";
import { DOCS, withEmulator } from "./_harness.ts";

const KEY = { "x-ms-documentdb-partitionkey": '["a"]' };
const create = { operation: "create", resource: "document", container: "Items" } as const;

Deno.test(
  "a rule fails the n-th fitting request with the status of the service and without effect",
  withEmulator({
    faults: [{ when: { ...create, nth: 2 }, then: { kind: "answer", status: 429, retryAfterMs: 40 } }],
  }, async ({ raw, emulator }) => {
    const post = (id: string) => raw("POST", DOCS, { headers: KEY, body: { id, pk: "a" } });
    assert.equal((await post("1")).status, 201);
    await raw("GET", `${DOCS}/1`, { headers: KEY });
    assert.equal(emulator.unfiredRules().length, 1);
    const throttled = await post("2");
    assert.deepEqual([throttled.status, throttled.substatus], [429, 3200]);
    assert.equal(throttled.headers["x-ms-retry-after-ms"], "40");
    assert.equal((await post("2")).status, 201);
    assert.deepEqual(emulator.unfiredRules(), []);
  }),
);

for (const status of [408, 410, 449, 500, 503]) {
  Deno.test(
    `a rule answers ${status}`,
    withEmulator(
      { faults: [{ when: create, then: { kind: "answer", status } }] },
      async ({ raw, emulator }) => {
        assert.equal((await raw("POST", DOCS, { headers: KEY, body: { id: "1", pk: "a" } })).status, status);
        assert.deepEqual(emulator.store.documents("Items"), []);
      },
    ),
  );
}

const CUTS: readonly (readonly [Fault, stored: number])[] = [
  [{ kind: "drop", moment: "before-commit" }, 0],
  [{ kind: "drop", moment: "after-commit" }, 1],
  [{ kind: "truncate" }, 1],
];
for (const [fault, stored] of CUTS) {
  Deno.test(
    `a connection is cut (${JSON.stringify(fault)}) with ${stored} documents written`,
    withEmulator({ faults: [{ when: create, then: fault }] }, async ({ raw, emulator }) => {
      await assert.rejects(raw("POST", DOCS, { headers: KEY, body: { id: "1", pk: "a" } }));
      assert.equal(emulator.store.documents("Items").length, stored);
      assert.equal(emulator.requests.entries.at(-1)?.status, 0);
    }),
  );
}

Deno.test(
  "a request hangs until the emulator closes, without effect",
  withEmulator({ faults: [{ when: create, then: { kind: "hang" } }] }, async ({ raw, emulator }) => {
    const arrived = Promise.withResolvers<void>();
    emulator.onRequest({ before: () => arrived.resolve() });
    const hung = raw("POST", DOCS, { headers: KEY, body: { id: "1", pk: "a" } });
    const rejected = assert.rejects(hung);
    await arrived.promise;
    assert.deepEqual(emulator.store.documents("Items"), []);
    await emulator.close();
    await rejected;
  }),
);

Deno.test(
  "a delayed request takes effect, unless the emulator closes first",
  withEmulator({
    faults: [
      { when: { ...create, nth: 1 }, then: { kind: "delay", delayMs: 1 } },
      { when: { ...create, nth: 2 }, then: { kind: "delay", delayMs: 3_600_000 } },
    ],
  }, async ({ raw, emulator }) => {
    assert.equal((await raw("POST", DOCS, { headers: KEY, body: { id: "1", pk: "a" } })).status, 201);
    const arrived = Promise.withResolvers<void>();
    emulator.onRequest({ before: () => arrived.resolve() });
    const rejected = assert.rejects(raw("POST", DOCS, { headers: KEY, body: { id: "2", pk: "a" } }));
    await arrived.promise;
    await emulator.close();
    await rejected;
    assert.equal(emulator.store.documents("Items").length, 1);
  }),
);

Deno.test(
  "a rule refuses single operations of a bulk request",
  withEmulator({
    partitions: 1,
    faults: [{
      when: { operation: "bulk" },
      then: { kind: "operation-answer", status: 429, retryAfterMs: 5, operations: [1] },
    }],
  }, async ({ raw, emulator }) => {
    const headers = { "x-ms-cosmos-is-batch-request": "True", "x-ms-documentdb-partitionkeyrangeid": "0" };
    const body = ["1", "2", "3"].map((id) => ({
      operationType: "Create",
      partitionKey: '["a"]',
      resourceBody: { id, pk: "a" },
    }));
    const { json } = await raw("POST", DOCS, { headers, body });
    assert.deepEqual(json.map(({ statusCode }: { statusCode: number }) => statusCode), [201, 429, 201]);
    assert.equal(json[1].retryAfterMilliseconds, 5);
    assert.deepEqual(emulator.store.documents("Items").map(({ id }) => id), ["1", "3"]);
  }),
);

Deno.test(
  "hooks see each request before and after it takes effect, and can wait in between",
  withEmulator({}, async ({ raw, emulator }) => {
    const seen: string[] = [];
    const open = Promise.withResolvers<void>();
    emulator.onRequest({
      before: ({ n, operation }) =>
        void seen.push(`before ${n} ${operation} ${emulator.store.documents("Items").length}`),
      afterCommit: async ({ n }, { status }) => {
        seen.push(`after ${n} ${status} ${emulator.store.documents("Items").length}`);
        await open.promise;
      },
      afterAnswer: ({ n }) => void seen.push(`answered ${n}`),
    });
    const answer = raw("POST", DOCS, { headers: KEY, body: { id: "1", pk: "a" } });
    open.resolve();
    await answer;
    assert.deepEqual(seen, ["before 1 create 0", "after 1 201 1", "answered 1"]);
  }),
);

Deno.test(
  "what a hook returns happens to the request",
  withEmulator({}, async ({ raw, emulator }) => {
    const remove = emulator.onRequest({ before: () => ({ kind: "answer", status: 503 }) });
    assert.equal((await raw("GET", "/dbs")).status, 503);
    remove();
    emulator.onRequest({ afterCommit: () => ({ kind: "drop", moment: "after-commit" }) });
    await assert.rejects(raw("POST", DOCS, { headers: KEY, body: { id: "1", pk: "a" } }));
    assert.equal(emulator.store.documents("Items").length, 1);
  }),
);

Deno.test("FaultRules.decide() repeats the same choices for the same seed", () => {
  const choices = (seed: number) => {
    const rules = new FaultRules([{ when: { probability: 0.3, seed }, then: { kind: "hang" } }]);
    return Array.from({ length: 200 }, () => rules.decide(request({})) === undefined ? 0 : 1);
  };
  assert.deepEqual(choices(1), choices(1));
  assert.notDeepEqual(choices(1), choices(2));
  const share = choices(1).reduce<number>((sum, choice) => sum + choice, 0) / 200;
  assert.ok(share > 0.2 && share < 0.4, String(share));
});

Deno.test("FaultRules.decide() takes the first rule that fires and counts for all that fit", () => {
  const delay = (delayMs: number): Fault => ({ kind: "delay", delayMs });
  const rules = new FaultRules([
    { when: { method: "PUT" }, then: delay(1) },
    { when: { nth: [1, 3] }, then: delay(2) },
    { when: { nth: 3 }, then: delay(3) },
    { when: {}, then: delay(4) },
  ]);
  const decided = Array.from(
    { length: 3 },
    () => (rules.decide(request({}))?.fault as { delayMs: number }).delayMs,
  );
  assert.deepEqual(decided, [2, 4, 2]);
  assert.deepEqual(rules.unfired().map(({ then }) => (then as { delayMs: number }).delayMs), [1, 3]);
  assert.equal(rules.decide(request({ resource: "admin" })), undefined);
});

Deno.test("parseFaults() takes what the documentation describes", () => {
  const rules: readonly FaultRule[] = [
    { name: "slow", when: { method: "GET", nth: [1, 2] }, then: { kind: "delay", delayMs: 10 } },
    {
      when: { resource: "document", operation: "bulk", container: "c", probability: 0.5, seed: 3 },
      then: { kind: "hang" },
    },
    { when: {}, then: { kind: "operation-answer", status: 429, operations: 0.5 } },
    { when: {}, then: { kind: "drop", moment: "after-commit" } },
  ];
  assert.deepEqual(parseFaults(JSON.parse(JSON.stringify({ rules }))), rules);
  assert.deepEqual(parseFaults([]), []);
});

const WRONG: readonly (readonly [unknown, path: string])[] = [
  [null, ""],
  [{ rules: {} }, "/rules"],
  [[1], "/0"],
  [[{ when: {} }], "/0/then"],
  [[{ when: {}, then: { kind: "explode" } }], "/0/then/kind"],
  [[{ when: {}, then: { kind: "answer" } }], "/0/then/status"],
  [[{ when: {}, then: { kind: "answer", status: 200 } }], "/0/then/status"],
  [[{ when: { nth: 0 }, then: { kind: "hang" } }], "/0/when/nth"],
  [[{ when: { resorce: "document" }, then: { kind: "hang" } }], "/0/when/resorce"],
  [[{ when: { resource: "docs" }, then: { kind: "hang" } }], "/0/when/resource"],
  [[{ when: { probability: 2 }, then: { kind: "hang" } }], "/0/when/probability"],
  [[{ when: {}, then: { kind: "drop", moment: "later" } }], "/0/then/moment"],
];
for (const [json, path] of WRONG) {
  Deno.test(`parseFaults() names ${path || "the root"} in ${JSON.stringify(json)}`, () => {
    assert.throws(
      () => parseFaults(json),
      (error) => error instanceof CosmigError && error.code === "emulator" && error.details.path === path,
    );
  });
}

function request(more: Partial<ObservedRequest>): ObservedRequest {
  return {
    n: 1,
    method: "GET",
    path: "/",
    resource: "document",
    operation: "read",
    database: undefined,
    container: undefined,
    id: undefined,
    headers: {},
    body: "",
    ...more,
  };
}
