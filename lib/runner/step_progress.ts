import { addCounts, type DocumentCounts, NO_DOCUMENTS } from "../base/document_counts.ts";
import type { MigrationRecord, StepRecord } from "../definition/record.ts";
import { readDocuments } from "../history/read_history.ts";
import { CheckpointLedger } from "./checkpoint_ledger.ts";
import type { ReadContext } from "./context.ts";

/** How far a step is that nobody finished yet. */
export interface StepProgress {
  /** Key of the step. */
  readonly step: string;
  /** Ranges that have a checkpoint, and those of them that are finished. */
  readonly ranges: number;
  readonly rangesDone: number;
  readonly documents: DocumentCounts;
  /** Request units. */
  readonly requestUnits: number;
}

/**
 * Reads the checkpoints of the unfinished steps of a migration; the record itself counts only what is finished.
 * Reads only, one request a step.
 */
export async function readStepProgress(
  context: ReadContext,
  record: MigrationRecord,
): Promise<readonly StepProgress[]> {
  const open = record.steps.filter(({ status, cycle }) => status === "running" && cycle === record.cycle);
  return await Promise.all(open.map((step) => progressOf(context, { record, step })));
}

async function progressOf(
  context: ReadContext,
  { record, step }: { readonly record: MigrationRecord; readonly step: StepRecord },
): Promise<StepProgress> {
  const { key, direction, cycle } = step;
  const checkpoints = await new CheckpointLedger({ migrationId: record.id, cycle, direction, step: key }, {
    list: (prefix) => readDocuments(context.connection.ledger, { ...context, prefix }),
    write: () => Promise.reject(new TypeError("Cannot write a checkpoint as reading never writes")),
  }).load();
  return {
    step: key,
    ranges: checkpoints.length,
    rangesDone: checkpoints.filter(({ done }) => done).length,
    documents: checkpoints.reduce((sum, { documents }) => addCounts(sum, documents), NO_DOCUMENTS),
    requestUnits: checkpoints.reduce((sum, { requestUnits }) => sum + requestUnits, 0),
  };
}
