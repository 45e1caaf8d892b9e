import { createEagerWriter } from "./eager_writer.ts";
import type { System, SystemStream } from "./system.ts";

/** What Linux writes to a pipe at once or not at all. */
const PIPE_BUFFER_BYTES = 4_096;
const LINE_BREAK = 0x0a;

/** The means of Deno. Loading what stands in for Node's streams and files takes it longer than most commands to run. */
export function denoSystem(): System {
  return {
    host: Deno.hostname(),
    out: streamOf(Deno.stdout),
    err: streamOf(Deno.stderr),
    readText: (path) => Deno.readTextFile(path),
    overwrite: (path, { text, create }) => Deno.writeTextFileSync(path, text, { create }),
  };
}

function streamOf(stream: typeof Deno.stdout): SystemStream {
  return {
    ...createEagerWriter((bytes) => stream.writeSync(wholeLinesOf(bytes))),
    isTty: stream.isTerminal(),
    columns: columnsOfTerminal,
  };
}

/**
 * Deno keeps what follows the last line break, and the rest of what was written in part, and says only that it can't be written now. Of lines that a pipe takes
 * together or not at all it keeps nothing.
 */
function wholeLinesOf(bytes: Uint8Array): Uint8Array {
  const most = bytes.subarray(0, PIPE_BUFFER_BYTES);
  return most.subarray(0, most.lastIndexOf(LINE_BREAK) + 1 || PIPE_BUFFER_BYTES);
}

function columnsOfTerminal(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 0;
  }
}
