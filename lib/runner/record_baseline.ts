import { NO_DOCUMENTS } from "../base/document_counts.ts";
import type { MigrationRecord } from "../definition/record.ts";
import { BATCH_SIZE } from "../history/history.ts";
import type { BaselinedMigration, BaselineIntent } from "../history/intent.ts";
import { containersOf } from "./other_scopes.ts";
import type { ActiveRun } from "./with_lease.ts";

/**
 * Records migrations without running them. What needs more than one transaction carries an intent from the
 * first to the last, so that whoever holds the lease next completes it.
 *
 * The newest are recorded first: where the intent is lost with the lease's document, what is missing shows as
 * a gap, which `up` refuses, and is not applied to a database that has it already.
 *
 * @throws {LeaseLostError} when the lease is gone; what was recorded until then stays
 */
export async function recordBaseline(
  run: ActiveRun,
  { migrations, by }: Pick<BaselineIntent, "migrations" | "by">,
): Promise<void> {
  const newestFirst = migrations.toSorted((left, right) => left.id < right.id ? 1 : -1);
  for (let done = 0; done < newestFirst.length; done += BATCH_SIZE) {
    run.signal.throwIfAborted();
    const left = newestFirst.slice(done + BATCH_SIZE);
    const intent: BaselineIntent | null = left.length === 0
      ? null
      : { command: "baseline", ids: left.map(({ id }) => id), migrations: left, by };
    const records = newestFirst.slice(done, done + BATCH_SIZE).map((migration) =>
      toRecord(migration, { by, run })
    );
    await run.history.putAll(records, { intent });
  }
}

function toRecord(
  { id, name, checksum, status, sequence, cycle, at }: BaselinedMigration,
  { by, run: { context, history, lease } }: { readonly by: string; readonly run: ActiveRun },
): MigrationRecord {
  const entry = context.registry.find((candidate) => candidate.id === id);
  return {
    id,
    name,
    status,
    sequence,
    cycle,
    checksums: checksum === undefined ? [] : [checksum],
    attempts: 0,
    progressed: true,
    term: lease.term,
    startedAt: at,
    finishedAt: at,
    durationMs: 0,
    documents: NO_DOCUMENTS,
    requestUnits: 0,
    steps: [],
    containers: entry && containersOf(entry.migration),
    by,
    unknown: history.get(id)?.unknown ?? {},
  };
}
