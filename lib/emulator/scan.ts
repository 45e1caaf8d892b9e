import { Buffer } from "node:buffer";
import type { JsonObject } from "../base/json.ts";
import type { GatewayContext } from "./context.ts";
import { containerOf, viewOf } from "./context.ts";
import { badRequest, GatewayError } from "./gateway_error.ts";
import type { KeyRange } from "./hash/key_ranges.ts";
import type { GatewayRequest } from "./message.ts";
import type { Container } from "./store/container.ts";
import { type DocumentEntry, isWithin, partitionOf } from "./store/document_entry.ts";
import type { SeenDocument } from "./store/document_store.ts";
import { isComplete, parsePartitionKey, type PartitionKeyValue } from "./store/partition_key.ts";
import type { PhysicalRange } from "./store/physical_range.ts";
import type { View } from "./store/write_history.ts";

/** Which documents of a container a query, a list or a change feed reads. */
export interface ScanTarget {
  readonly container: Container;
  /** The physical partitions that hold them. */
  readonly ranges: readonly PhysicalRange[];
  readonly accepts: (entry: DocumentEntry) => boolean;
}

/**
 * What the headers of a request restrict it to: a physical partition, a part of the key space, a partition key.
 *
 * @throws GatewayError (410/1002) when the physical partition is gone
 */
export function scanTarget(request: GatewayRequest, context: GatewayContext): ScanTarget {
  const container = containerOf(request, context);
  const { headers } = request;
  const { ranges, scheme } = container.documents;
  const rangeId = headers["x-ms-documentdb-partitionkeyrangeid"];
  const keyText = headers["x-ms-documentdb-partitionkey"];
  const bounds = boundsOf(request);
  const partition = keyText === undefined ? undefined : parsePartitionKey(keyText, scheme);
  const acceptsKey = partition === undefined
    ? undefined
    : keyFilter(partition, isComplete(partition, scheme));
  const isPinned = rangeId !== undefined;
  return {
    container,
    ranges: (isPinned ? [ranges.byId(rangeId)] : ranges.all).filter((range) =>
      (bounds === undefined || overlaps(range, bounds)) &&
      (partition === undefined || mayHold(range, partition))
    ),
    accepts: (entry) => (bounds === undefined || isWithin(entry, bounds)) && (acceptsKey?.(entry) ?? true),
  };
}

/** Documents of a target in the order of their creation, beginning after the one with number `after`, as the reader's session sees them. */
export function* scanDocuments(
  target: ScanTarget,
  options: { readonly after: number; readonly request: GatewayRequest },
): Generator<SeenDocument> {
  const { container, ranges } = target;
  const views = ranges.map((range) => viewOf(options.request, { container, range }));
  const streams = ranges.map((range, at) => seenIn(target, { range, after: options.after, view: views[at] }));
  if (streams.length === 1) return yield* streams[0]!;
  yield* streams.flatMap((stream) => [...stream]).sort((left, right) =>
    left.entry.number - right.entry.number
  );
}

/** Bytes of a text in an answer. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

function* seenIn(
  target: ScanTarget,
  options: { readonly range: PhysicalRange; readonly after: number; readonly view: View | undefined },
): Generator<SeenDocument> {
  const { documents } = target.container;
  const { range, after, view } = options;
  const current = seenNow(target, range.documents.after(after));
  if (view === undefined) return yield* current;
  const older = documents.recentWrites(view).flatMap(({ entry, version }) =>
    version !== undefined && entry.number > after && isWithin(entry, range) && target.accepts(entry)
      ? [{ entry, version }]
      : []
  );
  const settled = [...current].filter(({ entry }) => documents.isCurrentIn(entry, view));
  yield* [...settled, ...older].sort((left, right) => left.entry.number - right.entry.number);
}

function* seenNow(target: ScanTarget, entries: Iterable<DocumentEntry>): Generator<SeenDocument> {
  for (const entry of entries) {
    if (target.accepts(entry) && target.container.documents.isAlive(entry)) yield { entry, version: entry };
  }
}

function boundsOf({ headers }: GatewayRequest): KeyRange | undefined {
  const [min, max] = [headers["x-ms-start-epk"], headers["x-ms-end-epk"]];
  if (min === undefined && max === undefined) return undefined;
  const [minInclusive, maxExclusive] = [min ?? "", max ?? "FF"].map((text) => text.toUpperCase()) as [
    string,
    string,
  ];
  if (!/^[0-9A-F]*$/.test(minInclusive + maxExclusive) || minInclusive >= maxExclusive) {
    throw badRequest("The bounds of the effective partition key are invalid");
  }
  return { minInclusive, maxExclusive };
}

function overlaps(range: KeyRange, bounds: KeyRange): boolean {
  return range.minInclusive < bounds.maxExclusive && bounds.minInclusive < range.maxExclusive;
}

/** A complete key lies in one place; all keys under a prefix lie between the prefix and the prefix followed by the highest text. */
function mayHold(range: KeyRange, partition: PartitionKeyValue): boolean {
  return overlaps(range, { minInclusive: partition.epk, maxExclusive: `${partition.epk}FF` });
}

function keyFilter(partition: PartitionKeyValue, complete: boolean): (entry: DocumentEntry) => boolean {
  const { text } = partition;
  if (complete) return ({ key }) => key.startsWith(text) && key[text.length] === "\n";
  const prefix = `${text.slice(0, -1)},`;
  return ({ key }) => partitionOf(key).startsWith(prefix);
}

/** Refuses a query that spans several physical partitions, which only clients can run. @throws GatewayError (400/1004) */
export function refuseCrossPartition(plan: JsonObject): never {
  throw new GatewayError(
    400,
    "The provided cross partition query can not be directly served by the gateway. This is a first chance (internal) exception " +
      "that all newer clients will know how to handle gracefully",
    { substatus: 1004, body: { additionalErrorInfo: JSON.stringify(plan) } },
  );
}
