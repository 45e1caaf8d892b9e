/**
 * What requests cost, in request units. A simple model with the proportions of the service: writes cost more than reads, both grow with the size of
 * the document, and a query pays for what it reads, not for what it returns. `docs/emulator.md` has the table.
 *
 * @module
 */

/** Cost of a request to metadata. */
export const METADATA_CHARGE = 1;
/** Cost of an answer "not modified". */
export const UNCHANGED_CHARGE = 1;

const CREATE = 5.5;
const REPLACE = 10.5;
const DELETE = 5.5;
const QUERY_PAGE = 2.3;
const FEED_PAGE = 1;
const FAILED_WRITE = 1.24;
const KILOBYTE = 1_024;

/** What a write does with a document. */
export type WriteKind = "create" | "replace" | "patch" | "delete";

/** A point read of a document of so many bytes. */
export function readCharge(bytes: number): number {
  return kilobytes(bytes);
}

/** A write of a document of so many bytes. */
export function writeCharge(kind: WriteKind, bytes: number): number {
  const base = kind === "create" ? CREATE : kind === "delete" ? DELETE : REPLACE;
  return round(base * kilobytes(bytes));
}

/** A page of a query that read so many bytes of documents. */
export function queryCharge(bytesRead: number): number {
  return round(QUERY_PAGE + bytesRead / KILOBYTE);
}

/** A page of a change feed or of a list of documents. */
export function feedCharge(bytesRead: number): number {
  return round(FEED_PAGE + bytesRead / KILOBYTE);
}

/** A request that was refused. */
export function refusalCharge(status: number): number {
  if (status === 409 || status === 412) return FAILED_WRITE;
  return status === 404 ? METADATA_CHARGE : 0;
}

/** Charges with two decimals, so that sums print well. */
export function round(charge: number): number {
  return Math.round(charge * 100) / 100;
}

function kilobytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / KILOBYTE));
}
