import { ConflictError, CosmigError, TemporaryError } from "../base/errors.ts";
import { formatTime } from "../base/format_time.ts";
import type { Phase } from "../definition/migration.ts";
import { isApplied, isTakenOver, type MigrationRecord } from "../definition/record.ts";
import type { RegistryEntry } from "../definition/registry.ts";

/** What to do about pending migrations that are older than the newest applied one. */
export type OrderPolicy = "linear" | "allow-gaps";

/** What a plan of `up` is made from. */
export interface UpInput {
  /** The migrations of this binary, in the order of their ids. */
  readonly registry: readonly RegistryEntry[];
  readonly records: readonly MigrationRecord[];
  readonly policy: UpPolicy;
  /** Failed attempts after which a migration is parked. */
  readonly maxAttempts: number;
}

/** What the user decided. */
export interface UpPolicy {
  readonly order: OrderPolicy;
  /** When the database holds migrations that this binary does not know. */
  readonly ahead: "allow" | "refuse";
  /** When an applied migration was changed and something is to be applied. */
  readonly drift: "refuse" | "warn";
  /** The last migration to apply. */
  readonly to?: string | undefined;
  /** How many to apply at the most. */
  readonly steps?: number | undefined;
  /** Only migrations of this phase, and those without one. */
  readonly phase?: Phase | undefined;
}

/** How a pending migration starts. */
export type StartMode =
  /** Never begun, or reverted. */
  | { readonly kind: "fresh" }
  /** Begun by a run that failed or died, with the same checksum. */
  | { readonly kind: "resume"; readonly record: MigrationRecord }
  /** Begun by a run that failed or died, and changed since. */
  | { readonly kind: "fix-forward"; readonly record: MigrationRecord };

/** A migration that is to be applied. */
export interface PendingMigration {
  readonly entry: RegistryEntry;
  readonly start: StartMode;
  /** Attempts that already ended in failure, one that died without a trace of progress included. */
  readonly attempts: number;
}

/** What `up` would do. */
export interface UpPlan {
  readonly pending: readonly PendingMigration[];
  /** Applied, but not known to this binary. */
  readonly ahead: readonly string[];
  /** Applied with another checksum than this binary's. */
  readonly drifted: readonly string[];
}

/**
 * Decides what `up` does. Pure.
 *
 * @throws {ConflictError} when a person has to decide
 * @throws {TemporaryError} when a rollback holds a migration of this binary
 * @throws {CosmigError} with code `usage` when `to` names no migration of this binary
 */
export function planUp({ registry, records, policy, maxAttempts }: UpInput): UpPlan {
  const byId = new Map(records.map((record) => [record.id, record]));
  const known = new Set(registry.map(({ id }) => id));
  const ahead = records.filter((record) =>
    !known.has(record.id) && record.status !== "reverted" && !isTakenOver(record)
  ).map(({ id }) => id);
  const drifted = registry.filter((entry) => isDrifted(entry, byId.get(entry.id))).map(({ id }) => id);

  refuseUnknownTarget(registry, policy.to);
  refuseHeld(registry.filter(({ id }) => policy.to === undefined || id <= policy.to), byId);
  if (policy.ahead === "refuse" && ahead.length > 0) throw aheadError(ahead);

  const pending = select(registry, byId, policy);
  refuseOtherPhase(pending, registry, { byId, policy });
  if (pending.length > 0) {
    if (policy.drift === "refuse" && drifted.length > 0) throw driftError(drifted);
    if (policy.order === "linear") refuseGap(pending, records);
    refuseParked(pending, maxAttempts);
  }
  return { pending, ahead, drifted };
}

/** Whether a migration was applied, and none of the checksums that were accepted for it is this binary's. */
export function isDrifted(entry: RegistryEntry, record: MigrationRecord | undefined): boolean {
  return record !== undefined && isApplied(record) && !isTakenOver(record) &&
    !record.checksums.includes(entry.checksum);
}

/** Attempts of a record that ended in failure; one that died without any progress counts as well. */
export function failedAttempts(record: MigrationRecord): number {
  const died = (record.status === "running" || record.status === "reverting") && !record.progressed;
  return record.attempts + (died ? 1 : 0);
}

function select(
  registry: readonly RegistryEntry[],
  byId: ReadonlyMap<string, MigrationRecord>,
  policy: UpPolicy,
): PendingMigration[] {
  const pending = registry
    .filter(({ id, migration }) =>
      (policy.to === undefined || id <= policy.to) && isOfPhase(migration.phase, policy.phase)
    )
    .map((entry) => toPending(entry, byId.get(entry.id)))
    .filter((item) => item !== undefined);
  return pending.slice(0, policy.steps ?? pending.length);
}

function toPending(entry: RegistryEntry, record: MigrationRecord | undefined): PendingMigration | undefined {
  if (record !== undefined && isApplied(record)) return undefined;
  if (
    record === undefined || record.status === "reverted" || record.status === "held" ||
    record.status === "reverting"
  ) {
    return { entry, start: { kind: "fresh" }, attempts: 0 };
  }
  const same = record.checksums.at(-1) === entry.checksum;
  return same
    ? { entry, start: { kind: "resume", record }, attempts: failedAttempts(record) }
    : { entry, start: { kind: "fix-forward", record }, attempts: 0 };
}

