/** A holder that is killed in the middle of a pass, and a process that waits for its lease. */
import assert from "node:assert/strict";
import process from "node:process";
import { sleep, systemClock } from "../../lib/base/clock.ts";
import { startTool } from "../support/tool_process.ts";
import { assertExactlyOnce } from "./check_trail.ts";
import { DatabaseProcess } from "./database_process.ts";

const MAIN = "tests/chaos/_main.ts";
const MIGRATIONS = 2;

/** How the lease is set. */
export interface TakeOverOptions {
  readonly leaseMs: number;
  readonly settleMs: number;
}

/** How a take-over went; all from the moment of the kill. */
export interface TakeOver {
  /** The next process wrote a record of its own. */
  readonly recordedAfterMs: number;
  /** Its first change of a document, which comes after the settle time. */
  readonly continuedAfterMs: number;
  /** Everything was applied. */
  readonly doneAfterMs: number;
}

/** @throws {AssertionError} when the next process does not finish, or not exactly once */
export async function takeOver({ leaseMs, settleMs }: TakeOverOptions): Promise<TakeOver> {
  const audit = Array.from({ length: 400 }, (_, index) => ({ id: `d${index}`, version: 0, trail: [] }));
  await using database = new DatabaseProcess({
    latencyMs: 20,
    partitions: 1,
    seed: {
      database: "shop",
      containers: {
        Audit: { partitionKey: "/id", documents: audit },
        Log: { partitionKey: "/id", documents: [] },
      },
    },
  });
  const { connectionString } = await database.report();
  const env = {
    CHAOS_MIGRATIONS: String(MIGRATIONS),
    CosmosDb__ConnectionString: connectionString,
    CosmosDb__DatabaseName: "shop",
    COSMIG_PAGE_SIZE: "10",
    COSMIG_LEASE: `${leaseMs}ms`,
    COSMIG_REQUEST_TIMEOUT: `${Math.min(settleMs, Math.floor(leaseMs / 3))}ms`,
    COSMIG_SETTLE: `${settleMs}ms`,
  };
  const first = startTool(["up", "--init"], { main: MAIN, env });
  const isWriting = async () => (await database.report()).audit.some(({ version }) => version === 1);
  const next = startTool(["up", "--init"], { main: MAIN, env });
  while (!await isWriting()) await sleep(systemClock, { ms: 20 });
  // Whoever of the two was faster holds the lease.
  const holder = Object((await database.lease())?.["holder"])["pid"];
  const { nowMs: killedAtMs } = await database.report();
  process.kill(holder, "SIGKILL");
  const successor = holder === first.child.pid ? next : first;
  const { code, stderr } = await successor.ended;
  assert.equal(code, 0, stderr);

  const report = await database.report();
  const fates = [first, next].map(({ child }) => ({
    pid: child.pid ?? 0,
    wasDisturbed: child.pid === holder,
    code: child.pid === holder ? null : 0,
  }));
  assertExactlyOnce(report, { migrations: MIGRATIONS, fates });
  const { pid } = successor.child;
  const requests = (await database.requests()).filter((request) => request.pid === pid);
  const records = report.ledgerWrites.filter(({ atMs }) => atMs > killedAtMs);
  const change = requests.find(({ container, operation }) => container === "Audit" && operation === "bulk");
  const after = (atMs: number | undefined) => (atMs ?? Infinity) - killedAtMs;
  return {
    recordedAfterMs: after(records[0]?.atMs),
    continuedAfterMs: after(change?.atMs),
    doneAfterMs: after(records.at(-1)?.atMs),
  };
}
