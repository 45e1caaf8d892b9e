/**
 * The shape of what the ledger remembers about a migration. Written by `history/`, read by the planner and by every command.
 *
 * @module
 */
import { type DocumentCounts, NO_DOCUMENTS } from "../base/document_counts.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";

const RECORD_STATUSES = [
  "running",
  "applied",
  "failed",
  "reverting",
  "reverted",
  "held",
  "baselined",
] as const;

/** Where a migration stands. */
export type RecordStatus = typeof RECORD_STATUSES[number];

/** The way a migration is going through. */
export type Direction = "up" | "down";

/** Documents of one container. */
export interface DocumentSelection {
  readonly container: string;
  /** Cosmos SQL condition over `c`; all documents when absent. */
  readonly where?: string | undefined;
  readonly parameters?: Readonly<Record<string, JsonValue>> | undefined;
}

/** A step that was given up unfinished: late writes of it may still find the ETags that it read. */
export interface AbandonedStep {
  readonly key: string;
  /** What it may have read. */
  readonly selection: DocumentSelection;
}

/** What is known about one operation of a migration. Bound to a cycle and a direction, so that a way back never finds the way there. */
export interface StepRecord {
  readonly key: string;
  readonly kind: string;
  readonly direction: Direction;
  readonly cycle: number;
  readonly status: "running" | "done" | "skipped";
  /** Hash of the parameters, to recognise the step after a fix forward. */
  readonly fingerprint: string;
  readonly revision?: string | undefined;
  /** What was noted before anything was changed; the inverse is made from it. */
  readonly captured?: JsonValue | undefined;
  /** Results of the finished sub-steps, by name. */
  readonly once?: Readonly<Record<string, JsonValue>> | undefined;
  /** The documents that it may have read and not yet written; kept until it is done, since a changed migration no longer knows them. */
  readonly selection?: DocumentSelection | undefined;
  readonly documents: DocumentCounts;
  /** Request units. */
  readonly requestUnits: number;
}

/** One migration in the history. */
export interface MigrationRecord {
  readonly id: string;
  readonly name: string;
  readonly status: RecordStatus;
  /** Position in the order of application; grows over the whole history. */
  readonly sequence: number;
  /** Grows with each start and each rollback. */
  readonly cycle: number;
  /** All checksums that were accepted for this migration, the newest last. */
  readonly checksums: readonly string[];
  /** Attempts that ended in failure since the last success or repair. */
  readonly attempts: number;
  /** Whether the attempt under way has something to show: a finished step, a checkpoint, or an orderly stop. If it dies, it does not count. */
  readonly progressed: boolean;
  /** Term of the lease under which it was last written. */
  readonly term: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly documents: DocumentCounts;
  /** Request units. */
  readonly requestUnits: number;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  readonly steps: readonly StepRecord[];
  /** Names of the containers that its operations read or change, for other scopes to see. */
  readonly containers?: readonly string[] | undefined;
  /** Steps that were given up, and whose documents have to be touched before anything else is done; `undefined` when that was never asked. */
  readonly abandoned?: readonly AbandonedStep[] | undefined;
  /** Who: user or pod, host and process. */
  readonly by: string;
  /** Properties that a newer version wrote; kept as they are. */
  readonly unknown: JsonObject;
}

/** Whether a record counts as done: the migration's effect is in the database. */
export function isApplied(record: MigrationRecord): boolean {
  return record.status === "applied" || record.status === "baselined";
}

/** Whether a record was taken over from another tool: no file of a migration was ever behind it. */
export function isTakenOver(record: MigrationRecord): boolean {
  return record.status === "baselined" && record.checksums.length === 0;
}

const KNOWN_PROPERTIES = new Set([
  "id",
  "migrationId",
  "scope",
  "type",
  "ttl",
  "name",
  "status",
  "sequence",
  "cycle",
  "checksums",
  "attempts",
  "progressed",
  "term",
  "startedAt",
  "finishedAt",
  "durationMs",
  "documents",
  "requestUnits",
  "error",
  "steps",
  "abandoned",
  "containers",
  "by",
]);

/** Prefix of the ids of record documents. */
export const RECORD_PREFIX = "migration:";

