import type { JsonObject, JsonValue } from "../../../../lib/base/json.ts";
import type { Check } from "../check.ts";
import { guide, rest } from "../citation.ts";
import { sdkOutcome } from "../specimen.ts";

const PATCH = guide("partial-document-update");
const PATCH_REST = rest("patch-a-document");
const FAQ = guide("partial-document-update-faq");
const BASE: JsonObject = { n: 1, text: "t", list: [1, 2, 3], deep: { a: 1 } };

type Case = readonly [name: string, operations: readonly JsonObject[], expected: JsonValue];

/** What each operation does with {@linkcode BASE}; a text is the outcome of a refusal. */
const CASES: readonly Case[] = [
  ["add gives an object a property", [{ op: "add", path: "/new", value: 5 }], { ...BASE, new: 5 }],
  ["add overwrites a property", [{ op: "add", path: "/n", value: 5 }], { ...BASE, n: 5 }],
  ["add inserts into an array", [{ op: "add", path: "/list/1", value: 9 }], { ...BASE, list: [1, 9, 2, 3] }],
  ["add appends with -", [{ op: "add", path: "/list/-", value: 9 }], { ...BASE, list: [1, 2, 3, 9] }],
  ["add refuses an index beyond the end", [{ op: "add", path: "/list/4", value: 9 }], "400"],
  ["add refuses a path whose parent is missing", [{ op: "add", path: "/no/x", value: 9 }], "400"],
  ["set gives an object a property", [{ op: "set", path: "/new", value: {} }], { ...BASE, new: {} }],
  ["set overwrites a property", [{ op: "set", path: "/deep/a", value: 2 }], { ...BASE, deep: { a: 2 } }],
  ["set overwrites an element", [{ op: "set", path: "/list/1", value: 9 }], { ...BASE, list: [1, 9, 3] }],
  ["set appends with -", [{ op: "set", path: "/list/-", value: 9 }], { ...BASE, list: [1, 2, 3, 9] }],
  ["replace overwrites a property", [{ op: "replace", path: "/n", value: "x" }], { ...BASE, n: "x" }],
  ["replace refuses a missing property", [{ op: "replace", path: "/no", value: 1 }], "400"],
  ["remove takes a property away", [{ op: "remove", path: "/n" }], without("n")],
  ["remove takes an element away", [{ op: "remove", path: "/list/0" }], { ...BASE, list: [2, 3] }],
  ["remove refuses a missing property", [{ op: "remove", path: "/no" }], "400"],
  ["incr adds to a number", [{ op: "incr", path: "/n", value: 2.5 }], { ...BASE, n: 3.5 }],
  ["incr subtracts with a negative value", [{ op: "incr", path: "/n", value: -3 }], { ...BASE, n: -2 }],
  ["incr begins a missing property", [{ op: "incr", path: "/new", value: 2 }], { ...BASE, new: 2 }],
  ["incr refuses what is no number", [{ op: "incr", path: "/text", value: 1 }], "400"],
  ["move takes a value to a new place", [{ op: "move", from: "/n", path: "/deep/n" }], {
    ...without("n"),
    deep: { a: 1, n: 1 },
  }],
  ["move overwrites its target", [{ op: "move", from: "/n", path: "/text" }], { ...without("n"), text: 1 }],
  ["move inserts into an array", [{ op: "move", from: "/n", path: "/list/0" }], {
    ...without("n"),
    list: [1, 1, 2, 3],
  }],
  ["move refuses a missing source", [{ op: "move", from: "/no", path: "/x" }], "400"],
  ["move refuses a target within its source", [{ op: "move", from: "/deep", path: "/deep/b" }], "400"],
  ["~1 and ~0 stand for slash and tilde", [{ op: "set", path: "/a~1b~0c", value: 1 }], {
    ...BASE,
    "a/b~c": 1,
  }],
  ["operations apply in their order", [
    { op: "set", path: "/new", value: 1 },
    { op: "incr", path: "/new", value: 1 },
    { op: "remove", path: "/n" },
  ], { ...without("n"), new: 2 }],
  ["one operation that fails undoes all", [
    { op: "set", path: "/n", value: 2 },
    { op: "remove", path: "/no" },
  ], "400"],
  [
    "ten operations are the most",
    Array.from({ length: 11 }, () => ({ op: "incr", path: "/n", value: 1 })),
    "400",
  ],
  ["ten operations are done", Array.from({ length: 10 }, () => ({ op: "incr", path: "/n", value: 1 })), {
    ...BASE,
    n: 11,
  }],
  ["no operation is refused", [], "400"],
  ["an unknown operation is refused", [{ op: "copy", path: "/n", value: 1 }], "400"],
  ["the id cannot be patched", [{ op: "set", path: "/id", value: "2" }], "400"],
  ["system properties cannot be patched", [{ op: "set", path: "/_ts", value: 1 }], "400"],
  ["a path begins with a slash", [{ op: "set", path: "n", value: 1 }], "400"],
];

