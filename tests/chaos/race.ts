/** Processes that are started at the same moment on a database with migrations pending, and what each of them did. */
import { systemClock } from "../../lib/base/clock.ts";
import { startTool } from "../support/tool_process.ts";
import { ProcessorWaits } from "./processor_waits.ts";
import { DatabaseProcess, type RequestTrace } from "./database_process.ts";

/** What to race for. */
export interface RaceOptions {
  readonly processes: number;
  readonly migrations: number;
  /** Documents of each migration's pass; they make it take its time. */
  readonly documents: number;
}

/** One process of a race. Times are milliseconds since the start of the database. */
export interface Racer {
  readonly pid: number;
  readonly code: number | null;
  readonly stderr: string;
  readonly endedAtMs: number;
  readonly requests: readonly RequestTrace[];
  /** How long it stood in line for a processor from a moment to its end; `undefined` where that is not known. */
  readonly waitedForProcessorMs: (fromMs: number) => number | undefined;
}

/** How a race went. */
export interface Race {
  readonly racers: readonly Racer[];
  /** When the last migration was recorded as applied. */
  readonly lastRecordAtMs: number;
  /** Of those processes that wrote a record of a migration. */
  readonly writers: readonly number[];
}

const MAIN = "tests/chaos/_main.ts";

/** Runs it to its end. */
export async function race({ processes, migrations, documents }: RaceOptions): Promise<Race> {
  const audit = Array.from({ length: documents }, (_, index) => ({ id: `d${index}`, version: 0, trail: [] }));
  await using database = new DatabaseProcess({
    latencyMs: 20,
    partitions: 2,
    seed: {
      database: "shop",
      containers: {
        Audit: { partitionKey: "/id", documents: audit },
        Log: { partitionKey: "/id", documents: [] },
      },
    },
  });
  const { connectionString, nowMs } = await database.report();
  const offsetMs = systemClock.monotonicMs() - nowMs;
  const env = {
    CHAOS_MIGRATIONS: String(migrations),
    CosmosDb__ConnectionString: connectionString,
    CosmosDb__DatabaseName: "shop",
    COSMIG_PAGE_SIZE: "10",
    COSMIG_CONCURRENCY: "1",
  };
  await using waits = new ProcessorWaits();
  const ended = await Promise.all(Array.from({ length: processes }, async () => {
    const { child, ended } = startTool(["up", "--init"], { main: MAIN, env });
    const exited = new Promise<number>((resolve) =>
      child.on("exit", () => resolve(systemClock.monotonicMs() - offsetMs))
    );
    const pid = child.pid ?? 0;
    waits.watch(pid);
    const [{ code, stderr }, endedAtMs] = await Promise.all([ended, exited]);
    const waitedForProcessorMs = (fromMs: number) =>
      waits.between(pid, fromMs + offsetMs, endedAtMs + offsetMs);
    return { pid, code, stderr, endedAtMs, waitedForProcessorMs };
  }));
  const requests = Map.groupBy(await database.requests(), ({ pid }) => pid);
  const { ledgerWrites, log } = await database.report();
  return {
    racers: ended.map((racer) => ({ ...racer, requests: requests.get(racer.pid) ?? [] })),
    lastRecordAtMs: Math.max(
      ...ledgerWrites.filter(({ status }) => status === "applied").map(({ atMs }) => atMs),
    ),
    writers: [...new Set(log.map(({ pid }) => Number(pid)))],
  };
}

/** What a process that waited for the lease spent on it. */
export interface CostOfWaiting {
  /** Request units after the first read of the lease that found it held. */
  readonly charge: number;
  /** From that read to the last one. */
  readonly seconds: number;
}

/** Of each process that waited. A start ends with its last request that is not a read of the lease; then it waits. */
export function costsOfWaiting({ racers, writers }: Race): CostOfWaiting[] {
  return racers.filter(({ pid }) => !writers.includes(pid)).flatMap(({ requests }) => {
    const starting = requests.findLastIndex(({ operation, container, id }) =>
      operation !== "read" || container !== "__migrations" || id !== "lease"
    );
    const [first, ...rest] = requests.slice(starting + 1);
    const last = rest.at(-1);
    if (first === undefined || last === undefined) return [];
    const charge = rest.reduce((sum, { charge }) => sum + charge, 0);
    return [{ charge, seconds: (last.atMs - first.atMs) / 1_000 }];
  });
}

/** How long after the later of the last record and its own first request a process ended. */
export interface DelayOfExit {
  readonly delayMs: number;
  /** Of that, what it stood in line for a processor. */
  readonly waitedForProcessorMs: number | undefined;
}

/** The delays of those that waited, the shortest first. */
export function delaysOfExits({ racers, writers, lastRecordAtMs }: Race): DelayOfExit[] {
  return racers.filter(({ pid }) => !writers.includes(pid))
    .map(({ endedAtMs, requests, waitedForProcessorMs }) => {
      const fromMs = Math.max(lastRecordAtMs, requests[0]?.atMs ?? Infinity);
      return { delayMs: endedAtMs - fromMs, waitedForProcessorMs: waitedForProcessorMs(fromMs) };
    })
    .sort((left, right) => left.delayMs - right.delayMs);
}
