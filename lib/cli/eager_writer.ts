import { systemClock } from "../base/clock.ts";

/** Writes text to a descriptor. */
export interface EagerWriter {
  write(text: string): void;
  /** Whether something is left to be written. */
  readonly isBusy: boolean;
}

/** How long to wait for a reader that does not keep up. */
export const BUSY_MS = 5;

/**
 * Writes at once, without the streams of a runtime: loading them takes longer than most commands, and Deno's fail on a pipe that takes no more for now.
 *
 * @param writeSync writes what can be written without waiting, and gives the number of bytes that were; throws when there are none, or nobody reads any more
 */
export function createEagerWriter(writeSync: (bytes: Uint8Array) => number): EagerWriter {
  const encoder = new TextEncoder();
  const queue: Uint8Array[] = [];
  const writeQueue = () => {
    try {
      for (let [next] = queue; next !== undefined; [next] = queue) {
        const rest = next.subarray(writeSync(next));
        if (rest.length === 0) queue.shift();
        else queue[0] = rest;
      }
    } catch (error) {
      if (canTryAgain(error)) return void systemClock.schedule(writeQueue, BUSY_MS);
      // Whoever reads may leave early (`cosmig status | head`); that must not end a run.
      queue.length = 0;
    }
  };
  return {
    write(text) {
      queue.push(encoder.encode(text));
      if (queue.length === 1) writeQueue();
    },
    get isBusy() {
      return queue.length > 0;
    },
  };
}

function canTryAgain(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
