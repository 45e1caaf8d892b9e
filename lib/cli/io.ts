import type { Clock } from "../base/clock.ts";

/** What asks a process to stop. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** Where text goes. */
export interface OutputStream {
  write(text: string): void;
  readonly isTty: boolean;
  /** Width of the terminal; 0 when it has none. */
  columns(): number;
}

/** Everything that the command line needs of its process. Tests bring their own. */
export interface Io {
  /** Results. */
  readonly out: OutputStream;
  /** Progress, logs and errors. */
  readonly err: OutputStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: string;
  readonly pid: number;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly newNonce: () => string;
  readText(path: string): Promise<string>;
  /**
   * Replaces what a file holds, at once.
   *
   * @throws when the file does not exist and `create` is not set
   */
  overwrite(path: string, options: { readonly text: string; readonly create: boolean }): void;
  /** Calls `listener` for each signal; the returned function ends that. */
  onStopSignal(listener: (signal: StopSignal) => void): () => void;
  /** Calls `listener` for an error that nobody caught; the returned function ends that. */
  onCrash(listener: (error: unknown) => void): () => void;
  /** Ends the process, whatever is going on, as soon as what was written has left it, or after five seconds. */
  exit(code: number): void;
  /** Says that all is done: what a migration left running does not keep the process alive for long. */
  leave(code: number): void;
}
