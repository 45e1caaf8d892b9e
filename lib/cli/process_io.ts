import { randomBytes } from "node:crypto";
import process from "node:process";
import { scheduleInBackground, systemClock } from "../base/clock.ts";
import { denoSystem } from "./deno_system.ts";
import type { Io, StopSignal } from "./io.ts";
import { nodeSystem } from "./node_system.ts";
import type { System } from "./system.ts";

/** The process itself. */
export interface ProcessIo extends Io {
  /** What follows the name of the program. */
  readonly args: readonly string[];
  /** Ends the process when all that was written has left it. */
  end(code: number): void;
}

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/** How long a timer or a connection of a migration may outlive its command. */
const LEFTOVER_MS = 2_000;

/** The process, by the means of the runtime. */
export function processIo(): ProcessIo {
  const { host, out, err, readText, overwrite }: System = "Deno" in globalThis ? denoSystem() : nodeSystem();
  const end = (code: number) =>
    void Promise.all([out.flushed(), err.flushed()]).then(() => process.exit(code));
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
    exit: (code) => process.exit(code),
    leave: (code) => scheduleInBackground(() => end(code), LEFTOVER_MS),
    end,
  };
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
