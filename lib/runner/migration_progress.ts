import { createHash } from "node:crypto";
import { addCounts, type DocumentCounts, NO_DOCUMENTS } from "../base/document_counts.ts";
import { canonicalJson, type JsonValue } from "../base/json.ts";
import type { LedgerOperation } from "../cosmos/port.ts";
import type { Operation } from "../definition/operation.ts";
import type {
  AbandonedStep,
  Direction,
  DocumentSelection,
  MigrationRecord,
  StepRecord,
} from "../definition/record.ts";
import { BATCH_SIZE, type History, type RecordOptions } from "../history/history.ts";
import { handlerOf } from "../operations/registry.ts";

/** One operation of a migration on its way, and the key it is recorded under. */
export interface PlannedStep {
  readonly key: string;
  readonly operation: Operation;
}

/**
 * The record of the migration under way. All changes go through one queue, since the ranges of a pass report at the same time.
 */
export class MigrationProgress {
  readonly #history: History;
  readonly #direction: Direction;
  #record: MigrationRecord;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    history: History,
    options: { readonly record: MigrationRecord; readonly direction: Direction },
  ) {
    this.#history = history;
    this.#record = options.record;
    this.#direction = options.direction;
  }

  get record(): MigrationRecord {
    return this.#record;
  }

  /** What is known about a step of this cycle and direction. */
  step(key: string): StepRecord | undefined {
    return this.#record.steps.find((step) => this.#isCurrent(step, key));
  }

  /** Changes the record, in one transaction with the first {@linkcode BATCH_SIZE} further writes; durable when it resolves. @throws {LeaseLostError} */
  update(change: (record: MigrationRecord) => MigrationRecord, options: RecordOptions = {}): Promise<void> {
    const { operations = [], ...rest } = options;
    return this.#enqueue(async () => {
      this.#record = await this.#history.put(change(this.#record), {
        ...rest,
        operations: operations.slice(0, BATCH_SIZE),
      });
      await this.#history.write(operations.slice(BATCH_SIZE));
    });
  }

  /**
   * Changes what is known about a step, and notes that the attempt has something to show.
   *
   * @param options.next the step that begins with that; a step without a record was never begun
   * @throws {LeaseLostError}
   */
  updateStep(
    step: PlannedStep,
    options: {
      readonly change: Partial<StepRecord>;
      readonly operations?: readonly LedgerOperation[];
      readonly next?: PlannedStep | undefined;
    },
  ): Promise<void> {
    return this.update((record) => {
      const current = this.step(step.key) ?? newStep(step, { record, direction: this.#direction });
      const others = record.steps.filter((other) => !this.#isCurrent(other, step.key));
      const changed = { ...record, progressed: true, steps: [...others, { ...current, ...options.change }] };
      return options.next === undefined
        ? changed
        : withBegun(changed, { step: options.next, direction: this.#direction });
    }, { operations: options.operations });
  }

  /** Notes that the documents of an abandoned step are touched, and what that has cost. @throws {LeaseLostError} */
  noteTouched(
    abandoned: AbandonedStep,
    { key, requestUnits, operations }: {
      readonly key: string;
      readonly requestUnits: number;
      readonly operations: readonly LedgerOperation[];
    },
  ): Promise<void> {
    return this.update((record) => {
      const before = this.step(key);
      const touched: StepRecord = {
        ...{ key, kind: "touch", direction: this.#direction, cycle: record.cycle, status: "done" },
        fingerprint: fingerprintOf({ ...abandoned.selection }),
        documents: NO_DOCUMENTS,
        requestUnits: (before?.requestUnits ?? 0) + requestUnits,
      };
      return {
        ...record,
        progressed: true,
        abandoned: record.abandoned?.filter((step) => step !== abandoned),
        steps: [...record.steps.filter((step) => step !== before), touched],
      };
    }, { operations });
  }

  /** Writes other documents of the ledger; the first time it also notes that the attempt has something to show. @throws {LeaseLostError} */
  write(operations: readonly LedgerOperation[]): Promise<void> {
    return this.#enqueue(async () => {
      if (this.#record.progressed) return await this.#history.write(operations);
      this.#record = await this.#history.put({ ...this.#record, progressed: true }, { operations });
    });
  }

  /** The sum over all steps of this cycle and direction. */
  totals(): { readonly documents: DocumentCounts; readonly requestUnits: number } {
    const steps = this.#record.steps.filter((step) => this.#isCurrent(step, step.key));
    return {
      documents: steps.map(({ documents }) => documents).reduce(addCounts, NO_DOCUMENTS),
      requestUnits: steps.reduce((sum, { requestUnits }) => sum + requestUnits, 0),
    };
  }

  #isCurrent(step: StepRecord, key: string): boolean {
    return step.key === key && step.direction === this.#direction && step.cycle === this.#record.cycle;
  }

  #enqueue<Value>(action: () => Promise<Value>): Promise<Value> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => {});
    return result;
  }
}

/** The record with a step begun, unless it is already. */
export function withBegun(
  record: MigrationRecord,
  { step, direction }: { readonly step: PlannedStep; readonly direction: Direction },
): MigrationRecord {
  const isKnown = record.steps.some((known) =>
    known.key === step.key && known.direction === direction && known.cycle === record.cycle
  );
  return isKnown ? record : { ...record, steps: [...record.steps, newStep(step, { record, direction })] };
}

function newStep(
  { key, operation }: PlannedStep,
  { record, direction }: { readonly record: MigrationRecord; readonly direction: Direction },
): StepRecord {
  return {
    key,
    kind: operation.kind,
    direction,
    cycle: record.cycle,
    status: "running",
    fingerprint: fingerprintOf(operation.fingerprint),
    revision: operation.revision,
    // A way back is completed by whoever comes next, so it is never given up.
    selection: direction === "up" ? selectionOf(operation, record.id) : undefined,
    documents: NO_DOCUMENTS,
    requestUnits: 0,
  };
}

/** What an operation may read and write of documents; `undefined` when its writes do not rest on what it read. */
export function selectionOf(operation: Operation, migrationId: string): DocumentSelection | undefined {
  return handlerOf(operation).selection?.(operation, { migrationId });
}

/** A short text that is equal for equal parameters. */
export function fingerprintOf(parameters: JsonValue): string {
  return createHash("sha256").update(canonicalJson(parameters)).digest("base64url").slice(0, 22);
}