/** Whether a migration belongs to a run of a phase; one without a phase belongs to every run. */
function isOfPhase(phase: Phase | undefined, asked: Phase | undefined): boolean {
  return asked === undefined || phase === undefined || phase === asked;
}

/** What a phase selects must not overtake what it leaves out: in the order of ids that would be a gap. */
function refuseOtherPhase(
  pending: readonly PendingMigration[],
  registry: readonly RegistryEntry[],
  { byId, policy }: {
    readonly byId: ReadonlyMap<string, MigrationRecord>;
    readonly policy: UpPolicy;
  },
): void {
  const last = pending.at(-1)?.entry.id;
  if (last === undefined || policy.phase === undefined || policy.order === "allow-gaps") return;
  const overtaken = registry.find((entry) =>
    entry.id < last && !isOfPhase(entry.migration.phase, policy.phase) &&
    toPending(entry, byId.get(entry.id)) !== undefined
  );
  if (overtaken === undefined) return;
  const next = pending.find(({ entry }) => entry.id > overtaken.id)?.entry.id ?? last;
  const { phase } = overtaken.migration;
  throw new ConflictError(
    "gap",
    `Cannot apply "${next}" in the phase ${policy.phase} as "${overtaken.id}" before it is pending and belongs to the phase ${phase}`,
    {
      hint: phase === "contract"
        ? `Apply it with --phase contract when the old code is gone, and then the phase expand; or --order allow-gaps`
        : `Apply it with --phase expand first, before the new code starts; or --order allow-gaps`,
      details: { ids: [next, overtaken.id], phase: policy.phase },
    },
  );
}

/**
 * Refuses a target that this binary does not contain.
 *
 * @throws {CosmigError} with code `usage`
 */
export function refuseUnknownTarget(registry: readonly RegistryEntry[], to: string | undefined): void {
  if (to === undefined || registry.some(({ id }) => id === to)) return;
  throw new CosmigError(
    "usage",
    `Cannot apply up to "${to}" as this binary contains no migration of that id`,
    {
      hint: 'See "list" for the ids',
    },
  );
}

/** A held migration blocks a binary that contains it, in just the version that was reverted, and everything after it. */
function refuseHeld(registry: readonly RegistryEntry[], byId: ReadonlyMap<string, MigrationRecord>): void {
  for (const entry of registry) {
    const record = byId.get(entry.id);
    if (record?.status !== "held" || !record.checksums.includes(entry.checksum)) continue;
    throw new TemporaryError(
      `Migration "${entry.id}" is held: it was rolled back with --hold by ${record.by} at ${
        formatTime(record.finishedAt ?? record.startedAt)
      } UTC`,
      {
        hint:
          `Roll the application back to a binary without it, or let it be applied again with "repair --release ${entry.id}"`,
        details: { held: entry.id },
      },
    );
  }
}

function refuseGap(pending: readonly PendingMigration[], records: readonly MigrationRecord[]): void {
  const newest = records.filter((record) => isApplied(record) && !isTakenOver(record))
    .map(({ id }) => id).sort().at(-1);
  const gaps = pending.filter(({ entry }) => newest !== undefined && entry.id < newest).map(({ entry }) =>
    entry.id
  );
  if (gaps.length === 0) return;
  throw new ConflictError(
    "gap",
    `Cannot apply ${quoted(gaps)} as a newer migration is applied already: newest is "${newest}"`,
    {
      hint: "Give it a newer id, or apply it out of order with --order allow-gaps",
      details: { ids: gaps },
    },
  );
}

function refuseParked(pending: readonly PendingMigration[], maxAttempts: number): void {
  const parked = pending.find(({ attempts }) => attempts >= maxAttempts);
  if (parked === undefined) return;
  const { entry, start } = parked;
  const last = start.kind === "fresh" ? undefined : start.record.error?.message;
  throw new ConflictError(
    "parked",
    `Migration "${entry.id}" is parked after ${parked.attempts} failed attempts${
      last === undefined ? "" : `; the last error was: ${last}`
    }`,
    {
      hint: `Ship a corrected version of it, or try again with "repair --retry ${entry.id}"`,
      details: { id: entry.id, attempts: parked.attempts },
    },
  );
}

function aheadError(ids: readonly string[]): ConflictError {
  return new ConflictError("ahead", `The database is ahead of this binary by ${quoted(ids)}`, {
    hint: "Use a newer binary, or accept it with --ahead allow",
    details: { ids: [...ids] },
  });
}

function driftError(ids: readonly string[]): ConflictError {
  return new ConflictError(
    "drift",
    `${quoted(ids)} changed after being applied, and more is to be applied on top`,
    {
      hint: `Restore the file, or accept the change with "repair --accept-checksum ${
        ids.length === 1 ? ids[0] : "all"
      }", or go on once with --drift warn`,
      details: { ids: [...ids] },
    },
  );
}

function quoted(ids: readonly string[]): string {
  const shown = ids.slice(0, 5).map((id) => `"${id}"`).join(", ");
  return ids.length > 5 ? `${shown} and ${ids.length - 5} more` : shown;
}
