import type { JsonObject, JsonValue } from "../base/json.ts";
import { type BoundQuery, compareInOrder, type CompiledQuery } from "../sql/mod.ts";
import type { QueryEngine } from "./query_engine.ts";
import { orBadRequest } from "./query_engine.ts";
import type { QueryPosition, SortedRow } from "./query_position.ts";
import { byteLength } from "./scan.ts";
import { documentNumber } from "./store/rids.ts";

const MAX_PAGE_BYTES = 4 * 1_024 * 1_024;
/** A page that finds little ends after so many bytes of documents, as one of the service ends after some time. */
const MAX_BYTES_READ = 32 * 1_024 * 1_024;

/** A document that a query reads. */
export interface ReadDocument {
  readonly number: number;
  readonly bytes: number;
  readonly value: () => JsonObject;
}

/** What a page is made from. */
export interface PageSource {
  readonly query: CompiledQuery;
  readonly parameters: Readonly<Record<string, JsonValue>>;
  readonly nowMs: number;
  readonly position: QueryPosition;
  readonly pageSize: number;
  /** Documents in the order of their creation, after the one with this number. */
  readonly documents: (after: number) => Iterable<ReadDocument>;
  readonly engine: QueryEngine;
}

/** A page of a result. */
export interface QueryPage {
  readonly rows: readonly JsonValue[];
  readonly bytesRead: number;
  /** `undefined` after the last page. */
  readonly next: QueryPosition | undefined;
}

/** Computes one page, reading no more documents than the kind of query makes necessary. */
export function queryPage(source: PageSource): QueryPage {
  const { shape } = source.query;
  if (shape.streaming && !shape.constant) return streamedPage(source);
  const isSorted = shape.orderBy.length > 0 && shape.aggregates.length === 0 && !shape.distinct;
  return isSorted ? sortedPage(source) : computedPage(source);
}

/** Document by document until the page is full; the next page begins with the rows that the last one has left, or after it. */
function streamedPage(source: PageSource): QueryPage {
  const { position, documents } = source;
  const bound = bind(source);
  const window = windowOf(bound);
  const page = new PageRows(source);
  let { rows: found, after } = position;
  let bytesRead = 0;
  if (found >= window.end) return { rows: [], bytesRead, next: undefined };
  for (const document of documents(after)) {
    if (page.isFull || bytesRead >= MAX_BYTES_READ) {
      return { rows: page.rows, bytesRead, next: { rows: found, after } };
    }
    bytesRead += document.bytes;
    const rows = orBadRequest(() => bound.rows(document.value()));
    const given = position.within?.document === document.number ? position.within.rows : 0;
    for (const [index, row] of rows.entries()) {
      if (index < given) continue;
      if (found >= window.end) break;
      if (page.isFull) {
        const within = { document: document.number, rows: index };
        return { rows: page.rows, bytesRead, next: { rows: found, after, within } };
      }
      if (found >= window.start) page.add(row);
      found++;
    }
    after = document.number;
    if (found >= window.end) break;
  }
  return { rows: page.rows, bytesRead, next: undefined };
}

/** Sorts everything and returns what comes after the last row of the page before, whatever was written in between. */
function sortedPage(source: PageSource): QueryPage {
  const { engine, query, parameters, nowMs, position } = source;
  const plan = engine.plan(query, { parameters, nowMs });
  const keyed = engine.compile(
    String(plan.rewrittenQuery).replaceAll("{documentdb-formattableorderbyquery-filter}", "true"),
  );
  const window = windowOf(bind(source));
  const counter = new ReadCounter(source);
  const all = orBadRequest(() =>
    engine.bind(keyed, { parameters, nowMs }).execute(counter.values())
  ) as unknown as readonly KeyedRow[];
  const page = new PageRows(source);
  let found = position.rows;
  let last: SortedRow | undefined;
  for (const { row, place } of withPlaces(all)) {
    if (position.last !== undefined && !isAfter(place, position.last, query)) continue;
    if (found >= window.end) break;
    if (page.isFull) {
      return { rows: page.rows, bytesRead: counter.bytes, next: { rows: found, after: -1, last } };
    }
    if (found >= window.start) page.add(row.payload);
    last = place;
    found++;
  }
  return { rows: page.rows, bytesRead: counter.bytes, next: undefined };
}

/** Aggregates, groups and distinct values: the whole result is computed, and a page is a part of it. */
function computedPage(source: PageSource): QueryPage {
  const counter = new ReadCounter(source);
  const all = orBadRequest(() => bind(source).execute(counter.values()));
  const page = new PageRows(source);
  let found = source.position.rows;
  while (found < all.length && !page.isFull) page.add(all[found++]!);
  const next = found < all.length ? { rows: found, after: -1 } : undefined;
  return { rows: page.rows, bytesRead: counter.bytes, next };
}

/** A row of a rewritten ORDER BY query. */
interface KeyedRow {
  readonly _rid: string;
  readonly orderByItems: SortedRow["keys"];
  readonly payload: JsonValue;
}

function* withPlaces(
  rows: readonly KeyedRow[],
): Generator<{ readonly row: KeyedRow; readonly place: SortedRow }> {
  let nth = 0;
  let previous: KeyedRow | undefined;
  for (const row of rows) {
    nth = previous?._rid === row._rid ? nth + 1 : 1;
    previous = row;
    yield { row, place: { keys: row.orderByItems, document: documentNumber(row._rid), nth } };
  }
}

function isAfter(place: SortedRow, last: SortedRow, { shape }: CompiledQuery): boolean {
  for (const [at, { descending }] of shape.orderBy.entries()) {
    const order = compareInOrder(place.keys[at]?.item, last.keys[at]?.item);
    if (order !== 0) return descending ? order < 0 : order > 0;
  }
  return place.document > last.document || (place.document === last.document && place.nth > last.nth);
}

function bind({ engine, query, parameters, nowMs }: PageSource): BoundQuery {
  return engine.bind(query, { parameters, nowMs });
}

function windowOf({ top, offset = 0, limit }: BoundQuery): { readonly start: number; readonly end: number } {
  return { start: offset, end: Math.min(top ?? Infinity, offset + (limit ?? Infinity)) };
}

/** The rows of a page, up to its size in rows and in bytes. */
class PageRows {
  readonly rows: JsonValue[] = [];
  readonly #pageSize: number;
  #bytes = 0;

  constructor({ pageSize }: PageSource) {
    this.#pageSize = pageSize;
  }

  get isFull(): boolean {
    return this.rows.length >= this.#pageSize || this.#bytes >= MAX_PAGE_BYTES;
  }

  add(row: JsonValue): void {
    this.rows.push(row);
    this.#bytes += byteLength(JSON.stringify(row));
  }
}

/** All documents of a source, with the bytes that were read. */
class ReadCounter {
  bytes = 0;
  readonly #source: PageSource;

  constructor(source: PageSource) {
    this.#source = source;
  }

  *values(): Generator<JsonObject> {
    for (const document of this.#source.documents(-1)) {
      this.bytes += document.bytes;
      yield document.value();
    }
  }
}
