import { ChangeFeedStartFrom, type Container } from "@azure/cosmos";
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { Check } from "../check.ts";
import { guide, rest, sdk } from "../citation.ts";
import type { Laboratory } from "../laboratory.ts";
import { membersOf, type Specimen } from "../specimen.ts";

const LIST = rest("list-documents");
const MODES = guide("nosql/change-feed-modes");
const DOCUMENTS: readonly JsonObject[] = Array.from(
  { length: 12 },
  (_, n) => ({ id: `${n}`, pk: `key-${n}`, n }),
);
const ALL = DOCUMENTS.map(({ id }) => String(id)).sort();

/** The change feed in its latest-version mode. */
export const FEED_CHECKS: readonly Check[] = [
  {
    name:
      "change feed: from the beginning it gives every document of a range once, in the order of the writes",
    cites: LIST,
    expected: ["200", ["1", "3", "2"], true],
    async observe(laboratory) {
      const { specimen, range } = await single(laboratory);
      await specimen.put(
        { id: "1", pk: "a" },
        { id: "2", pk: "a" },
        { id: "3", pk: "a" },
        { id: "2", pk: "a", n: 1 },
      );
      const { outcome, ...feed } = await specimen.feed(range);
      const lsns = membersOf({ outcome, ...feed }, "_lsn").map(Number);
      return [
        outcome,
        membersOf({ outcome, ...feed }, "id"),
        lsns.every((lsn, at) => at === 0 || lsn > lsns[at - 1]!),
      ];
    },
  },
  {
    name: "change feed: the ETag of a page is where the next one begins, and nothing new is 304 with an ETag",
    cites: LIST,
    expected: ["200", ["1", "2"], "200", ["3"], "304", true, "200", ["1"]],
    async observe(laboratory) {
      const { specimen, range } = await single(laboratory);
      await specimen.put({ id: "1", pk: "a" }, { id: "2", pk: "a" }, { id: "3", pk: "a" });
      const page = (etag?: unknown) =>
        specimen.feed(range, {
          "x-ms-max-item-count": "2",
          ...etag !== undefined && { "if-none-match": String(etag) },
        });
      const first = await page();
      const second = await page(first.headers.etag);
      const third = await page(second.headers.etag);
      await specimen.put({ id: "1", pk: "a", n: 1 });
      const fourth = await page(third.headers.etag ?? second.headers.etag);
      return [
        first.outcome,
        membersOf(first, "id"),
        second.outcome,
        membersOf(second, "id"),
        third.outcome,
        third.headers.etag !== undefined,
        fourth.outcome,
        membersOf(fourth, "id"),
      ];
    },
  },
  {
    name: "change feed: shows a document in its latest version, and no deletes",
    cites: MODES,
    expected: [[2], ["1"]],
    async observe(laboratory) {
      const { specimen, range } = await single(laboratory);
      await specimen.put({ id: "1", pk: "a", n: 1 }, { id: "gone", pk: "a", n: 3 }, {
        id: "1",
        pk: "a",
        n: 2,
      });
      await specimen.documents({ method: "DELETE", id: "gone", key: ["a"] });
      const feed = await specimen.feed(range);
      return [membersOf(feed, "n"), membersOf(feed, "id")];
    },
  },
  ...(["create", "replace", "upsert", "patch", "batch"] as const).map((kind): Check => ({
    name: `change feed: shows what ${kind} has written`,
    cites: MODES,
    expected: ["200", [5]],
    async observe(laboratory) {
      const { specimen, range } = await single(laboratory);
      if (kind !== "create") await specimen.put({ id: "1", pk: "a", n: 1 });
      const { headers } = await specimen.feed(range, { "if-none-match": "*" });
      const { items } = specimen.sdk;
      const document = { id: "1", pk: "a", n: 5 };
      if (kind === "create") await items.create(document);
      else if (kind === "replace") await specimen.sdk.item("1", "a").replace(document);
      else if (kind === "upsert") await items.upsert(document);
      else if (kind === "patch") {
        await specimen.sdk.item("1", "a").patch([{ op: "set", path: "/n", value: 5 }]);
      } else await specimen.batch(["a"], [{ operationType: "Upsert", resourceBody: document }]);
      const feed = await specimen.feed(range, { "if-none-match": String(headers.etag) });
      return [feed.outcome, membersOf(feed, "n")];
    },
  })),
  {
    name: "change feed: begins now with *",
    cites: LIST,
    expected: ["304", true, "200", ["2"]],
    async observe(laboratory) {
      const { specimen, range } = await single(laboratory);
      await specimen.put({ id: "1", pk: "a" });
      const now = await specimen.feed(range, { "if-none-match": "*" });
      await specimen.put({ id: "2", pk: "a" });
      const next = await specimen.feed(range, { "if-none-match": String(now.headers.etag) });
      return [now.outcome, now.headers.etag !== undefined, next.outcome, membersOf(next, "id")];
    },
  },
  {
    name: "change feed: begins at a time",
    cites: rest("common-cosmosdb-rest-request-headers"),
    expected: [["2"]],
    async observe(laboratory) {
      const { specimen, range } = await single(laboratory);
      await specimen.put({ id: "1", pk: "a" });
      await laboratory.pass(3);
      const [date] = [(await laboratory.send({ method: "GET", path: specimen.path })).headers.date];
      await specimen.put({ id: "2", pk: "a" });
      const since = new Date(Date.parse(date ?? "") - 1_000).toUTCString();
      return [membersOf(await specimen.feed(range, { "if-modified-since": since }), "id")];
    },
  },
  {
    name: "change feed: a range shows its own documents only, and all ranges together all of them",
    cites: LIST,
    expected: [true, ALL],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const feeds: string[][] = [];
      for (const { id } of await specimen.ranges()) {
        feeds.push(membersOf(await specimen.feed(id), "id").map(String));
      }
      return [feeds.every(({ length }) => length < ALL.length), feeds.flat().sort()];
    },
  },
  {
    name: "change feed: bounds restrict it to a part of a range",
    cites: sdk("ClientContext.js", 'HttpHeaders.ReadFeedKeyType] = "EffectivePartitionKeyRange"'),
    expected: [true, true],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const [range] = await specimen.ranges();
      if (range === undefined) return "no range";
      const middle = `${range.minInclusive.slice(0, 1) || "0"}7`;
      const ids = async (min: string, max: string) =>
        membersOf(
          await specimen.feed(range.id, {
            "x-ms-start-epk": min,
            "x-ms-end-epk": max,
            "x-ms-read-key-type": "EffectivePartitionKeyRange",
          }),
          "id",
        ).map(String);
      const whole = membersOf(await specimen.feed(range.id), "id").map(String);
      const [lower, upper] = [
        await ids(range.minInclusive, middle),
        await ids(middle, range.maxExclusive),
      ];
      return [
        JSON.stringify([...lower, ...upper].sort()) === JSON.stringify(whole.sort()),
        lower.length < whole.length,
      ];
    },
  },
  {
    name: "change feed: the SDK reads all ranges page by page, then only what is new",
    cites: sdk(
      "client/ChangeFeed/ChangeFeedForEpkRange.js",
      "checkedAllFeedRanges(firstNotModifiedFeedRange) {",
    ),
    expected: [ALL, ["3", "new"]],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const iterator = specimen.sdk.items.getChangeFeedIterator({
        changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
        maxItemCount: 2,
      });
      const first = await drain(iterator);
      await specimen.put({ id: "3", pk: "key-3", n: 99 }, { id: "new", pk: "key-new" });
      return [first, await drain(iterator)];
    },
  },
  {
    name: "change feed: the SDK goes on from its continuation after a split",
    cites: sdk(
      "client/ChangeFeed/ChangeFeedForEpkRange.js",
      "response.subStatusCode === SubStatusCodes.PartitionKeyRangeGone",
    ),
    expected: [ALL],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const { items } = specimen.sdk;
      const begun = items.getChangeFeedIterator({
        changeFeedStartFrom: ChangeFeedStartFrom.Beginning(),
        maxItemCount: 1,
      });
      const { result, continuationToken } = await begun.readNext();
      for (const { id } of await specimen.ranges()) await laboratory.repartition("split", specimen.id, id);
      const rest = await drain(items.getChangeFeedIterator({
        changeFeedStartFrom: ChangeFeedStartFrom.Continuation(continuationToken),
        maxItemCount: 5,
      }));
      const early = (result ?? []).map(({ id }: { readonly id?: string }) => String(id));
      return [[...new Set([...early, ...rest])].sort()];
    },
  },
  {
    name: "change feed: a position outlives a split, without loss or repetition",
    cites: guide("nosql/change-feed-pull-model"),
    expected: [["new"]],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const [parent] = await specimen.ranges();
      const { headers } = await specimen.feed(parent?.id ?? "", { "if-none-match": "*" });
      const before = (await specimen.ranges()).map(({ id }) => id);
      await laboratory.repartition("split", specimen.id, parent?.id ?? "");
      await specimen.put(...Array.from({ length: 16 }, (_, n) => ({ id: "new", pk: `later-${n}` })));
      const found = new Set<string>();
      for (const { id } of await specimen.ranges()) {
        if (before.includes(id)) continue;
        const feed = await specimen.feed(id, { "if-none-match": String(headers.etag) });
        for (const id of membersOf(feed, "id")) found.add(String(id));
      }
      return [[...found].sort()];
    },
  },
];

/** A container, and the range that holds partition key `a`. */
async function single(
  laboratory: Laboratory,
): Promise<{ readonly specimen: Specimen; readonly range: string }> {
  const specimen = await laboratory.container();
  // The effective partition key of "a", as the SDK computes it.
  const epk = "3A5381E1114EB8D3FCC90795045B49B7";
  const range = (await specimen.ranges()).find(({ minInclusive, maxExclusive }) =>
    minInclusive <= epk && (epk < maxExclusive || maxExclusive === "FF")
  );
  return { specimen, range: range?.id ?? "" };
}

async function stocked(laboratory: Laboratory): Promise<Specimen> {
  const specimen = await laboratory.container();
  await specimen.put(...DOCUMENTS);
  return specimen;
}

/** Reads a feed until nothing is new. @returns the ids, sorted */
async function drain(iterator: ReturnType<Container["items"]["getChangeFeedIterator"]>): Promise<string[]> {
  const found: string[] = [];
  for (let pages = 0; pages < 100; pages++) {
    const { statusCode, result } = await iterator.readNext();
    if (statusCode === 304) break;
    found.push(...result.map(({ id }: { readonly id?: string }) => String(id)));
  }
  return found.sort();
}
