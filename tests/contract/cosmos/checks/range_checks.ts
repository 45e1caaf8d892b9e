import type { JsonObject } from "../../../../lib/base/json.ts";
import vectors from "../../../unit/emulator/effective_partition_keys.json" with { type: "json" };
import type { Check } from "../check.ts";
import { guide, JAVA_RANGE, rest, sdk, STATUS_CODES } from "../citation.ts";
import { batchOutcome, membersOf, type RangeResource, rowsOf, type Specimen } from "../specimen.ts";

const DOCUMENTS: readonly JsonObject[] = Array.from(
  { length: 40 },
  (_, n) => ({ id: `${n}`, pk: `key-${n}` }),
);
const ALL = DOCUMENTS.map(({ id }) => String(id)).sort();
const BULK = {
  "x-ms-cosmos-is-batch-request": "True",
  "x-ms-cosmos-batch-atomic": "False",
  "x-ms-cosmos-batch-continue-on-error": "True",
};

/** Physical partitions, and where documents lie in them. */
export const RANGE_CHECKS: readonly Check[] = [
  {
    name: 'ranges: cover the key space from "" to FF without gap or overlap',
    cites: rest("get-partition-key-ranges"),
    expected: true,
    async observe(laboratory) {
      return coversKeySpace(await (await laboratory.shared()).ranges());
    },
  },
  {
    name: "ranges: the SDK gets them as feed ranges",
    cites: sdk("client/Container/Container.js", "async getFeedRanges("),
    expected: true,
    async observe(laboratory) {
      const specimen = await laboratory.shared();
      const feedRanges = await specimen.sdk.getFeedRanges();
      const facts = (ranges: readonly { minInclusive: string; maxExclusive: string }[]) =>
        JSON.stringify(ranges.map(({ minInclusive, maxExclusive }) => [minInclusive, maxExclusive]));
      return facts(feedRanges as never) === facts(await specimen.ranges());
    },
  },
  {
    name: "ranges: several hold a container, and each document is in exactly one",
    cites: guide("partitioning-overview"),
    expected: [true, ALL],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const ranges = await specimen.ranges();
      const found = await idsOf(specimen, ranges);
      return [ranges.length > 1 && found.every((ids) => ids.length < ALL.length), found.flat().sort()];
    },
  },
  ...(["v1", "v2", "multi"] as const).map((version): Check => ({
    name: `ranges: documents lie where the SDK computes them (hash ${version})`,
    cites: version === "multi"
      ? sdk("utils/hashing/multiHash.js", "export function hashMultiHashPartitionKey")
      : sdk(`utils/hashing/${version}.js`, `export function hash${version.toUpperCase()}PartitionKey`),
    expected: [],
    async observe(laboratory) {
      const wrong: string[] = [];
      for (const levels of version === "multi" ? [2, 3] : [1]) {
        wrong.push(...await misplaced(laboratory, version, levels));
      }
      return wrong;
    },
  })),
  {
    name: "ranges: a split replaces a range by children that name it as their parent",
    cites: JAVA_RANGE,
    expected: [true, [1], [true, true], true],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const before = await specimen.ranges();
      const parent = before.at(1) ?? before[0]!;
      await laboratory.repartition("split", specimen.id, parent.id);
      const after = await specimen.ranges();
      const children = after.filter(({ id }) => before.every((range) => range.id !== id));
      return [
        after.every(({ id }) => id !== parent.id),
        [after.length - before.length],
        children.map(({ parents }) => Array.isArray(parents) && parents.includes(parent.id)),
        coversKeySpace(after),
      ];
    },
  },
  {
    name: "ranges: requests that name a range that was split get 410/1002",
    cites: STATUS_CODES,
    expected: ["410/1002", "410/1002", "410/1002", "410/1002"],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const [{ id: range } = { id: "" }] = await specimen.ranges();
      await laboratory.repartition("split", specimen.id, range);
      const pinned = { "x-ms-documentdb-partitionkeyrangeid": range };
      const bulk = [{ operationType: "Read", id: "1", partitionKey: '["key-1"]' }];
      return [
        (await specimen.query("SELECT * FROM c", { range })).outcome,
        (await specimen.feed(range)).outcome,
        (await specimen.documents({ headers: pinned })).outcome,
        batchOutcome(
          await specimen.documents({ method: "POST", headers: { ...BULK, ...pinned }, body: bulk }),
        ),
      ];
    },
  },
  {
    name: "ranges: children hold the documents of their parent",
    cites: guide("partitioning-overview"),
    expected: [ALL, ALL],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      for (const { id } of await specimen.ranges()) await laboratory.repartition("split", specimen.id, id);
      const split = (await idsOf(specimen, await specimen.ranges())).flat().sort();
      const feeds: unknown[] = [];
      for (const { id } of await specimen.ranges()) {
        feeds.push(...membersOf(await specimen.feed(id, { "x-ms-max-item-count": "1000" }), "id"));
      }
      return [split, feeds.map(String).sort()];
    },
  },
  {
    name: "ranges: a merge replaces two neighbours by a range with the documents of both",
    cites: sdk("client/ChangeFeed/ChangeFeedForEpkRange.js", "resolvedRanges.length === 1 in case of merge"),
    expected: [[-1], true, ALL, "410/1002"],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      const before = await specimen.ranges();
      await laboratory.repartition("merge", specimen.id, before[0]!.id);
      const after = await specimen.ranges();
      return [
        [after.length - before.length],
        coversKeySpace(after),
        (await idsOf(specimen, after)).flat().sort(),
        (await specimen.query("SELECT * FROM c", { range: before[0]!.id })).outcome,
      ];
    },
  },
  {
    name: "ranges: documents are read, written and found by key after a split",
    cites: guide("partitioning-overview"),
    expected: ["200", "200", ["7"]],
    async observe(laboratory) {
      const specimen = await stocked(laboratory);
      for (const { id } of await specimen.ranges()) await laboratory.repartition("split", specimen.id, id);
      const key = ["key-7"];
      const body = { id: "7", pk: "key-7", n: 1 };
      return [
        (await specimen.documents({ id: "7", key })).outcome,
        (await specimen.documents({ method: "PUT", id: "7", key, body })).outcome,
        [...await specimen.all("key-7")],
      ];
    },
  },
];

