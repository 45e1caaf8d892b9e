import { CosmigError, messageOf, TemporaryError } from "../base/errors.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import { isTemporary } from "./execute_step.ts";
import type { MigrationProgress } from "./migration_progress.ts";
import type { ActiveRun } from "./with_lease.ts";

/** Longest error text that a record keeps. */
const MAX_MESSAGE = 2_000;

/** A migration ended in failure; what the runner makes a {@linkcode RunFailedError} of. */
export class AttemptFailed extends Error {
  readonly attempts: number;
  override readonly cause: unknown;

  constructor(attempts: number, cause: unknown) {
    super(messageOf(cause));
    this.attempts = attempts;
    this.cause = cause;
  }
}

/**
 * Runs the steps of a migration and records how they end: an orderly stop or a temporary error leaves the attempt open and uncounted, a failure is counted.
 *
 * @throws {AttemptFailed} when the migration failed
 * @throws {LeaseLostError} when the lease is gone; nothing is recorded then
 * @throws the reason of the run's signal, or the temporary error
 */
export async function attempt(
  run: ActiveRun,
  options: {
    readonly entry: RegistryEntry;
    readonly progress: MigrationProgress;
    readonly failedStatus: "failed" | "reverting";
    readonly steps: () => Promise<void>;
  },
): Promise<void> {
  const { entry, progress, failedStatus, steps } = options;
  try {
    await steps();
  } catch (error) {
    if (run.lease.signal.aborted) throw run.lease.signal.reason;
    const { context } = run;
    if (context.signal.aborted || isTemporary(error)) {
      await progress.update((record) => ({ ...record, progressed: true }));
      throw context.signal.aborted ? context.signal.reason : withMigration(error, entry);
    }
    const attempts = progress.record.attempts + 1;
    await progress.update((record) => ({
      ...record,
      ...progress.totals(),
      status: failedStatus,
      attempts,
      progressed: true,
      finishedAt: new Date(context.clock.wallMs()).toISOString(),
      error: {
        code: error instanceof CosmigError ? error.code : "internal",
        message: context.redact(messageOf(error)).slice(0, MAX_MESSAGE),
      },
    }));
    context.emit({
      type: "migration-failed",
      id: entry.id,
      name: entry.name,
      message: messageOf(error),
      attempts,
      maxAttempts: context.maxAttempts,
    });
    throw new AttemptFailed(attempts, error);
  }
}

/** What the code of a migration says need not say where. */
function withMigration(error: unknown, { id }: RegistryEntry): unknown {
  if (!(error instanceof TemporaryError)) return error;
  return new TemporaryError(`Migration "${id}" has to be tried again later: ${error.message}`, {
    hint: error.hint,
    details: error.details,
    cause: error,
  });
}
