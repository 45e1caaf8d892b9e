/**
 * A pass: reads a container range by range and writes what has to change, conditionally, resumably and within a budget.
 * It does not know why a document changes; that is what {@linkcode Pass.decide} says.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { DocumentCounts } from "../base/document_counts.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { CosmosDatabase, PatchOperation } from "../cosmos/port.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { RuBudget } from "./ru_budget.ts";
import type { PassProgress } from "../base/pass_progress.ts";

/** What is to become of one document. */
export type Decision =
  | { readonly kind: "skip" }
  /** The whole new document, system properties left out. */
  | { readonly kind: "replace"; readonly document: JsonObject }
  /** `after` is the document as read, with the patch applied; for the convergence check. */
  | { readonly kind: "patch"; readonly operations: readonly PatchOperation[]; readonly after: JsonObject };

/** What a pass does. */
export interface Pass {
  readonly container: string;
  /** Cosmos SQL condition over `c`; all documents when absent. */
  readonly where?: string | undefined;
  readonly parameters?: Readonly<Record<string, JsonValue>> | undefined;
  /**
   * What to read: whole documents, or the named top-level properties (`id`, `_etag`, the partition key and what `where` reads
   * come in addition).
   */
  readonly read: "whole" | readonly string[];
  /**
   * Called for each selected document, and again with a fresh one after a conflict. May throw: the error is reported with the document's id and
   * partition key.
   */
  decide(document: JsonObject): Decision | Promise<Decision>;
  /**
   * What tells that a changed document is finished, so that reading it again changes nothing. `where`: the result must not match `where` (checked
   * before anything of the page is written); `decide`: deciding again about the result must give `skip`; `repeatable`: changing a document twice does
   * no harm, so nothing is checked.
   */
  readonly convergence: "where" | "decide" | "repeatable";
  /** What to do with a document that cannot be changed: stop at the first, or go on up to `maxFailures` and fail at the end. */
  readonly onError: "stop" | "collect";
}

/** How hard a pass may work. */
export interface PassSettings {
  /** Request units a second over all ranges; no cap when `undefined`. */
  readonly ruPerSecond: number | undefined;
  /**
   * The cap as a share of what is provisioned for the container, from 0 to 1; instead of `ruPerSecond`.
   *
   * @default {undefined}
   */
  readonly ruShare?: number | undefined;
  /** Ranges worked on at the same time. */
  readonly concurrency: number;
  /** Documents a page. */
  readonly pageSize: number;
  /** Collected failures after which a pass with `onError: "collect"` gives up. */
  readonly maxFailures: number;
  /** How long one range may be throttled or unavailable without any progress before the pass gives up, milliseconds. */
  readonly patienceMs: number;
  /**
   * Requests in flight for one range, the page that is read ahead included; less while the service throttles.
   *
   * @default {5}
   */
  readonly requestsPerRange?: number | undefined;
}

/** What a pass runs with. */
export interface PassContext {
  readonly database: CosmosDatabase;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly checkpoints: CheckpointStore;
  readonly settings: PassSettings;
  /** Of the whole run. */
  readonly budget: RuBudget;
  /** Numbers in [0, 1) for jitter. */
  readonly random: () => number;
  progress(progress: PassProgress): void;
}

/** A document that could not be changed. */
export interface DocumentFailure {
  readonly id: string;
  readonly partitionKey: JsonValue;
  readonly message: string;
}

/** What a finished pass did, earlier attempts that it resumed included. */
export interface PassOutcome {
  readonly documents: DocumentCounts;
  /** Request units. */
  readonly requestUnits: number;
}
