import { isJsonObject, type JsonValue } from "../base/json.ts";
import { badRequest } from "./gateway_error.ts";

/**
 * Where the next page of a query begins. It needs no memory of the server: continuation tokens hold it whole, so they outlive the process and
 * concurrent writes.
 */
export interface QueryPosition {
  /** Rows that the query has found before, those that OFFSET skips included. */
  readonly rows: number;
  /** Without ORDER BY: the document after which it goes on. */
  readonly after: number;
  /** A document after that one which has given some of its rows already: a JOIN makes several of one. */
  readonly within?: { readonly document: number; readonly rows: number } | undefined;
  /** With ORDER BY: the last row that was returned. */
  readonly last?: SortedRow | undefined;
}

/** Identifies a row of a sorted result. */
export interface SortedRow {
  /** One for each key of ORDER BY; `{}` where the document has no value. */
  readonly keys: readonly { readonly item?: JsonValue }[];
  /** Of the document; rows with equal keys are in the order of their documents. */
  readonly document: number;
  /** 1 for the first row with these keys that the document gives, and so on. */
  readonly nth: number;
}

/** The beginning of every query. */
export const START: QueryPosition = { rows: 0, after: -1 };

/** Writes a continuation token for a container. */
export function writeContinuation(position: QueryPosition, rid: string): string {
  // Tokens travel in a header, which holds ASCII only.
  return JSON.stringify({ rid, ...position }).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Reads a continuation token. @throws GatewayError (400) when it does not come from this container */
export function readContinuation(token: string | undefined, rid: string): QueryPosition {
  if (token === undefined || token === "") return START;
  const value = tryParse(token);
  if (
    !isJsonObject(value) || value.rid !== rid || !isCount(value.rows) || !isCount(Number(value.after) + 1)
  ) {
    throw badRequest("The continuation token is invalid");
  }
  const { within } = value;
  if (within !== undefined && !isWithin(within)) throw badRequest("The continuation token is invalid");
  const position = { rows: value.rows, after: Number(value.after), within };
  if (value.last === undefined) return position;
  if (!isSortedRow(value.last)) throw badRequest("The continuation token is invalid");
  return { ...position, last: value.last };
}

function isWithin(value: JsonValue): value is JsonValue & NonNullable<QueryPosition["within"]> {
  return isJsonObject(value) && isCount(value.document) && isCount(value.rows);
}

function isSortedRow(value: JsonValue): value is JsonValue & SortedRow {
  return isJsonObject(value) && isCount(value.document) && isCount(value.nth) && Array.isArray(value.keys) &&
    value.keys.every(isJsonObject);
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function tryParse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
