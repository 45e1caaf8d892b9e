import { Buffer } from "node:buffer";

/** How a command ended, for the status of a pod. */
export interface Termination {
  readonly command: string;
  readonly exitCode: number;
  readonly outcome: "done" | "failed";
  /** Ids that were applied or rolled back. */
  readonly finished?: readonly string[] | undefined;
  /** Id of the migration that failed. */
  readonly failed?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
  readonly next?: string | undefined;
}

/** Kubernetes keeps this much of the file. */
const MAX_BYTES = 4_096;

/** One JSON line of at most 4096 bytes. What is too long is shortened, the message last. */
export function terminationMessage(termination: Termination): string {
  for (const limit of [Infinity, 100, 20, 0]) {
    const line = toLine(withFewerIds(termination, limit));
    if (fits(line)) return line;
  }
  let { message = "", hint } = termination;
  for (;;) {
    const line = toLine({ ...withFewerIds(termination, 0), hint, message });
    if (fits(line)) return line;
    if (message === "") {
      return toLine({ command: "", exitCode: termination.exitCode, outcome: termination.outcome });
    }
    hint = undefined;
    message = [...message].slice(0, Math.floor([...message].length * 0.8)).join("");
  }
}

function withFewerIds(termination: Termination, limit: number) {
  const finished = termination.finished ?? [];
  if (finished.length <= limit) return termination;
  return { ...termination, finished: finished.slice(0, limit), finishedCount: finished.length };
}

function toLine(facts: object): string {
  return `${JSON.stringify(facts)}\n`;
}

function fits(line: string): boolean {
  return Buffer.byteLength(line) <= MAX_BYTES;
}
