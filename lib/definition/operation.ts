/**
 * What every operation is: static data with a description, its own inverse, and a key under which its progress is recorded.
 * Carrying it out is the business of `operations/`, one handler for each `kind`.
 *
 * @module
 */
import type { JsonValue } from "../base/json.ts";

/**
 * How well an operation undoes.
 *
 * - `exact`: documents and settings come back as they were.
 * - `by-value`: decided by looking at the values, which can be ambiguous (a field that had the added value before is removed as well).
 * - `none`: cannot be undone without a `down` of your own.
 */
export type Reversibility = "exact" | "by-value" | "none";

/** One declared change. Made by the functions that `lib/mod.ts` exports, never by hand. */
export interface Operation<Kind extends string = string, Parameters = unknown> {
  readonly kind: Kind;
  /** Identifies the step within its migration: the given name, else kind, container and path. */
  readonly step: string;
  /** Names of the containers that it reads or changes. */
  readonly containers: readonly string[];
  readonly parameters: Parameters;
  /** The parameters as JSON, functions left out; equal JSON means the same step after a fix forward, unless {@linkcode hasFunctions}. */
  readonly fingerprint: JsonValue;
  readonly hasFunctions: boolean;
  /** Tells a fix forward that a step with functions is still the same. */
  readonly revision: string | undefined;
  readonly reversibility: Reversibility;
  /** Loses data that no rollback brings back; needs `--allow-destructive`. */
  readonly destructive: boolean;
  /** Needs stopped writers; needs `--allow-offline`. */
  readonly offline: boolean;
  /** Skip the step where its container does not exist. */
  readonly ifContainerExists: boolean;
  /** One line in words, for the plan. */
  readonly description: string;
  /**
   * The operation that undoes this one.
   *
   * @param captured what the handler noted before it changed anything; `undefined` while planning, when only the words matter
   * @returns `undefined` when there is none
   */
  invert(captured?: JsonValue): Operation | undefined;
}

/** Options that every operation takes. */
export interface CommonOptions {
  /** Name of the step; needed where one migration has two of the same kind on the same container and path. */
  readonly name?: string;
  /** Give a new value when the functions of this step changed and it has to run again after a fix forward; keep it when it need not. */
  readonly revision?: string;
  /**
   * Skip the step where the container does not exist, instead of failing.
   *
   * @default {false}
   */
  readonly ifContainerExists?: boolean;
}
