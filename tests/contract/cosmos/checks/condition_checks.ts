import type { Check } from "../check.ts";
import { guide, rest, thread } from "../citation.ts";
import { sdkOutcome } from "../specimen.ts";

const REQUEST_HEADERS = rest("common-cosmosdb-rest-request-headers");
const CONCURRENCY = guide("database-transactions-optimistic-concurrency");
const STALE = '"00000000-0000-0000-0000-000000000000"';

/** ETags and the conditions on them. */
export const CONDITION_CHECKS: readonly Check[] = [
  {
    name: "ETags: every kind of write gives a new one, also a write that changes nothing",
    cites: CONCURRENCY,
    expected: 5,
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      const document = { id: "1", pk, n: 1 };
      const item = sdk.item("1", pk);
      const etags = [
        (await sdk.items.create(document)).etag,
        (await item.replace(document)).etag,
        (await sdk.items.upsert(document)).etag,
        (await item.patch([{ op: "set", path: "/n", value: 1 }])).etag,
        (await item.replace(document)).etag,
      ];
      return new Set(etags).size;
    },
  },
  {
    name: "ETags: a read gives the one of the latest write, also inside the document",
    cites: rest("common-cosmosdb-rest-response-headers"),
    expected: [true, true, true],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      await sdk.items.create({ id: "1", pk });
      const { etag } = await sdk.item("1", pk).replace({ id: "1", pk, n: 1 });
      const first = await sdk.item("1", pk).read();
      const second = await sdk.item("1", pk).read();
      return [first.etag === etag, first.resource?._etag === etag, second.etag === first.etag];
    },
  },
  {
    name: "ETags: a document that comes again has another one",
    cites: CONCURRENCY,
    expected: true,
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      const first = await sdk.items.create({ id: "1", pk });
      await sdk.item("1", pk).delete();
      return first.etag !== (await sdk.items.create({ id: "1", pk })).etag;
    },
  },
  ...(["replace", "upsert", "patch", "delete"] as const).map((kind): Check => ({
    name:
      `If-Match: ${kind} with an outdated ETag is refused and changes nothing, with the current one it is done`,
    cites: kind === "upsert" ? CONCURRENCY : REQUEST_HEADERS,
    expected: ["412", 1, "412", 1, kind === "delete" ? "204" : "200"],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      const outdated = (await sdk.items.create({ id: "1", pk, n: 0 })).etag;
      const current = (await sdk.item("1", pk).replace({ id: "1", pk, n: 1 })).etag;
      const write = (condition: string) => {
        const options = { accessCondition: { type: "IfMatch", condition } };
        const document = { id: "1", pk, n: 2 };
        const item = sdk.item("1", pk);
        if (kind === "replace") return sdkOutcome(item.replace(document, options));
        if (kind === "upsert") return sdkOutcome(sdk.items.upsert(document, options));
        if (kind === "delete") return sdkOutcome(item.delete(options));
        return sdkOutcome(item.patch([{ op: "set", path: "/n", value: 2 }], options));
      };
      const n = async () => Number((await sdk.item("1", pk).read()).resource?.n);
      return [await write(outdated), await n(), await write(STALE), await n(), await write(current)];
    },
  })),
  {
    name: "If-Match: * is any document that exists",
    cites: REQUEST_HEADERS,
    expected: ["200", "404"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      await specimen.put({ id: "1", pk });
      const replace = async (id: string) =>
        (await specimen.documents({
          method: "PUT",
          id,
          key: [pk],
          headers: { "if-match": "*" },
          body: { id, pk },
        })).outcome;
      return [await replace("1"), await replace("none")];
    },
  },
  {
    name: "If-Match: an upsert creates a document that does not exist",
    cites: thread("Azure/azure-cosmos-dotnet-v3#1698"),
    expected: ["201", ["new"]],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const { outcome } = await specimen.documents({
        method: "POST",
        key: [pk],
        headers: { "x-ms-documentdb-is-upsert": "True", "if-match": STALE },
        body: { id: "new", pk },
      });
      return [outcome, [...await specimen.all(pk)]];
    },
  },
  {
    name: "If-Match: a write of a document that is missing is 404, whatever the condition",
    cites: rest("http-status-codes-for-cosmosdb"),
    expected: ["404", "404"],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      const options = { accessCondition: { type: "IfMatch", condition: STALE } };
      return [
        await sdkOutcome(sdk.item("none", pk).replace({ id: "none", pk }, options)),
        await sdkOutcome(sdk.item("none", pk).delete(options)),
      ];
    },
  },
  {
    name: "If-None-Match: a read is 304 without body for the current ETag, 200 for another",
    cites: REQUEST_HEADERS,
    expected: ["304", true, true, "200", "1"],
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const pk = laboratory.newKey();
      const [etag = ""] = await specimen.put({ id: "1", pk });
      const read = (condition: string) =>
        specimen.documents({ id: "1", key: [pk], headers: { "if-none-match": condition } });
      const same = await read(etag);
      const other = await read(STALE);
      return [
        same.outcome,
        same.text === "",
        same.headers.etag === etag,
        other.outcome,
        other.json["id"] ?? null,
      ];
    },
  },
  {
    name: "If-None-Match: a read is 200 again after a write",
    cites: REQUEST_HEADERS,
    expected: ["304", "200"],
    async observe(laboratory) {
      const { sdk } = await laboratory.shared();
      const pk = laboratory.newKey();
      const { etag } = await sdk.items.create({ id: "1", pk });
      const read = () =>
        sdkOutcome(
          sdk.item("1", pk).read({ accessCondition: { type: "IfNoneMatch", condition: etag } }),
        );
      const before = await read();
      await sdk.items.upsert({ id: "1", pk, n: 1 });
      return [before, await read()];
    },
  },
];
