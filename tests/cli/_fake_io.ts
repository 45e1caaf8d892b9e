import { systemClock } from "../../lib/base/clock.ts";
import type { Io, StopSignal } from "../../lib/cli/io.ts";

/** What a fake process starts with. */
export interface FakeIoOptions {
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** Width of both streams; they are no terminals without. */
  readonly columns?: number | undefined;
  /** Told what is written to stdout. */
  readonly onOut?: ((text: string) => void) | undefined;
}

/** A process that exists only in a test. */
export interface FakeIo extends Io {
  /** What was written. */
  readonly outText: () => string;
  readonly errText: () => string;
  /** Files that were written. */
  readonly written: ReadonlyMap<string, string>;
  /** Exit codes of ends at once. */
  readonly exits: readonly number[];
  /** Sends a signal. */
  send(signal: StopSignal): void;
  /** Lets an error go that nobody catches. */
  crash(error: unknown): void;
  /** Listeners for signals and crashes. */
  readonly listening: () => number;
}

/** Creates one. Its files are those that are given, and it has no others. */
export function fakeIo({ environment = {}, files = {}, columns, onOut }: FakeIoOptions = {}): FakeIo {
  const out: string[] = [];
  const err: string[] = [];
  const written = new Map<string, string>();
  const exits: number[] = [];
  const listeners = new Set<(signal: StopSignal) => void>();
  const crashListeners = new Set<(error: unknown) => void>();
  let nonces = 0;
  const stream = (lines: string[]) => ({
    write: (text: string) => void lines.push(text),
    isTty: columns !== undefined,
    columns: () => columns ?? 0,
  });
  return {
    out: {
      ...stream(out),
      write: (text) => {
        out.push(text);
        onOut?.(text);
      },
    },
    err: stream(err),
    environment,
    host: "host-1",
    pid: 42,
    clock: systemClock,
    random: () => 0.5,
    newNonce: () => `nonce-${++nonces}-${crypto.randomUUID()}`,
    readText: (path) => {
      const text = files[path];
      if (text !== undefined) return Promise.resolve(text);
      return Promise.reject(Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" }));
    },
    overwrite: (path, { text, create }) => {
      if (!create && files[path] === undefined) throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
      written.set(path, text);
    },
    onStopSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onCrash: (listener) => {
      crashListeners.add(listener);
      return () => crashListeners.delete(listener);
    },
    exit: (code) => void exits.push(code),
    leave: () => {},
    outText: () => out.join(""),
    errText: () => err.join(""),
    written,
    exits,
    send: (signal) => listeners.forEach((listener) => listener(signal)),
    crash: (error) => crashListeners.forEach((listener) => listener(error)),
    listening: () => listeners.size + crashListeners.size,
  };
}
