import type { JsonObject } from "../../../../lib/base/json.ts";
import vectors from "../../../unit/emulator/effective_partition_keys.json" with { type: "json" };
import type { Check } from "../check.ts";
import { guide, sdk } from "../citation.ts";
import type { Laboratory } from "../laboratory.ts";
import { membersOf, rowsOf, sdkOutcome } from "../specimen.ts";

const TTL = guide("time-to-live");
const UNIQUE = guide("unique-keys");
const HIERARCHICAL = guide("hierarchical-partition-keys");
/** Of the first level `"a"`, as the SDK computes it. */
const HASH_OF_A =
  vectors.find(({ version, key }) => version === "multi" && key.length === 1 && key[0] === "a")
    ?.epk ?? "";
const TENANTS: readonly JsonObject[] = ["a", "b"].flatMap((tenant) =>
  ["x", "y"].flatMap((user) =>
    [1, 2].map((session) => ({ id: `${tenant}${user}${session}`, tenant, user, session }))
  )
);

/** What containers do beyond storing: time to live, unique keys, hierarchical partition keys. */
export const KEY_CHECKS: readonly Check[] = [
  {
    name:
      "time to live: the container's default expires documents, -1 keeps them, a ttl of their own goes first",
    cites: TTL,
    expected: [["default", "keeps", "longer", "shorter"], ["keeps", "longer"]],
    async observe(laboratory) {
      const specimen = await laboratory.container({ definition: { defaultTtl: 3 } });
      await specimen.put(
        { id: "default", pk: "a" },
        { id: "keeps", pk: "a", ttl: -1 },
        { id: "longer", pk: "a", ttl: 2_000 },
        { id: "shorter", pk: "a", ttl: 3 },
      );
      const before = await specimen.all("a");
      await laboratory.pass(4);
      return [[...before], [...await specimen.all("a")]];
    },
  },
  {
    name: "time to live: a default of -1 expires only documents that say so",
    cites: TTL,
    expected: [["default"], "404", "200"],
    async observe(laboratory) {
      const specimen = await laboratory.container({ definition: { defaultTtl: -1 } });
      await specimen.put({ id: "default", pk: "a" }, { id: "shorter", pk: "a", ttl: 1 });
      await laboratory.pass(3);
      return [
        [...await specimen.all("a")],
        (await specimen.documents({ id: "shorter", key: ["a"] })).outcome,
        (await specimen.documents({ id: "default", key: ["a"] })).outcome,
      ];
    },
  },
  {
    name: "time to live: without a default, the ttl of a document has no effect",
    cites: TTL,
    expected: ["200"],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      await specimen.put({ id: "1", pk: "a", ttl: 1 });
      await laboratory.pass(3);
      return [(await specimen.documents({ id: "1", key: ["a"] })).outcome];
    },
  },
  {
    name: "time to live: a write begins it anew",
    cites: TTL,
    expected: ["200", "200", "404"],
    async observe(laboratory) {
      const specimen = await laboratory.container({ definition: { defaultTtl: 60 } });
      const read = async () => (await specimen.documents({ id: "1", key: ["a"] })).outcome;
      await specimen.put({ id: "1", pk: "a" });
      await laboratory.pass(40);
      const [early] = [await read(), await specimen.put({ id: "1", pk: "a" })];
      await laboratory.pass(40);
      const late = await read();
      await laboratory.pass(40);
      return [early, late, await read()];
    },
  },
  {
    name:
      "time to live: a document that has expired can be created again, not replaced, and is in no change feed",
    cites: TTL,
    expected: ["404", [], "201"],
    async observe(laboratory) {
      const specimen = await laboratory.container({ definition: { defaultTtl: 1 } });
      await specimen.put({ id: "1", pk: "a" });
      await laboratory.pass(3);
      const body = { id: "1", pk: "a" };
      const replaced = await specimen.documents({ method: "PUT", id: "1", key: ["a"], body });
      const feeds: unknown[] = [];
      for (const { id } of await specimen.ranges()) feeds.push(...membersOf(await specimen.feed(id), "id"));
      const created = await specimen.documents({ method: "POST", key: ["a"], body });
      return [replaced.outcome, feeds.map(String), created.outcome];
    },
  },
  {
    name: "time to live: zero, null and fractions are refused",
    cites: TTL,
    expected: ["400", "400", "400", "400"],
    async observe(laboratory) {
      const specimen = await laboratory.container({ definition: { defaultTtl: -1 } });
      const outcomes: string[] = [];
      for (const ttl of [0, null, 1.5, -2]) {
        const body = { id: "1", pk: "a", ttl };
        outcomes.push((await specimen.documents({ method: "POST", key: ["a"], body })).outcome);
      }
      return outcomes;
    },
  },
  {
    name: "unique keys: hold within a partition key, for creates, upserts, replaces and patches",
    cites: UNIQUE,
    expected: ["201", "409", "201", "201", "409", "409", "409"],
    async observe(laboratory) {
      const { sdk: container } = await unique(laboratory);
      const { items } = container;
      return [
        await sdkOutcome(items.create({ id: "1", pk: "a", email: "x" })),
        await sdkOutcome(items.create({ id: "2", pk: "a", email: "x" })),
        await sdkOutcome(items.create({ id: "1", pk: "b", email: "x" })),
        await sdkOutcome(items.create({ id: "2", pk: "a", email: "y" })),
        await sdkOutcome(items.upsert({ id: "2", pk: "a", email: "x" })),
        await sdkOutcome(container.item("2", "a").replace({ id: "2", pk: "a", email: "x" })),
        await sdkOutcome(container.item("2", "a").patch([{ op: "set", path: "/email", value: "x" }])),
      ];
    },
  },
  {
    name: "unique keys: a missing value is a value, which one document may have",
    cites: UNIQUE,
    expected: ["201", "409"],
    async observe(laboratory) {
      const { sdk: { items } } = await unique(laboratory);
      return [
        await sdkOutcome(items.create({ id: "1", pk: "a" })),
        await sdkOutcome(items.create({ id: "2", pk: "a" })),
      ];
    },
  },
  {
    name: "unique keys: of several paths hold for their values together",
    cites: UNIQUE,
    expected: ["201", "201", "409"],
    async observe(laboratory) {
      const { sdk: { items } } = await unique(laboratory, ["/first", "/last"]);
      return [
        await sdkOutcome(items.create({ id: "1", pk: "a", first: "x", last: "y" })),
        await sdkOutcome(items.create({ id: "2", pk: "a", first: "x", last: "z" })),
        await sdkOutcome(items.create({ id: "3", pk: "a", first: "x", last: "y" })),
      ];
    },
  },
  {
    name:
      "unique keys: a value is free again after its document was deleted or changed, not when the write was undone",
    cites: UNIQUE,
    expected: ["201", "201", "207: 424 404", "409"],
    async observe(laboratory) {
      const specimen = await unique(laboratory);
      const { items } = specimen.sdk;
      await items.create({ id: "1", pk: "a", email: "x" });
      await specimen.sdk.item("1", "a").delete();
      const afterDelete = await sdkOutcome(items.create({ id: "2", pk: "a", email: "x" }));
      await items.upsert({ id: "2", pk: "a", email: "y" });
      const afterChange = await sdkOutcome(items.create({ id: "3", pk: "a", email: "x" }));
      const undone = await specimen.batch(["a"], [
        { operationType: "Replace", id: "3", resourceBody: { id: "3", pk: "a", email: "z" } },
        { operationType: "Delete", id: "none" },
      ]);
      return [
        afterDelete,
        afterChange,
        undone,
        await sdkOutcome(items.create({ id: "4", pk: "a", email: "x" })),
      ];
    },
  },
  {
    name: "hierarchical keys: documents are found by their whole key only",
    cites: HIERARCHICAL,
    expected: ["200", "404", "400", "400"],
    async observe(laboratory) {
      const specimen = await hierarchical(laboratory);
      const read = async (...key: readonly unknown[]) =>
        (await specimen.documents({ id: "ax1", key })).outcome;
      return [await read("a", "x", 1), await read("a", "x", 2), await read("a", "x"), await read("a")];
    },
  },
  {
    name: "hierarchical keys: a query of a prefix reads what is under it and nothing else",
    cites: HIERARCHICAL,
    expected: [["ax1", "ax2", "ay1", "ay2"], ["by1", "by2"], ["bx2"]],
    async observe(laboratory) {
      const { sdk: container } = await hierarchical(laboratory);
      const find = async (...partitionKey: (string | number)[]) => {
        const iterator = container.items.query("SELECT VALUE c.id FROM c", {
          partitionKey,
          maxItemCount: 100,
        });
        return (await iterator.fetchAll()).resources.map(String).sort();
      };
      return [await find("a"), await find("b", "y"), await find("b", "x", 2)];
    },
  },
  {
    name: "hierarchical keys: documents under a prefix lie between its hash and the next one",
    cites: sdk("utils/hashing/multiHash.js", "export function hashMultiHashPartitionKey"),
    expected: [["ax1", "ax2", "ay1", "ay2"]],
    async observe(laboratory) {
      const specimen = await hierarchical(laboratory);
      const prefix = HASH_OF_A;
      const found: string[] = [];
      for (const { id: range, minInclusive, maxExclusive } of await specimen.ranges()) {
        const [min, max] = [prefix, `${prefix}FF`];
        if (maxExclusive <= min || minInclusive >= max) continue;
        const answer = await specimen.query("SELECT VALUE c.id FROM c", {
          range,
          headers: {
            "x-ms-start-epk": min,
            "x-ms-end-epk": max,
            "x-ms-read-key-type": "EffectivePartitionKeyRange",
          },
        });
        found.push(...rowsOf(answer).map(String));
      }
      return [found.sort()];
    },
  },
  {
    name: "hierarchical keys: several operations on one whole key form a batch",
    cites: HIERARCHICAL,
    expected: ["200: 201 204", "400"],
    async observe(laboratory) {
      const specimen = await hierarchical(laboratory);
      const key = ["a", "x", 1];
      const create = {
        operationType: "Create",
        resourceBody: { id: "new", tenant: "a", user: "x", session: 1 },
      };
      return [
        await specimen.batch(key, [create, { operationType: "Delete", id: "ax1" }]),
        await specimen.batch(["a", "x"], [create]),
      ];
    },
  },
];

function unique(laboratory: Laboratory, paths: readonly string[] = ["/email"]) {
  return laboratory.container({ definition: { uniqueKeyPolicy: { uniqueKeys: [{ paths }] } } });
}

async function hierarchical(laboratory: Laboratory) {
  const paths = ["/tenant", "/user", "/session"];
  const specimen = await laboratory.container({
    definition: { partitionKey: { paths, kind: "MultiHash", version: 2 } },
  });
  for (const body of TENANTS) {
    const key = [body["tenant"], body["user"], body["session"]];
    await specimen.documents({ method: "POST", key, body });
  }
  return specimen;
}
