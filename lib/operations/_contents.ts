import { createHash } from "node:crypto";
import { canonicalJson, jsonEquals, type JsonObject } from "../base/json.ts";
import { partitionKeyAsJson, type PartitionKeyNames, partitionKeyOf } from "../bulk/document_key.ts";
import { foldRanges } from "../bulk/fold_ranges.ts";
import { mapBounded } from "../bulk/map_bounded.ts";
import { chargeOfRead } from "../bulk/read_again.ts";
import type { CosmosContainer } from "../cosmos/port.ts";
import { isSystemProperty } from "../definition/reserved_property.ts";
import type { StepContext } from "./handler.ts";

/** What a container holds, whatever the order and the place of its documents. */
export interface Contents {
  readonly documents: number;
  /** Sum of the SHA-256 hashes of all documents, hexadecimal; a sum, since equal documents would cancel out each other in an exclusive or. */
  readonly hash: string;
}

const MODULUS = 1n << 256n;

/** A document as its author wrote it. */
export function withoutSystemProperties(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !isSystemProperty(name)));
}

/** Whether two documents are the same to their author. */
export function sameDocument(left: JsonObject, right: JsonObject): boolean {
  return jsonEquals(withoutSystemProperties(left), withoutSystemProperties(right));
}

/** Reads a container as a whole; memory does not grow with it. */
export async function contentsOf(container: CosmosContainer, context: StepContext): Promise<Contents> {
  const { totals } = await foldRanges(container, {
    ...readingOf(context),
    governor: await context.budget.governorOf(container, context),
    query: "SELECT * FROM c",
    start: () => ({ documents: 0, sum: 0n }),
    add: ({ documents, sum }, row) => ({ documents: documents + 1, sum: (sum + hashOf(row)) % MODULUS }),
  });
  const sum = totals.reduce((total, part) => (total + part.sum) % MODULUS, 0n);
  return {
    documents: totals.reduce((total, part) => total + part.documents, 0),
    hash: sum.toString(16).padStart(64, "0"),
  };
}

/** Whether two containers hold the same. */
export function sameContents(left: Contents, right: Contents): boolean {
  return left.documents === right.documents && left.hash === right.hash;
}

/** What of one container is not in another. */
export interface Differences {
  readonly missing: number;
  readonly different: number;
  /** Some of them, in words. */
  readonly examples: readonly string[];
}

const EXAMPLES = 10;
const PAGE = 100;

/** Compares document by document; for the message when the hashes differ. */
export async function differencesBetween(
  { from, to, names }: {
    readonly from: CosmosContainer;
    readonly to: CosmosContainer;
    /** Of the partition key in `to`. */
    readonly names: PartitionKeyNames;
  },
  context: StepContext,
): Promise<Differences> {
  let [missing, different] = [0, 0];
  const examples: string[] = [];
  const { signal, settings, budget } = context;
  const [reading, looking] = [await budget.governorOf(from, context), await budget.governorOf(to, context)];
  const compare = async (document: JsonObject) => {
    const partitionKey = partitionKeyOf(document, names);
    const id = String(document["id"]);
    const found = await looking.send(() => to.read(id, { partitionKey, signal }), {
      ...{ kind: "look", documents: 1, signal },
      chargeOf: chargeOfRead,
    });
    if (found !== undefined && sameDocument(found, document)) return;
    if (found === undefined) missing++;
    else different++;
    if (examples.length < EXAMPLES) {
      const key = JSON.stringify(partitionKeyAsJson(partitionKey));
      examples.push(`"${id}" (partition key ${key}) ${found === undefined ? "is missing" : "is different"}`);
    }
  };
  for (const range of await from.ranges({ signal })) {
    let continuation: string | undefined;
    do {
      const place = { range, continuation };
      const page = await reading.send(
        () => from.query({ ...place, query: "SELECT * FROM c", maxItems: PAGE, signal }),
        { kind: "read", documents: PAGE, signal, chargeOf: ({ charge }) => charge },
      );
      await mapBounded(page.rows, { atOnce: settings.concurrency, action: compare });
      continuation = page.continuation;
    } while (continuation !== undefined);
  }
  return { missing, different, examples };
}

/** How reading is paced within a step. */
export function readingOf({ clock, random, signal, settings }: StepContext) {
  return {
    ...{ clock, random, signal },
    concurrency: settings.concurrency,
    patienceMs: settings.patienceMs,
  };
}

function hashOf(document: JsonObject): bigint {
  const text = canonicalJson(withoutSystemProperties(document));
  return BigInt(`0x${createHash("sha256").update(text).digest("hex")}`);
}
