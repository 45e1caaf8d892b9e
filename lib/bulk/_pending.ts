import type { DocumentWrite } from "../cosmos/port.ts";

/** What surrounds a document or patch in a request, roughly. */
const BYTES_AROUND = 300;

/** A write on its way. */
export interface Pending {
  readonly id: string;
  readonly write: DocumentWrite;
  readonly bytes: number;
  /** An attempt may have taken effect although nobody said so. */
  readonly ambiguous: boolean;
  readonly conflicts: number;
  readonly taken: number;
  /** When the first conflict was. */
  readonly conflictingSinceMs: number | undefined;
}

/** A write at its beginning, or after its document was read again, when it goes on with what it went through. */
export function pendingFrom(
  write: DocumentWrite,
  id: string,
  history: Pick<Pending, "ambiguous" | "conflicts" | "taken" | "conflictingSinceMs"> = {
    ambiguous: false,
    conflicts: 0,
    taken: 0,
    conflictingSinceMs: undefined,
  },
): Pending {
  const { ambiguous, conflicts, taken, conflictingSinceMs } = history;
  return { id, write, bytes: bytesOf(write), ambiguous, conflicts, taken, conflictingSinceMs };
}

/** Characters for bytes: near enough for a limit of our own. */
function bytesOf(write: DocumentWrite): number {
  const content = write.kind === "patch"
    ? write.operations
    : write.kind === "delete"
    ? write.id
    : write.document;
  return JSON.stringify(content).length + BYTES_AROUND;
}
