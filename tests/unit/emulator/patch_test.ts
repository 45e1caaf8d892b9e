import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../lib/base/json.ts";
import { applyPatch, parsePatch } from "../../../lib/emulator/patch.ts";
import { GatewayError } from "../../../lib/emulator/gateway_error.ts";
import { statusOf, withEmulator } from "./_harness.ts";

const DOCUMENT = {
  id: "1",
  n: 1,
  text: "x",
  list: [1, 2, 3],
  deep: { a: { b: 1 } },
  "a/b": 1,
  "~": 2,
  nothing: null,
};

const CASES: readonly (readonly [name: string, operation: JsonObject, expected: JsonObject | "refused"])[] = [
  ["add creates a property", { op: "add", path: "/new", value: 1 }, { ...DOCUMENT, new: 1 }],
  ["add replaces a property", { op: "add", path: "/n", value: 2 }, { ...DOCUMENT, n: 2 }],
  ["add inserts into an array", { op: "add", path: "/list/1", value: 9 }, {
    ...DOCUMENT,
    list: [1, 9, 2, 3],
  }],
  ["add appends with a dash", { op: "add", path: "/list/-", value: 9 }, { ...DOCUMENT, list: [1, 2, 3, 9] }],
  ["add appends at the length", { op: "add", path: "/list/3", value: 9 }, {
    ...DOCUMENT,
    list: [1, 2, 3, 9],
  }],
  ["add refuses an index beyond the length", { op: "add", path: "/list/4", value: 9 }, "refused"],
  ["add refuses a parent that does not exist", { op: "add", path: "/no/x", value: 9 }, "refused"],
  ["add refuses a parent that is no container", { op: "add", path: "/n/x", value: 9 }, "refused"],
  ["add needs a value", { op: "add", path: "/x" }, "refused"],
  ["set replaces an array element", { op: "set", path: "/list/1", value: 9 }, {
    ...DOCUMENT,
    list: [1, 9, 3],
  }],
  ["set creates a property", { op: "set", path: "/deep/a/c", value: 9 }, {
    ...DOCUMENT,
    deep: { a: { b: 1, c: 9 } },
  }],
  ["set takes null", { op: "set", path: "/n", value: null }, { ...DOCUMENT, n: null }],
  ["replace needs the target", { op: "replace", path: "/new", value: 1 }, "refused"],
  ["replace changes the target", { op: "replace", path: "/deep/a", value: 1 }, {
    ...DOCUMENT,
    deep: { a: 1 },
  }],
  ["replace sees null as present", { op: "replace", path: "/nothing", value: 1 }, {
    ...DOCUMENT,
    nothing: 1,
  }],
  ["remove needs the target", { op: "remove", path: "/new" }, "refused"],
  ["remove takes an array element out", { op: "remove", path: "/list/0" }, { ...DOCUMENT, list: [2, 3] }],
  ["incr adds", { op: "incr", path: "/n", value: 1.5 }, { ...DOCUMENT, n: 2.5 }],
  ["incr creates", { op: "incr", path: "/new", value: 2 }, { ...DOCUMENT, new: 2 }],
  ["incr refuses text", { op: "incr", path: "/text", value: 1 }, "refused"],
  ["incr refuses a text as step", { op: "incr", path: "/n", value: "1" }, "refused"],
  ["move takes along", { op: "move", from: "/deep/a/b", path: "/b" }, { ...DOCUMENT, deep: { a: {} }, b: 1 }],
  ["move refuses a missing source", { op: "move", from: "/no", path: "/b" }, "refused"],
  ["move refuses a target within its source", { op: "move", from: "/deep", path: "/deep/a/x" }, "refused"],
  ["~1 stands for a slash", { op: "set", path: "/a~1b", value: 5 }, { ...DOCUMENT, "a/b": 5 }],
  ["~0 stands for a tilde", { op: "set", path: "/~0", value: 5 }, { ...DOCUMENT, "~": 5 }],
  ["__proto__ is a name as any other", { op: "set", path: "/__proto__/x", value: 5 }, "refused"],
  ["a path begins with a slash", { op: "set", path: "n", value: 5 }, "refused"],
  ["system properties cannot be patched", { op: "set", path: "/_etag", value: "x" }, "refused"],
  ["an operation that does not exist", { op: "copy", path: "/n", value: 1 }, "refused"],
];
for (const [name, operation, expected] of CASES) {
  Deno.test(`applyPatch(): ${name}`, () => {
    const before = structuredClone(DOCUMENT);
    if (expected === "refused") {
      assert.throws(
        () => applyPatch(DOCUMENT, [operation]),
        (error) => error instanceof GatewayError && error.status === 400,
      );
    } else assert.deepEqual(applyPatch(DOCUMENT, [operation]), expected);
    assert.deepEqual(DOCUMENT, before);
  });
}