async function stocked(laboratory: { container(): Promise<Specimen> }): Promise<Specimen> {
  const specimen = await laboratory.container();
  await specimen.put(...DOCUMENTS);
  return specimen;
}

/** The ids of documents by range. */
async function idsOf(specimen: Specimen, ranges: readonly RangeResource[]): Promise<readonly string[][]> {
  const found: string[][] = [];
  for (const { id: range } of ranges) {
    found.push(rowsOf(await specimen.query("SELECT VALUE c.id FROM c", { range })).map(String));
  }
  return found;
}

function coversKeySpace(ranges: readonly RangeResource[]): boolean {
  const sorted = ranges.toSorted((left, right) => left.minInclusive < right.minInclusive ? -1 : 1);
  return sorted.length > 0 && sorted[0]!.minInclusive === "" && sorted.at(-1)!.maxExclusive === "FF" &&
    sorted.every(({ minInclusive }, at) => at === 0 || minInclusive === sorted[at - 1]!.maxExclusive);
}

/** Stores a document for each recorded vector and looks for it at its effective partition key, and right beside it. */
async function misplaced(
  laboratory: Parameters<Check["observe"]>[0],
  version: "v1" | "v2" | "multi",
  levels: number,
): Promise<string[]> {
  const paths = Array.from({ length: levels }, (_, level) => `/k${level}`);
  const specimen = await laboratory.container({
    definition: {
      partitionKey: { paths, kind: levels > 1 ? "MultiHash" : "Hash", version: version === "v1" ? 1 : 2 },
    },
  });
  const ranges = await specimen.ranges();
  const wrong: string[] = [];
  for (const [at, vector] of vectors.entries()) {
    if (vector.version !== version || vector.key.length !== levels) continue;
    const key = vector.key.map((part) => typeof part === "object" && part !== null ? undefined : part);
    const values = Object.fromEntries(
      key.flatMap((value, level) => value === undefined ? [] : [[`k${level}`, value]]),
    );
    await specimen.documents({ method: "POST", key, body: { id: `${at}`, ...values } });
    const end = `${vector.epk}00`;
    const range = ranges.find(({ minInclusive, maxExclusive }) =>
      minInclusive <= vector.epk && (vector.epk < maxExclusive || maxExclusive === "FF")
    );
    const count = async (min: string, max: string) => {
      const answer = await specimen.query(`SELECT VALUE c.id FROM c WHERE c.id = "${at}"`, {
        range: range?.id ?? "",
        headers: {
          "x-ms-start-epk": min,
          "x-ms-end-epk": max,
          "x-ms-read-key-type": "EffectivePartitionKeyRange",
        },
      });
      return answer.outcome === "200" ? rowsOf(answer).length : -1;
    };
    const isFound = await count(vector.epk, end) === 1 && await count(end, "FF") <= 0;
    if (!isFound) wrong.push(vector.epk.slice(0, 12));
  }
  return wrong.slice(0, 3);
}
