import { CosmigError, type ErrorOptions } from "../base/errors.ts";
import type { DocumentCounts } from "../base/document_counts.ts";

/** One migration that a run finished. */
export interface FinishedMigration {
  readonly id: string;
  readonly name: string;
  readonly documents: DocumentCounts;
  readonly requestUnits: number;
  readonly durationMs: number;
}

/** What a run did. */
export interface RunReport {
  readonly command: "up" | "rollback";
  /** Applied or reverted, in order. */
  readonly finished: readonly FinishedMigration[];
  /** Ids that were planned and are still to do. */
  readonly notExecuted: readonly string[];
  /** Applied, but not known to this binary. */
  readonly ahead: readonly string[];
  /** Applied with another checksum than this binary's. */
  readonly drifted: readonly string[];
  /** What a person should know. */
  readonly warnings: readonly string[];
}

/** A migration failed; the report tells what was finished before. The next run resumes it. */
export class RunFailedError extends CosmigError {
  readonly report: RunReport;
  /** Id of the migration that failed. */
  readonly failed: string;

  constructor(
    message: string,
    options: ErrorOptions & { readonly failed: string; readonly report: RunReport },
  ) {
    super("migration-failed", message, {
      ...options,
      details: {
        failed: options.failed,
        finished: options.report.finished.map(({ id }) => id),
        notExecuted: [...options.report.notExecuted],
        ...options.details,
      },
    });
    this.failed = options.failed;
    this.report = options.report;
  }
}
