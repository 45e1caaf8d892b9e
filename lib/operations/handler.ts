/**
 * How operations are carried out. One file a kind; each handler estimates, applies and verifies what `definition/` declares.
 * Handlers know nothing of the ledger: what must be durable goes through the context.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { DocumentCounts } from "../base/document_counts.ts";
import type { JsonValue } from "../base/json.ts";
import type { CheckpointStore } from "../bulk/checkpoint.ts";
import type { PassSettings } from "../bulk/pass.ts";
import type { RuBudget } from "../bulk/ru_budget.ts";
import type { PassProgress } from "../base/pass_progress.ts";
import type { CosmosDatabase } from "../cosmos/port.ts";
import type { Operation } from "../definition/operation.ts";
import type { Direction, DocumentSelection } from "../definition/record.ts";

/** What a plan says about the cost of an operation. */
export interface Estimate {
  /** Documents that it would change; `undefined` when that is not known, or not a matter of documents. */
  readonly documents: number | undefined;
  /** Request units; `undefined` when unknown. */
  readonly requestUnits: number | undefined;
  /** What a reader of the plan has to know: restarts TTLs, appears in the change feed, differs from the existing container. */
  readonly notes: readonly string[];
}

/** What estimating may use. Reads only. */
export interface EstimateContext {
  readonly database: CosmosDatabase;
  readonly clock: Clock;
  /** Numbers in [0, 1) for jitter. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Of the whole command; to be asked before documents are read. */
  readonly budget: RuBudget;
  readonly count: "sampled" | "exact" | "none";
}

/** What applying may use. */
export interface StepContext {
  readonly database: CosmosDatabase;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly migrationId: string;
  readonly cycle: number;
  readonly direction: Direction;
  readonly settings: PassSettings;
  /** Of the whole run; to be asked before documents are read or written. */
  readonly budget: RuBudget;
  /** Bound to this step, cycle and direction. */
  readonly checkpoints: CheckpointStore;
  /** What an earlier attempt of this step captured. */
  readonly captured: JsonValue | undefined;
  /** Notes what the inverse will need. Durable when it resolves; call it before the first change. */
  capture(value: JsonValue): Promise<void>;
  /** Runs `action` unless this migration recorded it as done, then records it; its JSON result is kept. */
  once(name: string, action: () => Promise<JsonValue | void>): Promise<JsonValue | undefined>;
  /** Waits until no request that anybody sent before, and gave up, can still arrive. */
  settle(): Promise<void>;
  progress(progress: PassProgress): void;
  log(message: string): void;
  /** The SDK's own database client, behind the lease's gate. */
  sdkDatabase(): unknown;
}

/** What a step did. */
export interface StepOutcome {
  readonly documents: DocumentCounts;
  /** Request units. */
  readonly requestUnits: number;
}

/** What a check of a finished operation found; empty when it still holds. */
export type VerifyFindings = readonly string[];

/** Carries out the operations of one kind. */
export interface OperationHandler<O extends Operation = Operation> {
  readonly kind: O["kind"];
  /** @throws {CosmigError} with code `operation-refused` when the operation cannot work as it is written */
  estimate(operation: O, context: EstimateContext): Promise<Estimate>;
  /** Applies the operation. Applying again, also after a crash at any point, ends in the same state. */
  apply(operation: O, context: StepContext): Promise<StepOutcome>;
  /**
   * The documents that an unfinished {@linkcode apply} may have read and not yet written. Where it is given up, they get new ETags, so that late writes of
   * a dead runner fail. Only for operations that write documents under the condition that they are as they were read.
   *
   * @returns the same whatever has been written meanwhile; `undefined` for none
   */
  selection?(operation: O, owner: Pick<StepContext, "migrationId">): DocumentSelection | undefined;
  /**
   * Ends what lasts only as long as its migration does. Called on the way up when all steps are done, and when the attempt ended in failure; then the step
   * is applied again by the next attempt. Concluding twice is the same as once.
   */
  conclude?(operation: O, context: StepContext): Promise<void>;
  /** Whether the finished operation still holds; reads only. */
  verify(operation: O, context: EstimateContext): Promise<VerifyFindings>;
}