/** The document that stands for a record in the ledger; the ledger adds scope and `ttl`. */
export function recordToDocument(record: MigrationRecord): JsonObject {
  const { unknown, id, steps, abandoned, containers, documents, error, ...rest } = record;
  return {
    ...unknown,
    ...rest,
    id: RECORD_PREFIX + id,
    migrationId: id,
    type: "migration",
    documents: { ...documents },
    steps: steps.map(({ selection, ...step }) => ({
      ...step,
      documents: { ...step.documents },
      ...(selection === undefined ? {} : { selection: { ...selection } }),
    })),
    ...(containers === undefined ? {} : { containers }),
    ...(abandoned === undefined ? {} : {
      abandoned: abandoned.map(({ key, selection }) => ({ key, selection: { ...selection } })),
    }),
    ...(error === undefined ? {} : { error: { ...error } }),
  };
}

/**
 * Reads a record from its document. Lenient in what a newer version may have added, strict in what decisions rest on.
 *
 * @throws {TypeError} when status, sequence, cycle or checksums are unusable
 */
export function recordFromDocument(document: JsonObject): MigrationRecord {
  const id = text(document["id"]).slice(RECORD_PREFIX.length);
  const status = document["status"];
  const { sequence, cycle, checksums } = document;
  if (!isRecordStatus(status) || !isCount(sequence) || !isCount(cycle) || !isTextList(checksums)) {
    throw new TypeError(
      `Cannot read the record of migration "${id}" as its status, sequence, cycle or checksums are not valid`,
    );
  }
  const error = document["error"];
  return {
    id,
    name: text(document["name"]),
    status,
    sequence,
    cycle,
    checksums,
    attempts: count(document["attempts"]),
    progressed: document["progressed"] === true,
    term: count(document["term"]),
    startedAt: text(document["startedAt"]),
    finishedAt: optionalText(document["finishedAt"]),
    durationMs: typeof document["durationMs"] === "number" ? document["durationMs"] : undefined,
    documents: countsFrom(document["documents"]),
    requestUnits: count(document["requestUnits"]),
    error: isJsonObject(error) ? { code: text(error["code"]), message: text(error["message"]) } : undefined,
    steps: Array.isArray(document["steps"]) ? document["steps"].filter(isJsonObject).map(stepFrom) : [],
    containers: isTextList(document["containers"]) ? document["containers"] : undefined,
    abandoned: Array.isArray(document["abandoned"])
      ? document["abandoned"].filter(isJsonObject).map(abandonedFrom).filter((step) => step !== undefined)
      : undefined,
    by: text(document["by"]),
    unknown: Object.fromEntries(
      Object.entries(document).filter(([key]) => !KNOWN_PROPERTIES.has(key) && !key.startsWith("_")),
    ),
  };
}

function stepFrom(step: JsonObject): StepRecord {
  return {
    key: text(step["key"]),
    kind: text(step["kind"]),
    direction: step["direction"] === "down" ? "down" : "up",
    cycle: count(step["cycle"]),
    status: step["status"] === "done" || step["status"] === "skipped" ? step["status"] : "running",
    fingerprint: text(step["fingerprint"]),
    revision: optionalText(step["revision"]),
    captured: step["captured"],
    once: isJsonObject(step["once"]) ? definedMembers(step["once"]) : undefined,
    selection: selectionFrom(step["selection"]),
    documents: countsFrom(step["documents"]),
    requestUnits: count(step["requestUnits"]),
  };
}

function abandonedFrom({ key, selection }: JsonObject): AbandonedStep | undefined {
  const read = selectionFrom(selection);
  return read && { key: text(key), selection: read };
}

function selectionFrom(value: JsonValue | undefined): DocumentSelection | undefined {
  if (!isJsonObject(value) || typeof value["container"] !== "string") return undefined;
  const { container, where, parameters } = value;
  return {
    container,
    where: optionalText(where),
    parameters: isJsonObject(parameters) ? definedMembers(parameters) : undefined,
  };
}

function definedMembers(object: JsonObject): Record<string, JsonValue> {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

function countsFrom(value: JsonValue | undefined): DocumentCounts {
  if (!isJsonObject(value)) return NO_DOCUMENTS;
  return { read: count(value["read"]), changed: count(value["changed"]), skipped: count(value["skipped"]) };
}

function isRecordStatus(value: unknown): value is RecordStatus {
  return RECORD_STATUSES.some((status) => status === value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
