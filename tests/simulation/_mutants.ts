import type { Focus } from "./_focus.ts";

/** Text of one file that is replaced; it must be there exactly once. */
interface Replacement {
  readonly file: string;
  readonly text: string;
  readonly by: string;
}

/** The library with one rule broken, or a service on which one cannot rely. */
export interface Mutant {
  /** What is missing. */
  readonly name: string;
  readonly replacements: readonly Replacement[];
  /** Where to look for it, so that few schedules are enough. */
  readonly focus?: Partial<Focus>;
  /** Schedules within which a violation has to be found. */
  readonly schedules: number;
  /** The damage that has to be seen. */
  readonly expected: RegExp;
}

const DATA = /document|container|update/;
/** Another version of a migration arrives while runs of the first one die. */
const CORRECTED: Partial<Focus> = {
  migrations: "conditional",
  plot: "corrected",
  faults: { crashedWriting: 0.5, terminated: 0.1 },
};

/** One for each rule that the design marks, and some more. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "the fence: no If-Match in the batch",
    replacements: [{
      file: "lock/lease.ts",
      text: 'const batch = [{ kind: "replace", document, ifMatch: this.#etag } as const, ...operations];',
      by: 'const batch = [{ kind: "upsert", document } as const, ...operations];',
    }],
    schedules: 2_000,
    expected: /ledger document was written|record went|lease was written/,
  },
  {
    name: "expiry judged without comparing wall clocks",
    replacements: [{
      file: "lock/acquire.ts",
      text:
        "const expired = this.#watch.hasExpired(observed, { ...times, serverTimeMs: reply.value.serverTimeMs });",
      by:
        "const expired = clock.wallMs() - Date.parse(observed.state.renewedAt) >= observed.state.durationMs; void times;",
    }],
    schedules: 1_000,
    expected: /taken over before its time/,
  },
  {
    name: "the history read again after acquisition",
    replacements: [{
      file: "runner/with_lease.ts",
      text: "  const { connection } = context;\n",
      by:
        "  const { connection } = context;\n  const early = await readRecords(connection.ledger, context);\n",
    }, {
      file: "runner/with_lease.ts",
      text: "const records = await readFreshRecords(connection.ledger, {",
      by: "const records = early; void ({",
    }],
    schedules: 1_000,
    expected: /record went|sequence/,
  },
  {
    name: "the release bound to its holder",
    replacements: [{
      file: "lock/lease.ts",
      text: "await this.#send([], { holder: null, unsettled });",
      by: `const read = await this.#parts.store.read(LEASE_ID);
        if (read.kind === "ok") {
          const { document } = read.value;
          await this.#parts.store.replace({ ...document, holder: null, unsettled }, { ifMatch: document._etag });
        }`,
    }],
    schedules: 3_000,
    expected: /nonce of another runner/,
  },
  {
    name: "the cut-off",
    replacements: [{
      file: "lock/lease.ts",
      text: "  assertMayWriteOutside(): void {\n",
      by: "  assertMayWriteOutside(): void {\n    return;\n",
    }],
    focus: { migrations: "unconditional", isDuel: true, faults: { paused: 0.1, pauseMs: 30_000 } },
    schedules: 3_000,
    expected: DATA,
  },
  {
    name: "If-Match on document writes",
    replacements: [],
    focus: { migrations: "conditional", ignoresDocumentConditions: true },
    schedules: 1_000,
    expected: DATA,
  },
  {
    name: "settling",
    replacements: [{
      file: "lock/lease.ts",
      text: "    if (settle === undefined) return;\n",
      by: "    return;\n",
    }],
    focus: {
      migrations: "unconditional",
      isDuel: true,
      faults: { late: 0.1, terminated: 0.1 },
    },
    schedules: 5_000,
    expected: DATA,
  },
  {
    name: "the note of an unanswered request in a release",
    replacements: [{
      file: "lock/lease.ts",
      text: 'this.#settle?.passedOnAs ?? (options.unanswered > 0 ? "unanswered" : false)',
      by: "false",
    }],
    focus: {
      migrations: "unconditional",
      isDuel: true,
      faults: { late: 0.1, terminated: 0.1 },
    },
    schedules: 5_000,
    expected: DATA,
  },
  {
    name: "the touch after a partial rollback",
    replacements: [{
      file: "runner/revert_migration.ts",
      text: "await touchAbandoned(run, where);",
      by: "",
    }],
    focus: { migrations: "conditional", isDuel: true, faults: { crashedWriting: 0.5 } },
    schedules: 1_000,
    expected: DATA,
  },
  {
    name: "the touch of what an abandoned version selected",
    replacements: [{
      file: "runner/apply_migration.ts",
      text: 'await touchAbandoned(run, { progress, direction: "up" });',
      by: "",
    }],
    focus: CORRECTED,
    schedules: 2_000,
    expected: DATA,
  },
  {
    name: "the selection of an abandoned version, not that of the new one",
    replacements: [{
      file: "runner/abandoned_steps.ts",
      text: "selection: selection ?? (",
      by: "selection: (",
    }],
    focus: CORRECTED,
    schedules: 2_000,
    expected: DATA,
  },
  {
    name: "what is abandoned kept by a resume",
    replacements: [{
      file: "runner/apply_migration.ts",
      text: "abandoned: start.record.abandoned,",
      by: "abandoned: undefined,",
    }],
    focus: CORRECTED,
    schedules: 5_000,
    expected: DATA,
  },
  {
    name: "a new cycle for a fix forward",
    replacements: [{
      file: "runner/apply_migration.ts",
      text: "abandoned: abandonedSteps(entry.migration, start.record),",
      by: "abandoned: abandonedSteps(entry.migration, start.record),\n        cycle: start.record.cycle,",
    }, {
      file: "runner/steps_at_start.ts",
      text: "const cycle = record.cycle + 1;",
      by: "const cycle = record.cycle;",
    }],
    focus: CORRECTED,
    schedules: 2_000,
    expected: DATA,
  },
  {
    name: "attempts counted",
    replacements: [{
      file: "runner/attempt.ts",
      text: "const attempts = progress.record.attempts + 1;",
      by: "const attempts = progress.record.attempts;",
    }],
    focus: { migrations: "conditional" },
    schedules: 1_000,
    expected: /parked migration was tried again/,
  },
  {
    name: "who did a repair and why, in its transaction",
    replacements: [{
      file: "maintenance/repair.ts",
      text: "{ operations: [audit] });",
      by: "{ operations: void audit ?? [] });",
    }],
    schedules: 1_000,
    expected: /record went from|baselined that nobody asked for/,
  },
  {
    name: "a baseline leaves alone what was begun",
    replacements: [{
      file: "planner/plan_baseline.ts",
      text: "for (const { id } of open) refuseUnfinished(byId.get(id));",
      by: "",
    }],
    focus: { migrations: "conditional" },
    schedules: 5_000,
    expected: /record went from (running|failed|held) to baselined/,
  },
  {
    name: "deletes of containers by identifier",
    replacements: [],
    focus: {
      ...{ migrations: "unconditional", plot: "plain" },
      deletesContainersByName: true,
      faults: { crashed: 0.05 },
    },
    schedules: 5_000,
    expected: /container/,
  },
  {
    name: "checkpoints bound to cycle and direction",
    replacements: [{
      file: "runner/checkpoint_ledger.ts",
      text: "return `checkpoint:${migrationId}:${cycle}:${direction}:${idSafe(step)}:`;",
      by: "void [cycle, direction];\n    return `checkpoint:${migrationId}:${idSafe(step)}:`;",
    }],
    focus: { migrations: "conditional" },
    schedules: 2_000,
    expected: DATA,
  },
  {
    name: "finished steps bound to cycle and direction",
    replacements: [{
      file: "runner/migration_progress.ts",
      text:
        "return step.key === key && step.direction === this.#direction && step.cycle === this.#record.cycle;",
      by: "return step.key === key;",
    }],
    schedules: 1_000,
    expected: DATA,
  },
  {
    name: "the check that the history is fresh",
    replacements: [{
      file: "history/read_history.ts",
      text: "if (isFresh(options.digest, records)) return records;",
      by: "return records;",
    }],
    focus: { consistency: "eventual" },
    schedules: 3_000,
    expected: /record went|sequence/,
  },
  {
    name: "steps in the digest of the records",
    replacements: [{
      file: "history/digest.ts",
      text: "progressed, checksums, steps]",
      by: "progressed, checksums]",
    }],
    focus: { consistency: "eventual", faults: { terminated: 0.05, stalenessMs: 3_000 } },
    schedules: 5_000,
    expected: /finished step/,
  },
  {
    name: "the intent",
    replacements: [{
      file: "runner/revert_migration.ts",
      text: "  }, { intent });\n",
      by: "  });\n",
    }],
    schedules: 1_000,
    expected: /record went from reverting to running/,
  },
  {
    name: "ambiguous answers resolved",
    replacements: [{
      file: "lock/lease.ts",
      text: "if (await this.#settleAmbiguous(attempt, reply.sinceSent)) return;\n          break;",
      by: "throw reply.error;",
    }],
    schedules: 2_000,
    expected: /finished step|record went|not the one that the lease/,
  },
  {
    name: "adopting the records after the lease was created anew",
    replacements: [{
      file: "lock/acquire.ts",
      text: "if (lease.state.provisional) await adoptRecords(lease, options);",
      by: "",
    }],
    focus: { consistency: "session" },
    schedules: 3_000,
    expected: /term|sequence|record went|history is not the one|not the one that the lease/,
  },
  {
    name: "the deadline counted from the sending of a renewal",
    replacements: [{
      file: "lock/lease.ts",
      text: "    this.#sinceConfirmed = sinceSent;\n    this.#parts.emit",
      by: "    this.#sinceConfirmed = startStopwatch(this.#parts.clock);\n    this.#parts.emit",
    }],
    focus: { migrations: "unconditional", isDuel: true, faults: { paused: 0.1, late: 0.1, pauseMs: 20_000 } },
    schedules: 3_000,
    expected: DATA,
  },
  {
    name: "the wall clock in the deadline, for a machine that was suspended",
    replacements: [{
      file: "lock/stopwatch.ts",
      text: "Math.max(clock.monotonicMs() - monotonicStartMs, clock.wallMs() - wallStartMs)",
      by: "clock.monotonicMs() - monotonicStartMs + 0 * wallStartMs",
    }],
    focus: { migrations: "unconditional", isDuel: true, faults: { suspended: 0.1, pauseMs: 30_000 } },
    schedules: 3_000,
    expected: DATA,
  },
  {
    name: "the lease looked for again before a beginning is refused",
    replacements: [{
      file: "runner/apply_pending.ts",
      text: "if (await readLease(context.connection.ledger, context) === undefined) throw error;",
      by: "throw error;",
    }],
    schedules: 1_000,
    expected: /no history says/,
  },
];
