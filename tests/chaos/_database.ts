/**
 * The embedded database as a process of its own, so that whatever happens to the processes that use it does not happen to it. The first argument is what
 * it starts with, as JSON; then every line of its input is a command, answered by one line of JSON.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { isJsonObject, type JsonObject } from "../../lib/base/json.ts";
import { type EmulatorOptions, type ObservedRequest, startEmulator } from "../../lib/emulator/mod.ts";
import { randomStream } from "../../lib/emulator/random.ts";
import type {
  DatabaseOptions,
  DatabaseReport,
  LedgerWrite,
  RequestTrace,
  Strike,
} from "./database_process.ts";

const LEDGER = "__migrations";
const WRITES: ReadonlySet<string> = new Set(["batch", "bulk", "create", "replace"]);
const { rules, strikes: plan, ...options }: EmulatorOptions & Pick<DatabaseOptions, "rules" | "strikes"> =
  JSON.parse(process.argv[2] ?? "{}");
const emulator = await startEmulator(options);
emulator.inject(...rules ?? []);
const startedMs = performance.now();
const ledgerWrites: LedgerWrite[] = [];
const requests: RequestTrace[] = [];
let isCalm = false;

/** Hits the process that sent a write, when the write has arrived or when it has taken effect, and before it hears of that. */
const strikes: Strike[] = [];
const random = randomStream(plan?.seed ?? 0);
let writes = 0;
let nextStrike = drawStrike();

function drawStrike(): number {
  return plan === undefined ? Infinity : writes + 1 + Math.floor(random() * 2 * plan.every);
}

function strike(request: ObservedRequest): void {
  const pid = pidOf(request);
  const attack = random() < 0.5 ? "SIGKILL" : "SIGSTOP";
  strikes.push({ pid, attack });
  send(pid, attack);
  const stoppedMs = (plan?.stoppedMs ?? 0) * (1 + random());
  if (attack === "SIGSTOP") setTimeout(() => send(pid, "SIGCONT"), stoppedMs);
}

/** The process may be gone. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone.
  }
}

function isWrite({ operation }: ObservedRequest): boolean {
  return operation !== undefined && WRITES.has(operation);
}

function pidOf({ headers }: ObservedRequest): number {
  return Number(/chaos-(\d+)\//.exec(headers["user-agent"] ?? "")?.[1] ?? 0);
}

emulator.onRequest({
  before: (request) => {
    if (pidOf(request) === 0 || !isWrite(request) || isCalm) return;
    writes++;
    if (writes < nextStrike || random() < 0.5) return;
    nextStrike = drawStrike();
    strike(request);
  },
  afterCommit: (request, answer) => {
    if (pidOf(request) !== 0 && isWrite(request) && writes >= nextStrike && !isCalm) {
      nextStrike = drawStrike();
      strike(request);
    }
    const atMs = performance.now() - startedMs;
    requests.push({
      atMs,
      pid: pidOf(request),
      operation: request.operation ?? "",
      id: request.id,
      container: request.container ?? "",
      charge: answer.charge,
    });
    if (request.container !== LEDGER || request.operation !== "batch" || answer.status !== 200) return;
    const documents = (JSON.parse(request.body) as JsonObject[]).map(({ resourceBody }) => resourceBody)
      .filter(isJsonObject);
    const lease = documents.find(({ type }) => type === "lease");
    for (const record of documents.filter(({ type }) => type === "migration")) {
      ledgerWrites.push({
        atMs,
        id: String(record["migrationId"]),
        status: String(record["status"]),
        term: Number(lease?.["term"]),
        nonce: String(lease?.["nonce"]),
      });
    }
  },
});

function documentsOf(container: string): readonly JsonObject[] {
  return emulator.store.containers().includes(container) ? emulator.store.documents(container) : [];
}

function report(): DatabaseReport {
  const lease = documentsOf(LEDGER).find(({ id }) => id === "lease");
  return {
    endpoint: emulator.endpoint,
    connectionString: emulator.connectionString,
    nowMs: performance.now() - startedMs,
    lease: lease ?? null,
    ledger: documentsOf(LEDGER),
    audit: documentsOf("Audit"),
    log: documentsOf("Log"),
    ledgerWrites,
    strikes,
    requestCount: emulator.requests.count,
    unfired: emulator.unfiredRules().map(({ name }) => name ?? ""),
  };
}

const COMMANDS: Readonly<Record<string, (argument: string) => unknown>> = {
  report,
  lease: () => documentsOf(LEDGER).find(({ id }) => id === "lease") ?? null,
  requests: () => requests,
  calm: () => {
    const unfired = report().unfired;
    emulator.clearFaults();
    isCalm = true;
    return unfired;
  },
  deleteLedger: () => {
    emulator.store.deleteContainer(LEDGER);
    return null;
  },
  put: (argument) => {
    emulator.store.insert(LEDGER, [JSON.parse(argument)]);
    return null;
  },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const [, name = "", argument = ""] = /^(\S+) ?(.*)$/.exec(line) ?? [];
  process.stdout.write(`${JSON.stringify(COMMANDS[name]?.(argument) ?? null)}\n`);
}).on("close", () => process.exit(0));
