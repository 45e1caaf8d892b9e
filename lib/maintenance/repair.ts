/**
 * What a person decides where the tool may not: to accept a changed migration, to try a parked one again, to mark one as applied, to let a held one go.
 *
 * Owns the changes of records by hand and their audit trail. Every change is one transaction with the lease and with the entry of the audit trail that
 * says who did it and why. It changes no document of the application, except that a migration which is marked as applied while a run of it died has the
 * documents touched that the dead run may have read. It does not complete an interrupted rollback, since a repair may be what that waits for.
 *
 * Fails with `usage` when a migration is in no state that a repair is for, and like every command that takes the lease.
 *
 * @module
 */
import { NO_DOCUMENTS } from "../base/document_counts.ts";
import type { JsonObject } from "../base/json.ts";
import { isApplied, type MigrationRecord } from "../definition/record.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import { auditOperation } from "../history/audit.ts";
import { type Intent, intentFromJson } from "../history/intent.ts";
import type { ObservedLease } from "../lock/lease_document.ts";
import type { RunContext } from "../runner/context.ts";
import { abandonedSteps, touchAbandoned } from "../runner/abandoned_steps.ts";
import { MigrationProgress } from "../runner/migration_progress.ts";
import { containersOf } from "../runner/other_scopes.ts";
import { readSnapshot } from "../runner/snapshot.ts";
import { type ActiveRun, withLease } from "../runner/with_lease.ts";
import { planRepair, type RepairAction, type RepairKind, type RepairRequest } from "./plan_repair.ts";

/** Who asks for something by hand, and why. */
export interface Attribution {
  /** User and host. */
  readonly by: string;
  readonly reason: string | undefined;
}

/** What a repair changed. */
export interface RepairReport {
  readonly kind: RepairKind;
  /** Ids, in order; empty when everything was as it was asked for. */
  readonly repaired: readonly string[];
}

/**
 * Repairs. Takes the lease only when there is something to change; doing it again changes nothing.
 *
 * @throws {CosmigError} with code `usage` when the migration is in no state that this repair is for; nothing was changed
 * @throws {LeaseHeldError} @throws {LeaseLostError}
 */
export async function repair(
  context: RunContext,
  options: Attribution & { readonly request: RepairRequest },
): Promise<RepairReport> {
  const { request } = options;
  const { lease, records } = await readSnapshot(context);
  // What only the holder of the lease may complete is nothing to the other repairs, known or not.
  const rollingBack = (intent: () => Intent | undefined) =>
    request.kind === "mark-applied" ? rollbackIn(intent()) : [];
  const early = { ...context, records, rollingBack: rollingBack(() => intentIn(lease)) };
  if (planRepair(early, request).length === 0) return { kind: request.kind, repaired: [] };
  const repaired = await withLease(context, {
    isDone: () => false,
    run: async (run) => {
      const { history } = run;
      const actions = planRepair({
        ...context,
        records: history.records,
        rollingBack: rollingBack(() => history.intent),
      }, request);
      for (const action of actions) await carryOut(run, action, options);
      return actions.map(idOf);
    },
  });
  return { kind: request.kind, repaired: repaired ?? [] };
}

function intentIn(lease: ObservedLease | undefined): Intent | undefined {
  return lease && intentFromJson(lease.state.payload.intent);
}

function rollbackIn(intent: Intent | undefined): readonly string[] {
  return intent?.command === "rollback" ? intent.ids : [];
}

async function carryOut(run: ActiveRun, action: RepairAction, attribution: Attribution): Promise<void> {
  run.signal.throwIfAborted();
  if (action.kind === "mark-applied") await touchWhatADeadRunRead(run, action);
  const { context, history, lease } = run;
  const audit = auditOperation({
    ...attribution,
    at: new Date(context.clock.wallMs()).toISOString(),
    action: action.kind,
    migrationId: idOf(action),
    term: lease.term,
    before: factsOf(action.record),
  }, { nonce: context.newNonce() });
  await history.put(changed(run, action, attribution), { operations: [audit] });
}

function changed(run: ActiveRun, action: RepairAction, { by }: Attribution): MigrationRecord {
  switch (action.kind) {
    case "retry":
      return { ...action.record, attempts: 0, progressed: true };
    case "release":
      return { ...action.record, status: "reverted" };
    case "accept-checksum":
      return { ...action.record, checksums: withAccepted(action.record, action.entry.checksum) };
    case "mark-applied":
      return markedApplied(run, action.entry, { before: run.history.get(action.entry.id), by });
  }
}

/**
 * The newest version is the one that an applied migration counts as. One that is unfinished stays what it was begun as: the change is accepted for its
 * rollback, and a next `up` still sees that the steps on record are those of another version.
 */
function withAccepted(record: MigrationRecord, checksum: string): readonly string[] {
  return isApplied(record) ? [...record.checksums, checksum] : [checksum, ...record.checksums];
}

/** Recorded like a baseline: nobody knows what was done, so no rollback may claim to undo it. */
function markedApplied(
  { context, history }: ActiveRun,
  entry: RegistryEntry,
  { before, by }: { readonly before: MigrationRecord | undefined; readonly by: string },
): MigrationRecord {
  const now = new Date(context.clock.wallMs()).toISOString();
  const wasBegun = before?.status === "running" || before?.status === "failed";
  return {
    steps: [],
    documents: NO_DOCUMENTS,
    requestUnits: 0,
    cycle: 1,
    unknown: {},
    ...before,
    id: entry.id,
    name: entry.name,
    containers: containersOf(entry.migration),
    status: "baselined",
    sequence: wasBegun && before !== undefined ? before.sequence : history.nextSequence,
    checksums: [entry.checksum],
    attempts: 0,
    progressed: true,
    term: 0,
    startedAt: before?.startedAt ?? now,
    finishedAt: now,
    error: undefined,
    abandoned: undefined,
    by,
  };
}

/** A run that died may have left writes on their way; they must not find the documents as it read them. */
async function touchWhatADeadRunRead(
  run: ActiveRun,
  { record, entry }: RepairAction & { readonly kind: "mark-applied" },
): Promise<void> {
  if (record?.status !== "running" && record?.status !== "failed") return;
  const abandoned = abandonedSteps(entry.migration, record);
  if (abandoned.length === 0) return;
  await run.openWrites();
  const progress = new MigrationProgress(run.history, { record, direction: "up" });
  await progress.update((current) => ({ ...current, abandoned }));
  await touchAbandoned(run, { progress, direction: "up" });
}

function factsOf(record: MigrationRecord | undefined): JsonObject {
  if (record === undefined) return {};
  const { status, attempts, checksums, error } = record;
  return { status, attempts, checksums, ...(error === undefined ? {} : { error: error.message }) };
}

function idOf(action: RepairAction): string {
  return action.kind === "mark-applied" ? action.entry.id : action.record.id;
}
