/**
 * A small model of documents under one partition key, for property tests: what each operation answers and leaves behind. It follows the pages of
 * the service and shares no code with the embedded database.
 *
 * @module
 */

/** One operation, alone or in a batch. */
export interface Step {
  readonly kind: "create" | "upsert" | "replace" | "patch" | "delete";
  readonly id: string;
  readonly n: number;
  /** The ETag that it demands: the document's own, one that is outdated, any, or none. */
  readonly demand: "none" | "current" | "outdated" | "any";
  /** Of a patch: done only for documents with a lower `n`. */
  readonly below: number | undefined;
}

/** A document of the model. */
export interface Kept {
  readonly n: number;
  /** Counts the writes of this partition key; the document's latest one. */
  readonly write: number;
}

/** All documents by id. */
export interface Shelf {
  readonly documents: ReadonlyMap<string, Kept>;
  readonly writes: number;
}

/** An empty shelf. */
export const EMPTY: Shelf = { documents: new Map(), writes: 0 };

/**
 * What one step answers, and the shelf after it.
 *
 * @param before the documents whose ETags the client knows; in a batch, those from before the batch
 */
export function take(
  shelf: Shelf,
  step: Step,
  before: Shelf = shelf,
): { readonly status: number; readonly shelf: Shelf } {
  const { kind, id, n } = step;
  const kept = shelf.documents.get(id);
  if (kept === undefined) {
    const creates = kind === "create" || kind === "upsert";
    return creates ? { status: 201, shelf: written(shelf, id, n) } : { status: 404, shelf };
  }
  if (kind === "create") return { status: 409, shelf };
  if (!meetsDemand(step, kept, before)) return { status: 412, shelf };
  if (kind === "delete") return { status: 204, shelf: removed(shelf, id) };
  if (kind === "patch" && step.below !== undefined && kept.n >= step.below) return { status: 412, shelf };
  return { status: 200, shelf: written(shelf, id, kind === "patch" ? kept.n + n : n) };
}

/** What a batch answers, and the shelf after it: all steps or none. */
export function takeAll(
  shelf: Shelf,
  steps: readonly Step[],
): { readonly statuses: readonly number[]; readonly shelf: Shelf } {
  let next = shelf;
  const statuses: number[] = [];
  for (const step of steps) {
    const { status, shelf: after } = take(next, step, shelf);
    if (status >= 300) {
      return { statuses: steps.map((_, at) => at === statuses.length ? status : 424), shelf };
    }
    statuses.push(status);
    next = after;
  }
  return { statuses, shelf: next };
}

function meetsDemand({ id, demand }: Step, kept: Kept, before: Shelf): boolean {
  if (demand === "none" || demand === "any") return true;
  return demand === "current" && before.documents.get(id)?.write === kept.write;
}

function written({ documents, writes }: Shelf, id: string, n: number): Shelf {
  const write = writes + 1;
  return { documents: new Map(documents).set(id, { n, write }), writes: write };
}

function removed({ documents, writes }: Shelf, id: string): Shelf {
  const rest = new Map(documents);
  rest.delete(id);
  return { documents: rest, writes: writes + 1 };
}
