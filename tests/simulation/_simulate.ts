import type { Finding, JobResult } from "./_job.ts";
import { type Focus, NO_FOCUS } from "./_focus.ts";
import { LIB } from "./_subject.ts";
import type { WorkerPool } from "./_worker_pool.ts";

/** What to simulate. */
export interface SimulationOptions {
  readonly firstSeed: number;
  readonly schedules: number;
  /** @default everything */
  readonly focus?: Focus;
  /** @default the library itself */
  readonly lib?: string;
  readonly onProgress?: (done: number, findings: readonly Finding[]) => void;
}

const CHUNK = 500;

/** Runs schedules on all cores. */
export async function simulate(pool: WorkerPool, options: SimulationOptions): Promise<JobResult> {
  const { firstSeed, schedules, focus = NO_FOCUS, lib = LIB, onProgress } = options;
  const chunks = Array.from({ length: Math.ceil(schedules / CHUNK) }, (_, index) => index * CHUNK);
  let total: JobResult = { schedules: 0, requests: 0, findings: [] };
  await Promise.all(chunks.map(async (start) => {
    const result = await pool.run({
      ...{ lib, focus },
      firstSeed: firstSeed + start,
      schedules: Math.min(CHUNK, schedules - start),
    });
    total = {
      schedules: total.schedules + result.schedules,
      requests: total.requests + result.requests,
      findings: [...total.findings, ...result.findings],
    };
    onProgress?.(total.schedules, result.findings);
  }));
  return total;
}
