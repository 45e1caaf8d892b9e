/** Places where a process waits, and the means to ask it there to stop. */
import process from "node:process";
import type { JsonObject } from "../../lib/base/json.ts";
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { startTool, type ToolProcess } from "../support/tool_process.ts";

const MAIN = "tests/chaos/_main.ts";
const HOLDER = { host: "pod-7", pid: 77, version: "1.2.3", command: "up", since: "2024-05-06T07:08:09.000Z" };

/** A database with documents to migrate. */
export function startDatabase(
  options: { readonly documents: number; readonly latencyMs?: number },
): Promise<Emulator> {
  const { documents, latencyMs = 0 } = options;
  const audit = Array.from({ length: documents }, (_, index) => ({ id: `d${index}`, version: 0, trail: [] }));
  return startEmulator({
    latencyMs,
    partitions: 1,
    seed: {
      database: "shop",
      containers: {
        __migrations: { partitionKey: "/scope", documents: [] },
        Audit: { partitionKey: "/id", documents: audit },
        Log: { partitionKey: "/id", documents: [] },
      },
    },
  });
}

/** Starts the tool on it, with an hour for everything that it waits for. */
export function startIn(emulator: Emulator, args: readonly string[], main = MAIN): ToolProcess {
  const env = {
    CHAOS_MIGRATIONS: "1",
    CosmosDb__ConnectionString: emulator.connectionString,
    CosmosDb__DatabaseName: "shop",
    COSMIG_PAGE_SIZE: "10",
    COSMIG_SETTLE: "1h",
  };
  return startTool(args, { main, env });
}

function putLease(emulator: Emulator, lease: JsonObject): void {
  emulator.store.insert("__migrations", [{
    ...{ id: "lease", scope: "default", type: "lease", format: 1, nonce: "n", term: 3, revision: 1 },
    ...{ holder: null, durationMs: 3_600_000, unsettled: false, fenceProven: true },
    ...{ region: "", sequence: 0, digest: null, intent: null, ...lease },
  }]);
}

/** Resolves when the process has said something. */
export function said({ child }: ToolProcess, words: RegExp): Promise<void> {
  return new Promise((resolve) => {
    let text = "";
    child.stderr?.on("data", (chunk: Uint8Array) => {
      text += new TextDecoder().decode(chunk);
      if (words.test(text)) resolve();
    });
  });
}

/** Not by the handle, which takes the signal that it sent for the reason of the end. */
export function terminate({ child }: ToolProcess): void {
  process.kill(child.pid ?? 0, "SIGTERM");
}

/** Where a process waits. */
export interface WaitingPlace {
  readonly name: string;
  readonly args: readonly string[];
  readonly lease: JsonObject;
  /** What it says there. */
  readonly words: RegExp;
}

/** Each would take an hour without a signal. */
export const PLACES: readonly WaitingPlace[] = [
  {
    name: "waits for the lease",
    args: ["up", "--lock-timeout", "1h"],
    lease: { holder: HOLDER },
    words: /Waiting/,
  },
  {
    name: "waits for migrations",
    args: ["wait", "--timeout", "1h"],
    lease: { holder: HOLDER },
    words: /Waiting/,
  },
  { name: "settles", args: ["up"], lease: { unsettled: "unanswered" }, words: /Pausing/ },
];

/** A database on which a process comes to wait at that place. */
export async function prepare({ lease }: WaitingPlace): Promise<Emulator> {
  const emulator = await startDatabase({ documents: 1 });
  putLease(emulator, lease);
  return emulator;
}
