/**
 * Checks without changing anything: the history against the migrations of this binary, and the database
 * against what the history says was done to it. Owns what is found and how it is put; what an operation made,
 * its handler looks at.
 *
 * @module
 */
import { sleep } from "../base/clock.ts";
import { RuBudget } from "../bulk/ru_budget.ts";
import { CosmosError } from "../base/errors.ts";
import type { Operation } from "../definition/operation.ts";
import { isTakenOver, type MigrationRecord } from "../definition/record.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import { isFresh } from "../history/digest.ts";
import { handlerOf } from "../operations/registry.ts";
import { compareStatus, type MigrationStatus } from "../planner/compare_status.ts";
import type { ReadContext } from "../runner/context.ts";
import type { RequestLimit } from "../runner/request_rate.ts";
import { readSnapshot, type Snapshot } from "../runner/snapshot.ts";
import { isSuperseded } from "./superseded.ts";

/** What does not hold. */
export type FindingKind =
  | "drift" // changed after it was applied
  | "gap" // pending, and older than the newest applied one
  | "missing" // applied, older than the newest of this binary, and not in it
  | "failed" // begun and not finished
  | "ledger" // the records are not those that the lease was last written with
  | "documents"; // what an operation made does not hold any more

/** One thing that does not hold. */
export interface Finding {
  readonly kind: FindingKind;
  /** `undefined` for the ledger as a whole. */
  readonly id: string | undefined;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** What {@linkcode verify} found. */
export interface Verification {
  readonly findings: readonly Finding[];
  /** What is worth knowing and no fault. */
  readonly notes: readonly string[];
  /** Migrations that were compared. */
  readonly migrations: number;
  /**
   * Operations that were looked at, and those that a later one may have changed on purpose; `undefined` when
   * no documents were asked for.
   */
  readonly operations: { readonly checked: number; readonly superseded: number } | undefined;
}

/** Options of {@linkcode verify}. */
export interface VerifyOptions {
  /** Also look whether finished operations still hold. Counts documents. */
  readonly documents: boolean;
  /** What all of them together may use. */
  readonly limit: RequestLimit;
}

const READ_AGAIN_MS = 500;
const READS = 4;

/**
 * Verifies. Reads only.
 *
 * @throws {CosmigError} with code `operation-refused` for a share as the limit where a container has no throughput of its own
 */
export async function verify(context: ReadContext, options: VerifyOptions): Promise<Verification> {
  const { snapshot, isConsistent } = await readConsistently(context);
  const { lease, records } = snapshot;
  const activeTerm = lease?.state.holder == null ? undefined : lease.state.term;
  const statuses = compareStatus({ registry: context.registry, records, activeTerm });
  const budget = new RuBudget({ clock: context.clock, settings: options.limit });
  const documents = options.documents ? await verifyOperations({ ...context, budget }, statuses) : undefined;
  return {
    findings: [
      ...(isConsistent ? [] : [LEDGER_FINDING]),
      ...verifyHistory(context.registry, statuses),
      ...(documents?.findings ?? []),
    ],
    notes: notesOn(context.registry, statuses),
    migrations: statuses.length,
    operations: documents && { checked: documents.checked, superseded: documents.superseded },
  };
}

/** What does not hold between history and registry. Pure. */
export function verifyHistory(
  registry: readonly RegistryEntry[],
  statuses: readonly MigrationStatus[],
): readonly Finding[] {
  const newestKnown = registry.at(-1)?.id ?? "";
  const newestApplied = statuses.filter(isDone).filter(({ record }) => !record || !isTakenOver(record))
    .at(-1)?.id ?? "";
  return statuses.flatMap((status): readonly Finding[] => {
    const { id, name, state, ahead, drifted, record } = status;
    const finding = (kind: FindingKind, message: string, hint: string) => [{ kind, id, message, hint }];
    if (drifted) {
      return finding(
        "drift",
        `${id} ${name} was changed after it was applied`,
        `Restore the file, or accept the change with "repair --accept-checksum ${id}"`,
      );
    }
    if (ahead && isDone(status) && id < newestKnown) {
      return finding(
        "missing",
        `${id} ${name} is applied, and this binary does not contain it`,
        "Was its file deleted, or lost in a merge? Bring it back",
      );
    }
    if (!ahead && (state === "failed" || state === "interrupted")) {
      return finding(
        "failed",
        `${id} ${name} ${state === "failed" ? "failed" : "was interrupted"}${describeError(record)}`,
        `"up" goes on from there; "status ${id}" shows how far it came`,
      );
    }
    if (state === "pending" && id < newestApplied) {
      return finding(
        "gap",
        `${id} ${name} is pending, and a newer one is applied: newest is ${newestApplied}`,
        "Give it a newer id, or apply it out of order with --order allow-gaps",
      );
    }
    return [];
  });
}

const LEDGER_FINDING: Finding = {
  kind: "ledger",
  id: undefined,
  message: "The records are not those that the lease was last written with",
  hint: 'Was a ledger document restored, edited or deleted? Look at "status --history"',
};

function describeError(record: MigrationRecord | undefined): string {
  return record?.error === undefined ? "" : `: ${record.error.message}`;
}

function notesOn(
  registry: readonly RegistryEntry[],
  statuses: readonly MigrationStatus[],
): readonly string[] {
  const newestKnown = registry.at(-1)?.id ?? "";
  return statuses.flatMap(({ id, name, state, ahead }) => {
    if (ahead && id > newestKnown) return [`${id} ${name} is newer than this binary (${state})`];
    if (state === "held") return [`${id} ${name} is held by a rollback`];
    return state === "running" ? [`${id} ${name} is being worked on at the moment`] : [];
  });
}

/**
 * A holder may write between the two reads, so that only what stays different while nobody holds the lease
 * counts.
 */
async function readConsistently(
  context: ReadContext,
): Promise<{ readonly snapshot: Snapshot; readonly isConsistent: boolean }> {
  for (let reads = 1;; reads++) {
    const snapshot = await readSnapshot(context);
    const { lease, records } = snapshot;
    const isConsistent = lease === undefined || lease.state.provisional ||
      isFresh(lease.state.payload.digest, records);
    if (isConsistent || lease.state.holder !== null || reads === READS) {
      return { snapshot, isConsistent: isConsistent || lease.state.holder !== null };
    }
    await sleep(context.clock, { ms: READ_AGAIN_MS, signal: context.signal });
  }
}

interface AppliedOperation {
  readonly id: string;
  readonly operation: Operation;
}

type VerifyContext = ReadContext & { readonly budget: RuBudget };

async function verifyOperations(context: VerifyContext, statuses: readonly MigrationStatus[]) {
  const applied = appliedOperations(context.registry, statuses);
  const findings: Finding[] = [];
  let superseded = 0;
  for (const [index, { id, operation }] of applied.entries()) {
    context.signal.throwIfAborted();
    if (isSuperseded(operation, applied.slice(index + 1).map((later) => later.operation))) {
      superseded++;
      continue;
    }
    for (const message of await lookAt(operation, context)) {
      findings.push({
        kind: "documents",
        id,
        message: `${id}: ${message}`,
        hint: "Does an older version of the application still write? Correct it with a new migration",
      });
    }
  }
  return { findings, checked: applied.length - superseded, superseded };
}

/**
 * The operations that count as done, in the order in which they were; not those of a migration that is
 * another one by now.
 */
function appliedOperations(
  registry: readonly RegistryEntry[],
  statuses: readonly MigrationStatus[],
): readonly AppliedOperation[] {
  const entries = new Map(registry.map((entry) => [entry.id, entry]));
  return statuses.filter((status) => isDone(status) && !status.drifted)
    .sort((left, right) => (left.record?.sequence ?? 0) - (right.record?.sequence ?? 0))
    .flatMap(({ id, record }) =>
      (entries.get(id)?.migration.up ?? [])
        .filter((operation) => !wasSkipped(operation, record))
        .map((operation) => ({ id, operation }))
    );
}

function wasSkipped({ step }: Operation, record: MigrationRecord | undefined): boolean {
  return record?.steps.findLast(({ key, direction }) => key === step && direction === "up")?.status ===
    "skipped";
}

async function lookAt(operation: Operation, context: VerifyContext): Promise<readonly string[]> {
  const { connection: { database }, clock, random, signal, budget } = context;
  try {
    const handler = handlerOf(operation);
    return await handler.verify(operation, { database, clock, random, signal, budget, count: "exact" });
  } catch (error) {
    if (!(error instanceof CosmosError) || error.status !== 404) throw error;
    if (operation.ifContainerExists) return [];
    return [`A container does not exist any more, of: ${operation.description}`];
  }
}

function isDone({ state }: MigrationStatus): boolean {
  return state === "applied" || state === "baselined";
}
