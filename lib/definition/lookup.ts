import { CosmigError } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { requireContainerName } from "./_define_operation.ts";
import { parsePlainPath, type Path } from "./path.ts";

declare const value: unique symbol;

/** How a lookup reads: everything once, or each key when it is asked for. */
export type LookupMode = "load" | "by-key";

/** Another container as a table of values, for a transform. Made by {@linkcode lookup}. */
export interface Lookup<Value = unknown, Mode extends LookupMode = LookupMode> {
  readonly kind: "lookup";
  readonly container: string;
  readonly by: Path;
  readonly where: string | undefined;
  readonly mode: Mode;
  readonly maxEntries: number;
  /** Never there; carries the type of the values. */
  readonly [value]?: Value;
}

/** Lookups by the names under which a transform gets them. */
export type Lookups = Readonly<Record<string, Lookup>>;

/** What a lookup can be asked for. */
export type LookupKey = string | number | boolean;

/** A lookup that was read as a whole. */
export interface LoadedLookup<Value> {
  get(key: LookupKey): Value | undefined;
  /** @throws {CosmigError} with code `documents-failed` when no document has this key */
  require(key: LookupKey): Value;
}

/** A lookup that reads when it is asked. */
export interface ByKeyLookup<Value> {
  get(key: LookupKey): Promise<Value | undefined>;
  /** @throws {CosmigError} with code `documents-failed` when no document has this key */
  require(key: LookupKey): Promise<Value>;
}

/** What a transform gets for its lookups. */
export type LookupReaders<Named extends Lookups> = {
  readonly [Name in keyof Named]: Named[Name] extends Lookup<infer Value, infer Mode>
    ? Mode extends "load" ? LoadedLookup<Value> : ByKeyLookup<Value>
    : never;
};

/** Options of {@linkcode lookup}. */
export interface LookupOptions<Mode extends LookupMode> {
  readonly container: string;
  /** The value by which documents are found; no two documents may have the same. */
  readonly by: Path;
  /** Cosmos SQL condition over `c`: which documents are in it. */
  readonly where?: string;
  /**
   * `load` reads the container once a run; `by-key` asks for each key, through a bounded cache, and answers with promises.
   *
   * @default {"load"}
   */
  readonly mode?: Mode;
  /**
   * `load`: more documents than that are refused. `by-key`: the size of the cache.
   *
   * @default {100_000}
   */
  readonly maxEntries?: number;
}

/**
 * Makes the documents of another container available to a transform. The values are as they were when they were read; what changes meanwhile is not seen.
 *
 * @throws {CosmigError} with code `operation-refused` when container, path or limit cannot be used
 *
 * @example
 * ```ts
 * import { lookup } from "../mod.ts";
 *
 * lookup<{ id: string; name: string }>({ container: "Categories", by: "/id" });
 * ```
 */
export function lookup<Value extends object>(options: LookupOptions<"load">): Lookup<Value, "load">;
export function lookup<Value extends object>(
  options: LookupOptions<"by-key"> & { readonly mode: "by-key" },
): Lookup<Value, "by-key">;
export function lookup(options: LookupOptions<LookupMode>): Lookup {
  const { container, by, where, mode = "load", maxEntries = 100_000 } = options;
  requireContainerName(container, "look up documents of");
  try {
    parsePlainPath(by);
  } catch (cause) {
    throw refused(container, `"by" is a path like "/id"`, { found: by, cause });
  }
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw refused(container, "maxEntries is a whole number from 1", { found: maxEntries });
  }
  return Object.freeze({ kind: "lookup", container, by, where, mode, maxEntries });
}

/** What tells one lookup from another, as JSON. */
export function lookupFingerprint({ container, by, where, mode }: Lookup): JsonObject {
  return { container, by, mode, ...(where === undefined ? {} : { where }) };
}

function refused(
  container: string,
  why: string,
  { found, cause }: { readonly found: string | number; readonly cause?: unknown },
): CosmigError {
  const message = `Cannot look up documents of "${container}" as ${why}: current value is ${
    JSON.stringify(found)
  }`;
  return new CosmigError("operation-refused", message, { cause });
}
