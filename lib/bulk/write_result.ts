import type { WriteResult } from "../cosmos/port.ts";

/** What a write's result means for its document. */
export type WriteVerdict =
  | { readonly kind: "written" }
  /** There is no such document any more. */
  | { readonly kind: "missing" }
  /** It is not as it was read. */
  | { readonly kind: "conflict" }
  /** Another document has what must be unique; it may let go of it. */
  | { readonly kind: "taken" }
  /** Send it again. `ambiguous`: this attempt may have taken effect, now or later. */
  | { readonly kind: "again"; readonly ambiguous: boolean }
  | { readonly kind: "range-gone" }
  /** No other attempt can succeed. */
  | { readonly kind: "refused"; readonly message: string };

/** A session that this replica has not reached yet. */
const SESSION_NOT_AVAILABLE = 1_002;
/** Statuses that say for certain that nothing was written, and that it may be later. */
const NOT_WRITTEN = new Set([424, 429, 449]);

/** Judges one result. */
export function judgeWrite(result: WriteResult): WriteVerdict {
  const { status, substatus } = result;
  if (status >= 200 && status < 300) return { kind: "written" };
  if (status === 404 && substatus !== SESSION_NOT_AVAILABLE) return { kind: "missing" };
  if (status === 412) return { kind: "conflict" };
  if (status === 409) return { kind: "taken" };
  if (status === 410) return { kind: "range-gone" };
  if (status === 404 || NOT_WRITTEN.has(status)) return { kind: "again", ambiguous: false };
  if (status === 0 || status === 408 || status >= 500) return { kind: "again", ambiguous: true };
  return { kind: "refused", message: inWords(result) };
}

/** A result as the reason why a document could not be changed. */
export function inWords({ status, substatus, message }: WriteResult): string {
  const code = substatus === 0 ? `${status}` : `${status}/${substatus}`;
  const why = status === 413
    ? "the document would be larger than the service allows"
    : status === 409
    ? "another document has the same unique key"
    : message?.split(/\r?\n/)[0];
  return `Cosmos DB answered ${code}${why === undefined || why === "" ? "" : `, ${why}`}`;
}
