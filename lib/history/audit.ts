import { isJsonObject, type JsonObject } from "../base/json.ts";
import type { LedgerOperation, LedgerStore, StoredDocument } from "../cosmos/port.ts";
import { readDocuments, type ReadOptions } from "./read_history.ts";

/** What a person did to the ledger by hand. */
export type AuditAction = "accept-checksum" | "retry" | "mark-applied" | "release" | "force-release";

/** One entry of the audit trail: who changed what by hand, when and why. Written in the transaction of the change itself, never changed. */
export interface AuditEntry {
  /** ISO 8601, UTC; by the clock of whoever did it. */
  readonly at: string;
  readonly action: string;
  /** The migration that it was about; `undefined` for the lease. */
  readonly migrationId: string | undefined;
  /** User and host. */
  readonly by: string;
  /** What that person gave as the reason. */
  readonly reason: string | undefined;
  /** Term of the lease under which it was done. */
  readonly term: number;
  /** What was there before. */
  readonly before: JsonObject;
}

/** Prefix of the ids of audit documents. */
const AUDIT_PREFIX = "audit:";

/** The write of an entry, to go into the transaction of what it tells. */
export function auditOperation(
  entry: Omit<AuditEntry, "action"> & { readonly action: AuditAction },
  options: { readonly nonce: string },
): LedgerOperation & { readonly kind: "upsert"; readonly document: { readonly id: string } } {
  const id = `${AUDIT_PREFIX}${entry.at}:${options.nonce}`;
  return { kind: "upsert", document: { ...entry, id, type: "audit" } };
}

/** Reads the audit trail, the oldest entry first: one query in one logical partition. A ledger that does not exist has none. */
export async function readAudit(store: LedgerStore, options: ReadOptions): Promise<readonly AuditEntry[]> {
  const documents = await readDocuments(store, { ...options, prefix: AUDIT_PREFIX });
  return [...documents].sort((left, right) => left.id < right.id ? -1 : 1).map(entryFrom);
}

/** Lenient: an entry is for people, and a newer version may write others. */
function entryFrom(document: StoredDocument): AuditEntry {
  const { at, action, migrationId, by, reason, term, before } = document;
  return {
    at: typeof at === "string" ? at : "",
    action: typeof action === "string" ? action : "",
    migrationId: typeof migrationId === "string" ? migrationId : undefined,
    by: typeof by === "string" ? by : "",
    reason: typeof reason === "string" ? reason : undefined,
    term: typeof term === "number" ? term : 0,
    before: isJsonObject(before) ? before : {},
  };
}
