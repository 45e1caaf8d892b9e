import type { Io, OutputStream } from "./io.ts";

/** A stream of the process. */
export interface SystemStream extends OutputStream {
  /** Whether something of what was written has not left the process. */
  readonly isBusy: boolean;
}

/** What runtimes have different means for. */
export interface System extends Pick<Io, "host" | "readText" | "overwrite"> {
  readonly out: SystemStream;
  readonly err: SystemStream;
  /** Whether the runtime's own streams, which migrations may print to, hold something that has not left the process. */
  isPrinting(): boolean;
}
