import { randomBytes } from "node:crypto";
import process from "node:process";
import { scheduleInBackground, systemClock } from "../base/clock.ts";
import { denoSystem } from "./deno_system.ts";
import { BUSY_MS } from "./eager_writer.ts";
import type { Io, StopSignal } from "./io.ts";
import { nodeSystem } from "./node_system.ts";
import type { System } from "./system.ts";

/** The process itself. */
export interface ProcessIo extends Io {
  /** What follows the name of the program. */
  readonly args: readonly string[];
  /** Ends the process when all that was written has left it; what migrations print themselves, within ten seconds. */
  end(code: number): void;
}

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/** How long a timer or a connection of a migration may outlive its command. */
const LEFTOVER_MS = 2_000;

/** How long a reader of what a migration printed itself may take, and of the last words of a process that breaks off. */
const PRINTING_MS = 10_000;
const LAST_WORDS_MS = 5_000;

/** The process, by the means of the runtime. */
export function processIo(): ProcessIo {
  const system: System = "Deno" in globalThis ? denoSystem() : nodeSystem();
  const { host, out, err, readText, overwrite } = system;
  const isWritten = () => !out.isBusy && !err.isBusy;
  const end = (code: number) =>
    exitWhen(code, (waitedMs) => isWritten() && (!system.isPrinting() || waitedMs > PRINTING_MS));
  return {
    args: process.argv.slice(2),
    out,
    err,
    environment: { ...process.env },
    host,
    pid: process.pid,
    clock: systemClock,
    random: Math.random,
    newNonce: () => randomBytes(16).toString("base64url"),
    readText,
    overwrite,
    onStopSignal,
    onCrash,
    exit: (code) =>
      exitWhen(code, (waitedMs) => isWritten() && !system.isPrinting() || waitedMs > LAST_WORDS_MS),
    leave: (code) => scheduleInBackground(() => end(code), LEFTOVER_MS),
    end,
  };
}

/** Ends the process when something holds, of which it asks again and again. */
function exitWhen(code: number, holds: (waitedMs: number) => boolean, waitedMs = 0): void {
  if (holds(waitedMs)) process.exit(code);
  systemClock.schedule(() => exitWhen(code, holds, waitedMs + BUSY_MS), BUSY_MS);
}

function onStopSignal(listener: (signal: StopSignal) => void): () => void {
  for (const signal of STOP_SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, listener);
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
