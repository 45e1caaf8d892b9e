import { ConflictError } from "../base/errors.ts";
import { isApplied, type MigrationRecord } from "../definition/record.ts";

/** A migration that is to be recorded without being run. */
export interface WantedBaseline {
  readonly id: string;
  readonly name: string;
  /** `undefined` where no file is behind it. */
  readonly checksum: string | undefined;
  /** `reverted` for what another tool has rolled back. */
  readonly status: "baselined" | "reverted";
  /** When that happened; ISO 8601, UTC. */
  readonly at: string;
}

/** What a plan of `baseline` is made from. */
export interface BaselineInput {
  /** In the order in which they were applied. */
  readonly wanted: readonly WantedBaseline[];
  readonly records: readonly MigrationRecord[];
  /** The next position in the order of application. */
  readonly nextSequence: number;
}

/** What `baseline` would record, in the order of application. */
export interface BaselinePlan {
  readonly migrations: readonly (WantedBaseline & { readonly sequence: number; readonly cycle: number })[];
  /** Ids that the history has already. */
  readonly kept: readonly string[];
}

/**
 * Decides what `baseline` records. Pure; what the history says already stays as it is.
 *
 * @throws {ConflictError} `refused` when one of them was begun and is not finished, or is held
 */
export function planBaseline({ wanted, records, nextSequence }: BaselineInput): BaselinePlan {
  const byId = new Map(records.map((record) => [record.id, record]));
  const isKept = ({ id, status }: WantedBaseline) => {
    const record = byId.get(id);
    return record !== undefined && (isApplied(record) || record.status === status);
  };
  const open = wanted.filter((migration) => !isKept(migration));
  for (const { id } of open) refuseUnfinished(byId.get(id));
  return {
    migrations: open.map((migration, index) => ({
      ...migration,
      sequence: nextSequence + index,
      cycle: (byId.get(migration.id)?.cycle ?? 0) + 1,
    })),
    kept: wanted.filter(isKept).map(({ id }) => id),
  };
}

function refuseUnfinished(record: MigrationRecord | undefined): void {
  if (record === undefined || record.status === "reverted") return;
  throw new ConflictError(
    "refused",
    `Cannot record "${record.id}" as applied as a run of it is not finished: it is ${record.status}`,
    {
      hint: record.status === "held"
        ? `Let it be applied again with "repair --release ${record.id}", or say that its effect is there with "repair --mark-applied ${record.id}"`
        : `Let "up" finish it, or say that its effect is there with "repair --mark-applied ${record.id}"`,
      details: { id: record.id },
    },
  );
}