/** Partial updates. */
export const PATCH_CHECKS: readonly Check[] = [
  ...CASES.map(([name, operations, expected]): Check => ({
    name: `patch: ${name}`,
    cites: name.startsWith("system") ? FAQ : PATCH,
    expected: typeof expected === "string" ? [expected, BASE] : ["200", expected],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put({ id: "1", pk, ...BASE });
      const { outcome } = await specimen.documents({
        method: "PATCH",
        id: "1",
        key: [pk],
        headers: { "content-type": "application/json_patch+json" },
        body: { operations },
      });
      return [outcome, withoutSystem((await specimen.documents({ id: "1", key: [pk] })).json)];
    },
  })),
  {
    name: "patch: the partition key cannot be patched",
    cites: FAQ,
    expected: [true, "1"],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      await sdk.items.create({ id: "1", pk });
      const outcome = await sdkOutcome(sdk.item("1", pk).patch([{ op: "set", path: "/pk", value: "x" }]));
      return [outcome.startsWith("400"), (await sdk.item("1", pk).read()).resource?.id ?? null];
    },
  },
  {
    name: "patch: the SDK's list of operations is taken as well as an object with them",
    cites: PATCH_REST,
    expected: ["200", "200", 3],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      await sdk.items.create({ id: "1", pk, n: 1 });
      const operations = [{ op: "incr" as const, path: "/n", value: 1 }];
      return [
        await sdkOutcome(sdk.item("1", pk).patch(operations)),
        await sdkOutcome(sdk.item("1", pk).patch({ operations })),
        (await sdk.item("1", pk).read()).resource?.n ?? null,
      ];
    },
  },
  {
    name: "patch: a condition that does not hold refuses it and changes nothing",
    cites: guide("partial-document-update-getting-started"),
    expected: ["412", 1, "412", 1, "200", 2],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      await sdk.items.create({ id: "1", pk, n: 1 });
      const item = sdk.item("1", pk);
      const patch = (condition: string) =>
        sdkOutcome(item.patch({ operations: [{ op: "set", path: "/n", value: 2 }], condition }));
      const n = async () => (await item.read()).resource?.n ?? null;
      return [
        await patch("FROM c WHERE c.n = 2"),
        await n(),
        await patch("FROM c WHERE c.missing = 1"),
        await n(),
        await patch("FROM c WHERE c.n = 1 AND IS_DEFINED(c.pk)"),
        await n(),
      ];
    },
  },
  {
    name: "patch: a condition that is no query is refused",
    cites: guide("partial-document-update-getting-started"),
    expected: ["400", 1],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      await sdk.items.create({ id: "1", pk, n: 1 });
      const item = sdk.item("1", pk);
      const outcome = await sdkOutcome(
        item.patch({ operations: [{ op: "set", path: "/n", value: 2 }], condition: "FROM c WHERE ((" }),
      );
      return [outcome, (await item.read()).resource?.n ?? null];
    },
  },
  {
    name: "patch: the answer is the new document with its new ETag",
    cites: PATCH_REST,
    expected: ["200", 2, true, true],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const [before] = await specimen.put({ id: "1", pk, n: 1 });
      const { outcome, json, headers } = await specimen.documents({
        method: "PATCH",
        id: "1",
        key: [pk],
        body: { operations: [{ op: "incr", path: "/n", value: 1 }] },
      });
      return [outcome, json["n"] ?? null, headers.etag === json["_etag"], headers.etag !== before];
    },
  },
];

function without(name: string): JsonObject {
  return Object.fromEntries(Object.entries(BASE).filter(([other]) => other !== name));
}

function withoutSystem(document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document).filter(([name]) => !name.startsWith("_") && name !== "id" && name !== "pk"),
  );
}
