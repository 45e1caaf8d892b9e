import { compileSelection, queryOf } from "../../bulk/selection.ts";
import { foldRanges } from "../../bulk/fold_ranges.ts";
import type { RuBudget } from "../../bulk/ru_budget.ts";
import type { RuGovernor } from "../../bulk/ru_governor.ts";
import type { Clock } from "../../base/clock.ts";
import { CosmigError } from "../../base/errors.ts";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import type { CosmosDatabase } from "../../cosmos/port.ts";
import type { ByKeyLookup, LoadedLookup, Lookup, LookupKey, Lookups } from "../../definition/lookup.ts";
import { parsePlainPath, pathToSql } from "../../definition/path.ts";
import { countDocuments } from "./estimate_documents.ts";
import { valueAt } from "./places.ts";

/** What reading lookups needs. */
export interface LookupContext {
  readonly database: CosmosDatabase;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Of the run or the command. */
  readonly budget: RuBudget;
}

interface ReadingContext extends LookupContext {
  readonly governor: RuGovernor;
}

type Reader = LoadedLookup<unknown> | ByKeyLookup<unknown>;

/**
 * Makes the readers of a transform's lookups; those that are read as a whole are read now.
 *
 * @throws {CosmigError} with code `operation-refused` when a lookup has too many documents, or two with the same key
 */
export async function openLookups(
  lookups: Lookups,
  context: LookupContext,
): Promise<Readonly<Record<string, Reader>>> {
  const entries: [string, Reader][] = [];
  for (const [name, lookup] of Object.entries(lookups)) {
    const governor = await context.budget.governorOf(context.database.container(lookup.container), context);
    const reading = { ...context, governor };
    entries.push([name, lookup.mode === "load" ? await load(lookup, reading) : byKey(lookup, reading)]);
  }
  return Object.fromEntries(entries);
}

/** How many documents a lookup has. */
export function countLookup({ container, where }: Lookup, context: LookupContext): Promise<number> {
  const selection = where === undefined ? undefined : { where, parameters: {} };
  return countDocuments(context.database.container(container), { selection, context });
}

/** @throws {CosmigError} with code `operation-refused` when so many documents are too many for a lookup */
export function requireFit({ container, maxEntries }: Lookup, entries: number): void {
  if (entries <= maxEntries) return;
  throw new CosmigError(
    "operation-refused",
    `Cannot look up documents of "${container}" as a lookup holds ${maxEntries} documents at most: ` +
      `current value is ${entries} or more`,
    { hint: 'Narrow it with `where`, raise `maxEntries`, or read on demand with mode: "by-key"' },
  );
}

/** A document by its key; `identity` tells it from another one with the same key. */
interface Entry {
  readonly identity: JsonValue | undefined;
  readonly value: JsonObject;
}

async function load(lookup: Lookup, context: ReadingContext): Promise<LoadedLookup<unknown>> {
  const { container, by } = lookup;
  const names = parsePlainPath(by);
  let entries = 0;
  const { totals } = await foldRanges(context.database.container(container), {
    ...context,
    query: queryOf(compileSelection({ where: lookup.where }), "whole"),
    start: (): Map<LookupKey, Entry> => new Map(),
    add: (found, row) => {
      const key = keyOf(row, names);
      if (key === undefined) return found;
      requireDistinct(found.get(key), row, { lookup, key });
      requireFit(lookup, ++entries);
      return found.set(key, { identity: row["_rid"], value: row });
    },
  });
  const table = new Map<LookupKey, Entry>();
  for (const [key, entry] of totals.flatMap((found) => [...found])) {
    requireDistinct(table.get(key), entry.value, { lookup, key });
    table.set(key, entry);
  }
  const get = (key: LookupKey) => table.get(key)?.value;
  return { get, require: (key) => get(key) ?? missing(lookup, key) };
}

function byKey(lookup: Lookup, context: ReadingContext): ByKeyLookup<unknown> {
  const cache = new Map<LookupKey, Promise<JsonObject | undefined>>();
  const get = (key: LookupKey): Promise<JsonObject | undefined> => {
    const found = cache.get(key) ?? find(lookup, { key, context });
    // The newest is last, so that the first is what was asked for longest ago.
    cache.delete(key);
    cache.set(key, found);
    found.catch(() => cache.delete(key));
    const [oldest] = cache.keys();
    if (cache.size > lookup.maxEntries && oldest !== undefined) cache.delete(oldest);
    return found;
  };
  return { get, require: async (key) => await get(key) ?? missing(lookup, key) };
}

async function find(
  lookup: Lookup,
  { key, context }: { readonly key: LookupKey; readonly context: ReadingContext },
): Promise<JsonObject | undefined> {
  const names = parsePlainPath(lookup.by);
  const condition = `${pathToSql(names)} = @key`;
  const where = lookup.where === undefined ? condition : `(${lookup.where}\n) AND ${condition}`;
  const { totals } = await foldRanges(context.database.container(lookup.container), {
    ...context,
    query: queryOf(compileSelection({ where, parameters: { "@key": key } }), "whole"),
    parameters: { "@key": key },
    start: (): readonly JsonObject[] => [],
    add: (found, row) => [...found, row],
  });
  const [first, second] = totals.flat();
  if (second !== undefined) {
    requireDistinct({ identity: first?.["_rid"], value: first ?? {} }, second, { lookup, key });
  }
  return first;
}

function keyOf(document: JsonObject, names: readonly string[]): LookupKey | undefined {
  const value = valueAt(document, names);
  return typeof value === "object" ? undefined : value;
}

function requireDistinct(
  known: Entry | undefined,
  row: JsonObject,
  { lookup, key }: { readonly lookup: Lookup; readonly key: LookupKey },
): void {
  if (known === undefined || known.identity !== undefined && known.identity === row["_rid"]) return;
  const ids = [known.value["id"], row["id"]].map((id) => JSON.stringify(id));
  throw new CosmigError(
    "operation-refused",
    `Cannot look up documents of "${lookup.container}" by "${lookup.by}" as each value stands for one document: ` +
      `current value ${JSON.stringify(key)} is in ${ids.join(" and ")}`,
    { hint: "Look up by another path, or narrow it with `where`" },
  );
}

function missing(lookup: Lookup, key: LookupKey): never {
  throw new CosmigError(
    "documents-failed",
    `"${lookup.container}" has no document whose "${lookup.by}" is ${JSON.stringify(key)}`,
  );
}
