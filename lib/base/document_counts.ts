/** How many documents were looked at and what became of them. */
export interface DocumentCounts {
  readonly read: number;
  readonly changed: number;
  readonly skipped: number;
}

/** No documents. */
export const NO_DOCUMENTS: DocumentCounts = { read: 0, changed: 0, skipped: 0 };

/** The sum of two counts. */
export function addCounts(left: DocumentCounts, right: DocumentCounts): DocumentCounts {
  return {
    read: left.read + right.read,
    changed: left.changed + right.changed,
    skipped: left.skipped + right.skipped,
  };
}
