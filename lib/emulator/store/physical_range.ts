import { type KeyRange, middleOf } from "../hash/key_ranges.ts";
import type { HashVersion } from "../hash/effective_partition_key.ts";
import { ChangeLog } from "./change_log.ts";
import { type DocumentEntry, isWithin } from "./document_entry.ts";
import { DocumentList } from "./document_list.ts";

/** A physical partition: a part of the key space with its documents. It never changes its bounds; a split or merge replaces it. */
export interface PhysicalRange extends KeyRange {
  readonly id: string;
  /** Ids of all ranges that this one came from, oldest first. */
  readonly parents: readonly string[];
  readonly documents: DocumentList;
  readonly changes: ChangeLog;
}

/** A range without documents. */
export function emptyRange(id: string, bounds: KeyRange): PhysicalRange {
  const { minInclusive, maxExclusive } = bounds;
  return {
    id,
    minInclusive,
    maxExclusive,
    parents: [],
    documents: new DocumentList(),
    changes: new ChangeLog(),
  };
}

/** The two halves of a range. */
export function splitRange(
  range: PhysicalRange,
  options: { readonly ids: readonly [string, string]; readonly version: HashVersion },
): readonly [PhysicalRange, PhysicalRange] {
  const middle = middleOf(range, options.version);
  const { minInclusive, maxExclusive } = range;
  const entries = [...range.documents.after(-1)];
  const child = (id: string, bounds: KeyRange): PhysicalRange =>
    filledRange(
      { id, bounds, parents: [...range.parents, range.id] },
      entries.filter((entry) => isWithin(entry, bounds)),
    );
  return [
    child(options.ids[0], { minInclusive, maxExclusive: middle }),
    child(options.ids[1], { minInclusive: middle, maxExclusive }),
  ];
}

/** One range out of two neighbours. */
export function mergeRanges(
  [left, right]: readonly [PhysicalRange, PhysicalRange],
  id: string,
): PhysicalRange {
  const bounds = { minInclusive: left.minInclusive, maxExclusive: right.maxExclusive };
  const entries = [...left.documents.after(-1), ...right.documents.after(-1)];
  entries.sort((one, other) => one.number - other.number);
  const parents = [...new Set([...left.parents, left.id, ...right.parents, right.id])];
  return filledRange({ id, bounds, parents }, entries);
}

function filledRange(
  identity: { readonly id: string; readonly bounds: KeyRange; readonly parents: readonly string[] },
  entries: DocumentEntry[],
): PhysicalRange {
  return {
    id: identity.id,
    ...identity.bounds,
    parents: identity.parents,
    documents: new DocumentList(entries),
    changes: new ChangeLog(entries),
  };
}
