import { CosmigError } from "../base/errors.ts";
import { isApplied, isTakenOver, type MigrationRecord } from "../definition/record.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import { failedAttempts } from "../planner/plan_up.ts";

/** What a person may decide about a migration. */
export type RepairKind = "accept-checksum" | "retry" | "mark-applied" | "release";

/** What is to be repaired; `"all"` for every change that can be accepted. */
export interface RepairRequest {
  readonly kind: RepairKind;
  readonly id: string;
}

/** What a repair is decided from. */
export interface RepairInput {
  /** The migrations of this binary, in the order of their ids. */
  readonly registry: readonly RegistryEntry[];
  readonly records: readonly MigrationRecord[];
  /**
   * Migrations that an unfinished rollback is still to revert.
   *
   * @default {[]}
   */
  readonly rollingBack?: readonly string[];
}

/** One change of one record. */
export type RepairAction =
  | { readonly kind: "retry" | "release"; readonly record: MigrationRecord }
  | { readonly kind: "accept-checksum"; readonly record: MigrationRecord; readonly entry: RegistryEntry }
  | {
    readonly kind: "mark-applied";
    readonly record: MigrationRecord | undefined;
    readonly entry: RegistryEntry;
  };

/**
 * Decides what a repair changes. Pure.
 *
 * @returns nothing when everything is already as it was asked for
 * @throws {CosmigError} with code `usage` when the migration is in no state that this repair is for
 */
export function planRepair(input: RepairInput, request: RepairRequest): readonly RepairAction[] {
  const { kind, id } = request;
  const record = input.records.find((candidate) => candidate.id === id);
  switch (kind) {
    case "accept-checksum":
      return id === "all" ? acceptAll(input) : accept(input, request);
    case "retry":
      return retry(record, request);
    case "mark-applied":
      return markApplied(input, request);
    case "release":
      return release(record, request);
  }
}

/** Whether this binary's version of a migration differs from every version that was accepted, where that stands in the way of something. */
export function isChanged(entry: RegistryEntry, record: MigrationRecord | undefined): boolean {
  return record !== undefined && record.status !== "reverted" && record.status !== "held" &&
    !isTakenOver(record) && !record.checksums.includes(entry.checksum);
}

/** A changed migration that failed is a correction: `up` takes it as it is. */
function acceptAll({ registry, records }: RepairInput): readonly RepairAction[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  return registry.flatMap((entry): readonly RepairAction[] => {
    const record = byId.get(entry.id);
    const isInTheWay = record !== undefined && (isApplied(record) || record.status === "reverting");
    return isInTheWay && isChanged(entry, record) ? [{ kind: "accept-checksum", record, entry }] : [];
  });
}

function accept(input: RepairInput, request: RepairRequest): readonly RepairAction[] {
  const entry = entryOf(input, request);
  const record = input.records.find(({ id }) => id === request.id);
  if (record === undefined || record.status === "reverted" || record.status === "held") {
    throw refusal(request, { requirement: "it was never applied or is rolled back", record });
  }
  return isChanged(entry, record) ? [{ kind: "accept-checksum", record, entry }] : [];
}

function retry(record: MigrationRecord | undefined, request: RepairRequest): readonly RepairAction[] {
  if (record === undefined || !isUnfinished(record)) {
    throw refusal(request, { requirement: "only what was begun and failed is tried again", record });
  }
  return failedAttempts(record) === 0 ? [] : [{ kind: "retry", record }];
}

function markApplied(input: RepairInput, request: RepairRequest): readonly RepairAction[] {
  const entry = entryOf(input, request);
  const byId = new Map(input.records.map((record) => [record.id, record]));
  const record = byId.get(entry.id);
  if (record !== undefined && isApplied(record)) return [];
  if (record?.status === "reverting") {
    throw refusal(request, {
      requirement: "its rollback is under way and has to be completed first",
      record,
    });
  }
  // What it would revert next is older, and must not go from under what is marked.
  const [next] = input.rollingBack ?? [];
  if (next !== undefined) {
    throw new CosmigError(
      "usage",
      `Cannot mark "${entry.id}" as applied as a rollback has to be completed first: it is still to revert "${next}"`,
      { hint: "The next up or rollback completes it", details: { id: next } },
    );
  }
  const older = input.registry.find(({ id }) => id < entry.id && !hasEffect(byId.get(id)));
  if (older !== undefined) {
    throw new CosmigError(
      "usage",
      `Cannot mark "${entry.id}" as applied as everything before it has to be: "${older.id}" is not`,
      { hint: `Begin with "${older.id}"`, details: { id: older.id } },
    );
  }
  return [{ kind: "mark-applied", record, entry }];
}

function release(record: MigrationRecord | undefined, request: RepairRequest): readonly RepairAction[] {
  if (record?.status === "reverted") return [];
  if (record?.status !== "held") {
    throw refusal(request, { requirement: 'only what "rollback --hold" left is held', record });
  }
  return [{ kind: "release", record }];
}

function hasEffect(record: MigrationRecord | undefined): boolean {
  return record !== undefined && isApplied(record);
}

function isUnfinished({ status }: MigrationRecord): boolean {
  return status === "failed" || status === "running" || status === "reverting";
}

function entryOf({ registry }: RepairInput, { kind, id }: RepairRequest): RegistryEntry {
  const entry = registry.find((candidate) => candidate.id === id);
  if (entry !== undefined) return entry;
  throw new CosmigError(
    "usage",
    `Cannot repair "${id}" with --${kind} as this binary contains no migration of that id`,
    { hint: 'See "list" for the ids' },
  );
}

function refusal(
  { kind, id }: RepairRequest,
  { requirement, record }: {
    readonly requirement: string;
    readonly record: MigrationRecord | undefined;
  },
): CosmigError {
  const state = record === undefined ? "no record" : record.status;
  return new CosmigError(
    "usage",
    `Cannot repair "${id}" with --${kind} as ${requirement}: current value is ${state}`,
    { hint: '"repair" without a choice lists what could be repaired' },
  );
}
