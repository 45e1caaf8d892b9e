import type { RunEvent } from "../../../lib/base/events.ts";

const HOLDER = { host: "pod-1", pid: 7, version: "0.1.0", command: "up", since: "2024-01-01T09:00:00.000Z" };
const MIGRATION = { id: "20240101_000001", name: "add_age" };
const STEP = { id: MIGRATION.id, step: "edit:Users:/age" };
const COST = { documents: { read: 295, changed: 290, skipped: 5 }, requestUnits: 1_234.5, durationMs: 3_210 };

/** A pass that has come so far. */
export function progressed(
  read: number,
  expected: number | undefined = 1_000,
): Extract<RunEvent, { type: "step-progressed" }> {
  return {
    type: "step-progressed",
    ...STEP,
    progress: {
      container: "Users",
      documents: { read, changed: read, skipped: 0 },
      expected,
      rangesDone: 1,
      rangesTotal: 4,
      requestUnits: read * 5,
      ruPerSecond: 400,
      documentsPerSecond: 200,
      throttled: 3,
    },
  };
}

export const WAITING: RunEvent = { type: "lease-waiting", holder: HOLDER, waitedMs: 12_000 };
export const STEP_STARTED: RunEvent = {
  type: "step-started",
  ...STEP,
  description: "Users: add /age = 0",
  position: 1,
  total: 2,
};

/** One event of each kind, as they could follow one another. */
export const ALL_EVENTS: readonly RunEvent[] = [
  { type: "warned", message: "mind the gap" },
  { type: "ledger-created", container: "__migrations", throughput: "400 RU/s" },
  WAITING,
  { type: "lease-waiting", holder: undefined, waitedMs: 15_000 },
  { type: "migrations-awaited", pending: ["20240101_000003"], holder: null, waitedMs: 0 },
  { type: "lease-acquired", term: 4, takenOverFrom: HOLDER },
  { type: "settling", waitMs: 20_000, reason: "the holder before was cut off" },
  { type: "intent-resumed", command: "rollback", ids: ["20240101_000003"] },
  { type: "migration-started", ...MIGRATION, direction: "up", position: 1, total: 2, resumed: false },
  STEP_STARTED,
  { type: "lease-renewed", term: 4 },
  progressed(130, 295),
  { type: "step-logged", ...STEP, message: "half way" },
  { type: "step-finished", ...STEP, outcome: "done", ...COST },
  { type: "step-finished", ...STEP, outcome: "skipped", ...COST },
  { type: "step-finished", ...STEP, outcome: "done-before", ...COST },
  { type: "migration-applied", ...MIGRATION, ...COST },
  { type: "migration-reverted", ...MIGRATION, ...COST },
  { type: "migration-failed", ...MIGRATION, message: "no such user", attempts: 2, maxAttempts: 5 },
  { type: "lease-released", term: 4, unsettled: false },
];
