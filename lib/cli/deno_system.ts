import process from "node:process";
import { createEagerWriter } from "./eager_writer.ts";
import type { System, SystemStream } from "./system.ts";

/** What Linux writes to a pipe at once or not at all. */
const PIPE_BUFFER_BYTES = 4_096;
const LINE_BREAK = 0x0a;

/** The means of Deno. Loading what stands in for Node's streams and files takes it longer than most commands to run. */
export function denoSystem(): System {
  return {
    host: Deno.hostname(),
    out: streamOf(Deno.stdout, () => process.stdout),
    err: streamOf(Deno.stderr, () => process.stderr),
    // They write at once.
    isPrinting: () => false,
    readText: (path) => Deno.readTextFile(path),
    overwrite: (path, { text, create }) => Deno.writeTextFileSync(path, text, { create }),
  };
}

/** A terminal is written to by the runtime's stream, which takes all at once. */
function streamOf(stream: typeof Deno.stdout, open: () => NodeJS.WriteStream): SystemStream {
  if (!stream.isTerminal()) {
    const writer = createEagerWriter((bytes) => stream.writeSync(wholeLinesOf(bytes)));
    return Object.assign(writer, { isTty: false, columns: () => 0 });
  }
  const terminal = open().on("error", () => {});
  return {
    write: (text) => void terminal.write(text),
    isBusy: false,
    isTty: true,
    columns: () => terminal.columns ?? 0,
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
