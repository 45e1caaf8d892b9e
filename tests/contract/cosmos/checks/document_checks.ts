import type { JsonObject } from "../../../../lib/base/json.ts";
import type { Check } from "../check.ts";
import { guide, rest, STATUS_CODES } from "../citation.ts";
import { membersOf, sdkOutcome } from "../specimen.ts";

const LIMITS = guide("concepts-limits");

/** Documents one by one. */
export const DOCUMENT_CHECKS: readonly Check[] = [
  {
    name: "documents: created, read, replaced, upserted and deleted through the SDK",
    cites: rest("documents"),
    expected: ["201", "200", "200", "200", "201", "204", "404"],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      return [
        await sdkOutcome(sdk.items.create({ id: "1", pk })),
        await sdkOutcome(sdk.item("1", pk).read()),
        await sdkOutcome(sdk.item("1", pk).replace({ id: "1", pk, n: 1 })),
        await sdkOutcome(sdk.items.upsert({ id: "1", pk, n: 2 })),
        await sdkOutcome(sdk.items.upsert({ id: "2", pk })),
        await sdkOutcome(sdk.item("1", pk).delete()),
        await sdkOutcome(sdk.item("1", pk).read()),
      ];
    },
  },
  {
    name:
      "documents: what does not exist cannot be replaced, patched or deleted; what exists cannot be created",
    cites: rest("http-status-codes-for-cosmosdb"),
    expected: ["404", "404", "404", "409"],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      await sdk.items.create({ id: "1", pk });
      return [
        await sdkOutcome(sdk.item("none", pk).replace({ id: "none", pk })),
        await sdkOutcome(sdk.item("none", pk).patch([{ op: "set", path: "/n", value: 1 }])),
        await sdkOutcome(sdk.item("none", pk).delete()),
        await sdkOutcome(sdk.items.create({ id: "1", pk })),
      ];
    },
  },
  {
    name: "documents: the answer to a write is the document with its system properties",
    cites: rest("create-a-document"),
    expected: ["201", { id: "1", nested: { a: [1, null, "é"] } }, [
      "_attachments",
      "_etag",
      "_rid",
      "_self",
      "_ts",
    ], true],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const body = { id: "1", pk, nested: { a: [1, null, "é"] } };
      const { outcome, json, headers } = await specimen.documents({ method: "POST", key: [pk], body });
      const { pk: _pk, ...own } = Object.fromEntries(
        Object.entries(json).filter(([name]) => !name.startsWith("_")),
      );
      return [
        outcome,
        own as JsonObject,
        Object.keys(json).filter((name) => name.startsWith("_")).sort(),
        headers.etag !== undefined && headers.etag === json["_etag"],
      ];
    },
  },
  {
    name: "documents: _ts is the time of the write in seconds",
    cites: rest("documents"),
    expected: [true, true],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const { json, headers } = await specimen.documents({
        method: "POST",
        key: [pk],
        body: { id: "1", pk },
      });
      const differenceMs = Math.abs(Number(json["_ts"]) * 1_000 - Date.parse(headers.date ?? ""));
      return [Number.isInteger(json["_ts"]), differenceMs < 3_000];
    },
  },
  {
    name: "documents: system properties in a body are ignored",
    cites: rest("documents"),
    expected: ["201", true, true, true],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const { outcome, json } = await specimen.documents({
        method: "POST",
        key: [pk],
        body: { id: "1", pk, _etag: "mine", _ts: 1, _rid: "mine" },
      });
      return [outcome, json["_etag"] !== "mine", json["_ts"] !== 1, json["_rid"] !== "mine"];
    },
  },
  {
    name: "documents: an id is required, and 1023 bytes long at most",
    cites: LIMITS,
    expected: ["400", "400", "400", "201", "400"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const create = async (id: unknown) =>
        (await specimen.documents({ method: "POST", key: [pk], body: { id, pk } })).outcome;
      return [
        await create(undefined),
        await create(""),
        await create(7),
        await create("x".repeat(1_023)),
        await create("x".repeat(1_024)),
      ];
    },
  },
  {
    name: "documents: a body that is no JSON object is refused",
    cites: rest("http-status-codes-for-cosmosdb"),
    expected: ["400", "400", "400"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const outcomes: string[] = [];
      for (const body of ["{", '"text"', "[]"]) {
        outcomes.push((await specimen.documents({ method: "POST", key: ["a"], body })).outcome);
      }
      return outcomes;
    },
  },
  {
    name: "documents: a partition key that is not the one of the body is refused with 400/1001",
    cites: STATUS_CODES,
    expected: ["400/1001", "400/1001"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put({ id: "1", pk });
      const body = { id: "1", pk: "another" };
      return [
        (await specimen.documents({ method: "POST", key: [pk], body })).outcome,
        (await specimen.documents({ method: "PUT", id: "1", key: [pk], body })).outcome,
      ];
    },
  },
  {
    name: "documents: a read, replace or delete without partition key is refused",
    cites: rest("http-status-codes-for-cosmosdb"),
    expected: ["400", "400", "400"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put({ id: "1", pk });
      return [
        (await specimen.documents({ id: "1" })).outcome,
        (await specimen.documents({ method: "DELETE", id: "1" })).outcome,
        (await specimen.documents({
          method: "GET",
          id: "1",
          headers: { "x-ms-documentdb-partitionkey": "x" },
        }))
          .outcome,
      ];
    },
  },
  {
    name: "documents: an id is unique within its partition key only",
    cites: guide("partitioning-overview"),
    expected: ["201", "201", "409", "204", "200"],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const [one, other] = [laboratory.newKey(), laboratory.newKey()];
      return [
        await sdkOutcome(sdk.items.create({ id: "same", pk: one })),
        await sdkOutcome(sdk.items.create({ id: "same", pk: other })),
        await sdkOutcome(sdk.items.create({ id: "same", pk: one })),
        await sdkOutcome(sdk.item("same", one).delete()),
        await sdkOutcome(sdk.item("same", other).read()),
      ];
    },
  },
  {
    name: "documents: a missing partition key value, null, numbers and booleans are keys of their own",
    cites: guide("partitioning-overview"),
    expected: ["none", "null", "true", "1", "text", "404"],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      const cases: readonly (readonly [unknown, string])[] = [
        [undefined, "none"],
        [null, "null"],
        [true, "true"],
        [1, "1"],
        ["1", "text"],
      ];
      for (const [pk, what] of cases) {
        const body = { id: "same", what, ...pk !== undefined && { pk } };
        await specimen.documents({ method: "POST", key: [pk], body });
      }
      const found: string[] = [];
      for (const [pk] of cases) {
        found.push(String((await specimen.documents({ id: "same", key: [pk] })).json["what"]));
      }
      return [...found, (await specimen.documents({ id: "same", key: [false] })).outcome];
    },
  },
  {
    name: "documents: the id of a document cannot be replaced",
    cites: rest("replace-a-document"),
    expected: ["400", ["1"]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put({ id: "1", pk });
      const { outcome } = await specimen.documents({
        method: "PUT",
        id: "1",
        key: [pk],
        body: { id: "2", pk },
      });
      return [outcome, [...await specimen.all(pk)]];
    },
  },
  {
    name: "documents: 2 MB are the most",
    cites: LIMITS,
    expected: ["201", "413"],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      const create = async (id: string, bytes: number) =>
        (await specimen.documents({
          method: "POST",
          key: ["a"],
          body: { id, pk: "a", x: "x".repeat(bytes) },
        }))
          .outcome;
      return [await create("fits", 2_000_000), await create("too-large", 2_200_000)];
    },
  },
  {
    name: "documents: 128 levels of nesting are the most",
    cites: LIMITS,
    expected: ["201", "400"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const create = async (id: string, levels: number) =>
        (await specimen.documents({
          method: "POST",
          key: [pk],
          body: `{"id":"${id}","pk":"${pk}","x":${"[".repeat(levels)}${"]".repeat(levels)}}`,
        })).outcome;
      return [await create("fits", 100), await create("too-deep", 300)];
    },
  },
  {
    name: "documents: ids with spaces, quotes, percent signs and other scripts are found again",
    cites: LIMITS,
    expected: ["201 200", "201 200", "201 200", "201 200"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const outcomes: string[] = [];
      for (const id of ["a b", 'it\'s "one"', "100%", "Ünï✓😀"]) {
        const { outcome } = await specimen.documents({ method: "POST", key: [pk], body: { id, pk } });
        outcomes.push(`${outcome} ${(await specimen.documents({ id, key: [pk] })).outcome}`);
      }
      return outcomes;
    },
  },
  {
    name: "documents: numbers, texts and nested values come back as they were",
    cites: rest("get-a-document"),
    expected: [true],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      const values = [0, -1.5, 1e-7, 2 ** 53, "", "\u0000\ud83d\ude00", true, null, [], {}, [[{ a: {} }]]];
      await sdk.items.create({ id: "1", pk, values });
      const { resource } = await sdk.item("1", pk).read();
      return [JSON.stringify(resource?.values) === JSON.stringify(values)];
    },
  },
  {
    name: "documents: listed page by page",
    cites: rest("list-documents"),
    expected: [["0", "1", "2", "3", "4", "5", "6"], true, true],
    async observe(laboratory) {
      const specimen = await laboratory.container();
      await specimen.put(...Array.from({ length: 7 }, (_, n) => ({ id: `${n}`, pk: "a" })));
      const found: unknown[] = [];
      const sizes: number[] = [];
      for (const { id } of await specimen.ranges()) {
        let continuation: string | undefined;
        do {
          const page = await specimen.documents({
            headers: {
              "x-ms-documentdb-partitionkeyrangeid": id,
              "x-ms-max-item-count": "3",
              ...continuation !== undefined && { "x-ms-continuation": continuation },
            },
          });
          found.push(...membersOf(page, "id"));
          sizes.push(Number(page.headers["x-ms-item-count"]));
          continuation = page.headers["x-ms-continuation"]?.toString();
        } while (continuation !== undefined && sizes.length < 20);
      }
      return [found.map(String).sort(), sizes.every((size) => size <= 3), sizes.includes(3)];
    },
  },
];
