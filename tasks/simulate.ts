/**
 * Runs schedules of the simulator (see `docs/protocol.md`): runners, faults and the order of everything are drawn from seeds.
 *
 *     deno task simulate --runs 1000000 --seed 1
 *     deno task simulate --runs 1 --seed 4711      prints what happens, line by line
 *
 * Ends with 4 when a schedule broke a promise; the seed replays it exactly.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import type { Finding } from "../tests/simulation/_job.ts";
import { NO_FOCUS } from "../tests/simulation/_focus.ts";
import { runSchedule } from "../tests/simulation/_schedule.ts";
import { simulate } from "../tests/simulation/_simulate.ts";
import { LIB, loadSubject } from "../tests/simulation/_subject.ts";
import { WorkerPool } from "../tests/simulation/_worker_pool.ts";

const CHECK_FAILED = 4;
const REPORT_EVERY = 10_000;

const { values } = parseArgs({
  options: { runs: { type: "string", default: "20000" }, seed: { type: "string", default: "1" } },
});
const [schedules, firstSeed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(schedules) || schedules < 1 || !Number.isSafeInteger(firstSeed)) {
  throw new TypeError("--runs and --seed are whole numbers, --runs at least 1");
}
const found = schedules === 1 ? await replay(firstSeed) : await search({ firstSeed, schedules });
if (found) process.exitCode = CHECK_FAILED;

async function search(options: { readonly firstSeed: number; readonly schedules: number }): Promise<boolean> {
  await using pool = new WorkerPool();
  const startedMs = performance.now();
  let reported = 0;
  const { schedules, requests, findings } = await simulate(pool, {
    ...options,
    onProgress: (done, findings) => {
      findings.forEach(print);
      if (done - reported < REPORT_EVERY) return;
      reported = done;
      write(`${done} schedules`);
    },
  });
  const [first] = findings;
  if (first !== undefined) await replay(first.seed);
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  write(`${schedules} schedules, ${requests} requests, ${seconds} s: ${findings.length} broke a promise`);
  return findings.length > 0;
}

async function replay(seed: number): Promise<boolean> {
  const { trace, violations } = await runSchedule(await loadSubject(LIB), {
    seed,
    focus: NO_FOCUS,
    traced: true,
  });
  trace.forEach((line) => write(line));
  write(
    violations.length === 0 ? `seed ${seed}: every promise kept` : `seed ${seed}: ${violations.join("; ")}`,
  );
  return violations.length > 0;
}

function print({ seed, violations }: Finding): void {
  write(`seed ${seed}: ${violations.join("; ")}`);
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
