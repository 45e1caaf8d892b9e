import type { Io, OutputStream } from "./io.ts";

/** A stream of the process. */
export interface SystemStream extends OutputStream {
  /** Settles when all that was written has left the process. */
  flushed(): Promise<void>;
}

/** What runtimes have different means for. */
export interface System extends Pick<Io, "host" | "readText" | "overwrite"> {
  readonly out: SystemStream;
  readonly err: SystemStream;
}