Deno.test("applyPatch() does not reach the prototype of objects", () => {
  applyPatch({ id: "1" }, [{ op: "set", path: "/__proto__", value: { polluted: true } }]);
  assert.equal(({} as JsonObject).polluted, undefined);
  assert.throws(
    () => applyPatch({ id: "1" }, [{ op: "set", path: "/constructor/x", value: 1 }]),
    GatewayError,
  );
});

Deno.test("parsePatch() takes one to ten operations, with or without an object around them", () => {
  const operation = { op: "set", path: "/n", value: 1 };
  assert.equal(parsePatch([operation]).operations.length, 1);
  assert.equal(
    parsePatch({ operations: Array(10).fill(operation), condition: "FROM c" }).condition,
    "FROM c",
  );
  assert.throws(() => parsePatch({ operations: Array(11).fill(operation) }), GatewayError);
  assert.throws(() => parsePatch({ operations: [] }), GatewayError);
  assert.throws(() => parsePatch(null), GatewayError);
  assert.throws(() => parsePatch("x"), GatewayError);
});

Deno.test("applyPatch() does what a model of flat objects says", () => {
  const name = fc.constantFrom("a", "b", "c", "toString");
  const value = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.boolean());
  const operation = fc.oneof(
    fc.record({ op: fc.constantFrom("add", "set", "replace"), name, value }),
    fc.record({ op: fc.constant("remove"), name, value }),
    fc.record({ op: fc.constant("incr"), name, value: fc.integer() }),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.array(operation, { maxLength: 10 }), (start, operations) => {
      const model = new Map<string, JsonValue>(Object.entries(start));
      let refused = false;
      for (const { op, name, value } of operations) {
        const present = model.has(name);
        if ((op === "replace" || op === "remove") && !present) refused = true;
        if (op === "incr" && present && typeof model.get(name) !== "number") refused = true;
        if (refused) break;
        if (op === "remove") model.delete(name);
        else if (op === "incr") model.set(name, present ? Number(model.get(name)) + Number(value) : value);
        else model.set(name, value);
      }
      const patch = operations.map(({ op, name, value }) => ({ op, path: `/${name}`, value }));
      if (refused) assert.throws(() => applyPatch(start as JsonObject, patch), GatewayError);
      else assert.deepEqual(new Map(Object.entries(applyPatch(start as JsonObject, patch))), model);
    }),
  );
});

Deno.test(
  "a patch whose condition does not hold is refused with 412 and changes nothing",
  withEmulator({ documents: [{ id: "1", pk: "a", n: 1 }] }, async ({ items, emulator }) => {
    const before = emulator.store.documents("Items");
    const patch = (condition: string) =>
      items.item("1", "a").patch({ operations: [{ op: "set", path: "/n", value: 2 }], condition });
    assert.equal(await statusOf(patch("FROM c WHERE c.n = 2")), "412");
    assert.equal(await statusOf(patch("FROM c WHERE c.missing > 0")), "412");
    assert.equal(await statusOf(patch("c.n = 1")), "400");
    assert.equal(await statusOf(patch("FROM c WHERE ((")), "400");
    assert.deepEqual(emulator.store.documents("Items"), before);
    assert.equal(await statusOf(patch("FROM c WHERE c.n = 1")), "fine");
  }),
);

Deno.test(
  "a patch cannot change the id or the partition key, nor apply a part of its operations",
  withEmulator({ documents: [{ id: "1", pk: "a", n: 1 }] }, async ({ items, emulator }) => {
    const before = emulator.store.documents("Items");
    for (const path of ["/id", "/pk"]) {
      const operations = [{ op: "set" as const, path: "/n", value: 2 }, {
        op: "set" as const,
        path,
        value: "z",
      }];
      assert.ok((await statusOf(items.item("1", "a").patch({ operations }))).startsWith("400"));
    }
    assert.deepEqual(emulator.store.documents("Items"), before);
  }),
);
