import type { Focus } from "./_focus.ts";
import { runSchedule } from "./_schedule.ts";
import { loadSubject, type Subject } from "./_subject.ts";

/** A row of schedules for one worker. */
export interface Job {
  /** Folder of the library. */
  readonly lib: string;
  readonly focus: Focus;
  readonly firstSeed: number;
  readonly schedules: number;
  /** Stop at the first violation that matches; to the end when absent. */
  readonly until?: RegExp | undefined;
}

/** A schedule that broke a promise. */
export interface Finding {
  readonly seed: number;
  readonly violations: readonly string[];
}

/** What became of a job. */
export interface JobResult {
  readonly schedules: number;
  readonly requests: number;
  readonly findings: readonly Finding[];
}

const subjects = new Map<string, Promise<Subject>>();

/** Runs the schedules of a job one after the other. */
export async function runJob(job: Job): Promise<JobResult> {
  const loading = subjects.get(job.lib) ?? loadSubject(job.lib);
  subjects.set(job.lib, loading);
  const subject = await loading;
  const findings: Finding[] = [];
  let requests = 0;
  let schedules = 0;
  for (; schedules < job.schedules; schedules++) {
    const seed = job.firstSeed + schedules;
    const result = await runSchedule(subject, { seed, focus: job.focus, traced: false });
    requests += result.requests;
    if (result.violations.length > 0) findings.push({ seed, violations: result.violations });
    if (result.violations.some((violation) => job.until?.test(violation))) {
      return { schedules: schedules + 1, requests, findings };
    }
  }
  return { schedules, requests, findings };
}
