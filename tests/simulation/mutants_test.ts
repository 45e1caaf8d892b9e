import assert from "node:assert/strict";
import { breakLibrary, focusOf } from "./_broken_library.ts";
import { type Mutant, MUTANTS } from "./_mutants.ts";
import type { JobResult } from "./_job.ts";
import { LIB } from "./_subject.ts";
import { WorkerPool } from "./_worker_pool.ts";

/** Runs the schedules of a mutant until one breaks a promise. */
async function search(pool: WorkerPool, mutant: Mutant): Promise<JobResult> {
  await using library = mutant.replacements.length === 0 ? undefined : await breakLibrary(mutant);
  return await pool.run({
    lib: library?.folder ?? LIB,
    focus: focusOf(mutant),
    firstSeed: 1,
    schedules: mutant.schedules,
    until: mutant.expected,
  });
}

Deno.test("runSchedule() finds a broken promise when a rule is left out", async (context) => {
  await using pool = new WorkerPool();
  const searches = MUTANTS.map((mutant) => ({ mutant, found: search(pool, mutant) }));
  await Promise.allSettled(searches.map(({ found }) => found));
  for (const { mutant, found } of searches) {
    await context.step(mutant.name, async () => {
      const { findings, schedules } = await found;
      const said = findings.flatMap(({ violations }) => violations);
      assert.ok(
        said.some((violation) => mutant.expected.test(violation)),
        `not missed in ${schedules} schedules, which say: ${said.slice(0, 3).join("; ")}`,
      );
    });
  }
});
