import * as z from "zod";

/** ISO 8601, UTC. */
export const TIME = z.iso.datetime();
export const COUNT = z.int().min(0);
/** Request units. */
export const CHARGE = z.number().min(0);
export const MIGRATION_ID = z.string().describe("id of a migration");

export const DOCUMENTS = z.strictObject({
  read: COUNT,
  changed: COUNT,
  skipped: COUNT.describe("left as they were, as they did not need the change"),
}).describe("how many documents were looked at and what became of them");

export const FINISHED = z.strictObject({
  id: MIGRATION_ID,
  name: z.string(),
  documents: DOCUMENTS,
  requestUnits: CHARGE,
  durationMs: z.number().min(0),
});

const HOLDER = z.strictObject({
  host: z.string(),
  pid: z.int(),
  version: z.string().describe("version of the tool"),
  command: z.string(),
  since: z.string().describe("ISO 8601, by the holder's clock"),
});

/** The lease; `null` where there is none yet. */
export const LEASE = z.strictObject({
  holder: HOLDER.nullable().describe("null when nobody holds it"),
  term: COUNT.describe("grows with each holder"),
  revision: COUNT,
  durationMs: z.number(),
  renewedAt: z.string(),
  writtenAt: TIME.describe("by the service's clock"),
  unsettled: z.union([z.literal(false), z.enum(["unanswered", "forced"])]),
  region: z.string(),
  intent: z.unknown().describe("what the next holder completes first; null for nothing"),
  format: z.int(),
}).nullable();

const STEP = z.strictObject({
  key: z.string(),
  kind: z.string(),
  direction: z.enum(["up", "down"]),
  status: z.enum(["running", "done", "skipped"]),
  documents: DOCUMENTS,
  requestUnits: CHARGE,
});

const RECORD = z.strictObject({
  status: z.enum(["running", "applied", "failed", "reverting", "reverted", "held", "baselined"]),
  sequence: COUNT.describe("position in the order of application"),
  cycle: COUNT,
  attempts: COUNT.describe("failed ones since the last success"),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  durationMs: z.number().nullable(),
  documents: DOCUMENTS,
  requestUnits: CHARGE,
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  by: z.string().describe("host and process"),
  checksums: z.array(z.string()).describe("all that were accepted; empty for what another tool has applied"),
  steps: z.array(STEP),
});

const STATES = ["applied", "baselined", "pending", "running", "interrupted", "failed", "held"] as const;

/** One migration, seen from this binary. */
export const MIGRATION_STATUS = z.strictObject({
  id: MIGRATION_ID,
  name: z.string(),
  state: z.enum(STATES),
  ahead: z.boolean().describe("the history knows it, this binary does not"),
  drifted: z.boolean().describe("changed after it was applied"),
  record: RECORD.nullable().describe("null when it was never begun"),
});

export const STATE_COUNTS = z.strictObject(
  Object.fromEntries([...STATES, "ahead", "drifted"].map((state) => [state, COUNT])) as Record<
    typeof STATES[number] | "ahead" | "drifted",
    typeof COUNT
  >,
);

export const CHANGES = z.strictObject({
  total: COUNT,
  shown: z.array(z.strictObject({
    container: z.string(),
    id: z.string().nullable().describe("of the document; null for the container itself"),
    kind: z.enum(["created", "changed", "deleted"]),
    changes: z.array(z.strictObject({
      path: z.string().describe("JSON Pointer"),
      before: z.strictObject({ value: z.unknown() }).nullable().describe("null for no value"),
      after: z.strictObject({ value: z.unknown() }).nullable().describe("null for no value"),
    })),
  })).describe("at most 100"),
});

export const COST = z.strictObject({ documents: COUNT, requestUnits: CHARGE });
