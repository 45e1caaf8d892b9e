import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import process from "node:process";
import { type Clock, scheduleInBackground, systemClock } from "../base/clock.ts";

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
  /** Ends the process now, whatever is going on. */
  exit(code: number): void;
  /** Says that all is done: what a migration left running does not keep the process alive for long. */
  leave(code: number): void;
}

/** How long a timer or a connection of a migration may outlive its command. */
const LEFTOVER_MS = 2_000;

/** The process itself. This file is the only one that touches it. */
export function processIo(): Io {
  return {
    out: streamOf(1, () => process.stdout),
    err: streamOf(2, () => process.stderr),
    environment: { ...process.env },
    host: hostname(),
    pid: process.pid,
    clock: systemClock,
    random: Math.random,
    newNonce: () => randomBytes(16).toString("base64url"),
    readText: (path) => readFile(path, "utf8"),
    overwrite,
    onStopSignal,
    onCrash,
    exit: (code) => process.exit(code),
    leave: (code) => scheduleInBackground(() => process.exit(code), LEFTOVER_MS),
  };
}

/**
 * Writes to a descriptor at once, and to the runtime's stream only where that is a terminal or can take no more for
 * now: loading streams takes longer than most commands.
 */
function streamOf(descriptor: number, open: () => NodeJS.WriteStream): OutputStream {
  let opened: NodeJS.WriteStream | undefined;
  const stream = () => {
    // Whoever reads may leave early (`cosmig status | head`); that must not end a run.
    opened ??= open().on("error", () => {});
    return opened;
  };
  const isDevice = isCharacterDevice(descriptor);
  return {
    write(text) {
      const rest = opened === undefined && !isDevice ? writeAtOnce(descriptor, Buffer.from(text)) : text;
      if (rest.length > 0) stream().write(rest);
    },
    get isTty() {
      return isDevice && stream().isTTY === true;
    },
    columns: () => stream().columns ?? 0,
  };
}

/** A terminal is one; files, pipes and sockets are not. */
function isCharacterDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice();
  } catch {
    return false;
  }
}

/** @returns what could not be written without waiting; nothing when nobody reads any more */
function writeAtOnce(descriptor: number, bytes: Uint8Array): Uint8Array {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      return isBusy(error) ? rest : new Uint8Array();
    }
  }
  return rest;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}

function overwrite(
  path: string,
  { text, create }: { readonly text: string; readonly create: boolean },
): void {
  const file = openSync(path, create ? "w" : "r+");
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

function onStopSignal(listener: (signal: StopSignal) => void): () => void {
  const signals: readonly StopSignal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

function onCrash(listener: (error: unknown) => void): () => void {
  process.on("uncaughtException", listener);
  process.on("unhandledRejection", listener);
  return () => {
    process.off("uncaughtException", listener);
    process.off("unhandledRejection", listener);
  };
}
