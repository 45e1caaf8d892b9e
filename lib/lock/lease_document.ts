import { ConflictError } from "../base/errors.ts";
import type { HolderFacts } from "../base/events.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { StoredDocument } from "../cosmos/port.ts";

/** Id of the lease document. */
export const LEASE_ID = "lease";

/** The format that this version writes. */
export const LEASE_FORMAT = 1;

/** Why writes of an earlier holder may still arrive. `false`: all its requests were answered. */
export type Unsettled = false | "unanswered" | "forced";

/** What the lease keeps for its users; the lock does not look into it. */
export interface LeasePayload {
  /** Position of the newest record in the order of application. */
  readonly sequence: number;
  /** See `history/digest.ts`. */
  readonly digest: JsonValue;
  /** What a command is in the middle of; `null` for nothing. See `history/intent.ts`. */
  readonly intent: JsonValue;
}

/** The lease as it is written. */
export interface LeaseState {
  readonly format: number;
  /** The identity of a holder: random, new for each attempt to acquire. */
  readonly nonce: string;
  /** Grows with each holder; for people and logs. */
  readonly term: number;
  /** Grows with each write of one holder; tells which of its writes took effect. */
  readonly revision: number;
  readonly holder: HolderFacts | null;
  readonly durationMs: number;
  /** ISO 8601, UTC; by the holder's clock, for people. */
  readonly renewedAt: string;
  readonly unsettled: Unsettled;
  /** Created, but term and payload are not yet taken over from the records. */
  readonly provisional: boolean;
  /** It was tried that this endpoint refuses a batch whose ETag is wrong. */
  readonly fenceProven: boolean;
  /** The account's write region when it was acquired. */
  readonly region: string;
  readonly payload: LeasePayload;
  /** Properties that a newer version wrote; kept as they are. */
  readonly unknown: JsonObject;
}

/** A lease that was read. */
export interface ObservedLease {
  readonly state: LeaseState;
  readonly etag: string;
  /** The server's time of the last write, seconds since the Unix epoch. */
  readonly writtenAtSeconds: number;
}

const KNOWN_PROPERTIES = new Set([
  ...[
    "id",
    "type",
    "scope",
    "ttl",
    "format",
    "nonce",
    "term",
    "revision",
    "holder",
    "durationMs",
    "renewedAt",
  ],
  ...["unsettled", "provisional", "fenceProven", "region", "sequence", "digest", "intent"],
]);

/** The document that stands for a lease; the ledger adds scope and `ttl`. */
export function leaseToDocument(state: LeaseState): JsonObject {
  const { unknown, payload, holder, ...rest } = state;
  return { ...unknown, ...rest, ...payload, holder: holder && { ...holder }, id: LEASE_ID, type: "lease" };
}

/**
 * Reads a lease from its document.
 *
 * @throws {ConflictError} `newer-format` when a newer version wrote it, `unreadable` when it is not a lease
 */
export function leaseFromDocument(document: StoredDocument): ObservedLease {
  const { format, nonce, term, durationMs } = document;
  if (typeof format === "number" && format > LEASE_FORMAT) {
    throw new ConflictError(
      "newer-format",
      `Cannot use the ledger as its format is newer than this version of the tool: format is ${format}, known is ${LEASE_FORMAT}`,
      {
        hint: "Use the version of the tool that wrote it, or a newer one",
      },
    );
  }
  if (
    typeof nonce !== "string" || !isPositive(durationMs) || typeof term !== "number" ||
    !Number.isSafeInteger(term) || format !== LEASE_FORMAT
  ) {
    throw new ConflictError(
      "unreadable",
      `Cannot read the lease as format, nonce, term or durationMs of the document "${LEASE_ID}" are not valid`,
      {
        hint:
          "Somebody else wrote into the ledger container. Make sure that no migration is running, delete that document, and start again: the history is kept",
      },
    );
  }
  const unsettled = document["unsettled"];
  return {
    etag: document._etag,
    writtenAtSeconds: document._ts,
    state: {
      format,
      nonce,
      term,
      durationMs,
      revision: numberOr(document["revision"], 0),
      holder: holderFrom(document["holder"]),
      renewedAt: textOr(document["renewedAt"], ""),
      unsettled: unsettled === "forced" || unsettled === "unanswered"
        ? unsettled
        : unsettled
        ? "unanswered"
        : false,
      provisional: document["provisional"] === true,
      fenceProven: document["fenceProven"] === true,
      region: textOr(document["region"], ""),
      payload: {
        sequence: numberOr(document["sequence"], 0),
        digest: document["digest"] ?? null,
        intent: document["intent"] ?? null,
      },
      unknown: Object.fromEntries(
        Object.entries(document).filter(([key]) => !KNOWN_PROPERTIES.has(key) && !key.startsWith("_")),
      ),
    },
  };
}

function holderFrom(value: JsonValue | undefined): HolderFacts | null {
  if (!isJsonObject(value)) return null;
  return {
    host: textOr(value["host"], "unknown host"),
    pid: numberOr(value["pid"], 0),
    version: textOr(value["version"], ""),
    command: textOr(value["command"], ""),
    since: textOr(value["since"], ""),
  };
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function numberOr(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

function textOr(value: JsonValue | undefined, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
