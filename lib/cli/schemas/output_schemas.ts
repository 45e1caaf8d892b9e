/**
 * The shape of everything that the tool prints for programs. `deno task schemas` writes it to `docs/schemas`
 * as JSON Schema; tests hold it against what the commands really print. Not loaded by the commands
 * themselves.
 *
 * Within a version members may be added; one that changes its meaning, or goes, is a new version.
 *
 * @module
 */
import * as z from "zod";
import { CHECKS } from "../../maintenance/doctor/check.ts";
import {
  CHANGES,
  CHARGE,
  COST,
  COUNT,
  DOCUMENTS,
  FINISHED,
  LEASE,
  MIGRATION_ID,
  MIGRATION_STATUS,
  STATE_COUNTS,
  TIME,
} from "./parts.ts";

const VERSION = z.literal(1).describe("of this shape");
const REVERSIBILITY = z.enum(["exact", "by-value", "none", "own-down"]).describe("how well it undoes");

/** One kind of output. */
export interface OutputSchema {
  /** What prints it. */
  readonly command: string;
  readonly schema: z.ZodType;
}

/** Every output, by the name of its file in `docs/schemas`. */
export const OUTPUT_SCHEMAS = {
  "status": {
    command: "status --json",
    schema: z.strictObject({
      version: VERSION,
      lease: LEASE,
      counts: STATE_COUNTS,
      migrations: z.array(MIGRATION_STATUS).describe("in the order of their ids"),
    }),
  },
  "status-migration": {
    command: "status ID --json",
    schema: z.strictObject({
      version: VERSION,
      migration: MIGRATION_STATUS,
      progress: z.array(z.strictObject({
        step: z.string().describe("key of a step that is not finished"),
        ranges: COUNT.describe("that were begun"),
        rangesDone: COUNT,
        documents: DOCUMENTS,
        requestUnits: CHARGE,
      })).describe("what the checkpoints say; the record counts finished steps"),
    }),
  },
  "status-history": {
    command: "status --history --json",
    schema: z.strictObject({
      version: VERSION,
      history: z.array(z.strictObject({
        sequence: COUNT,
        id: MIGRATION_ID,
        name: z.string(),
        status: z.string(),
        cycle: COUNT,
        startedAt: z.string(),
        finishedAt: z.string().nullable(),
        durationMs: z.number().nullable(),
        by: z.string(),
        checksums: z.array(z.string()),
      })).describe("in the order of application"),
      audit: z.array(z.strictObject({
        at: z.string(),
        action: z.string(),
        migration: z.string().nullable().describe("null for the lease"),
        term: COUNT,
        by: z.string(),
        reason: z.string().nullable(),
        before: z.record(z.string(), z.unknown()),
      })).describe("what was done by hand, the oldest first"),
    }),
  },
  "list": {
    command: "list --json",
    schema: z.strictObject({
      version: VERSION,
      digest: z.string().describe("over all migrations of this binary"),
      migrations: z.array(z.strictObject({
        id: MIGRATION_ID,
        name: z.string(),
        checksum: z.string(),
        description: z.string(),
        phase: z.enum(["expand", "contract"]).nullable(),
        operations: z.array(
          z.strictObject({ kind: z.string(), step: z.string(), description: z.string() }),
        ),
      })),
    }),
  },
  "plan": {
    command: "plan --json",
    schema: z.strictObject({
      version: VERSION,
      pending: z.array(z.strictObject({
        id: MIGRATION_ID,
        name: z.string(),
        description: z.string(),
        start: z.enum(["fresh", "resume", "fix-forward"]),
        failedAttempts: COUNT,
        reversibility: REVERSIBILITY,
        operations: z.array(z.strictObject({
          kind: z.string(),
          step: z.string(),
          description: z.string(),
          containers: z.array(z.string()),
          reversibility: z.enum(["exact", "by-value", "none"]),
          destructive: z.boolean().describe("needs --allow-destructive"),
          offline: z.boolean().describe("needs --allow-offline"),
          finished: z.boolean().describe("an earlier run did it, and it is not done again"),
          documents: COUNT.nullable().describe("null when it is not known"),
          requestUnits: CHARGE.nullable().describe("null when it is not known"),
          seconds: COUNT.nullable().describe(
            "at the least, with all request units that are provisioned or that --ru-limit allows; null when it is not known",
          ),
          notes: z.array(z.string()),
        })),
      })),
      ahead: z.array(MIGRATION_ID),
      drifted: z.array(MIGRATION_ID),
      warnings: z.array(z.string()),
    }),
  },
  "verify": {
    command: "verify --json",
    schema: z.strictObject({
      version: VERSION,
      holds: z.boolean(),
      findings: z.array(z.strictObject({
        kind: z.enum(["drift", "gap", "missing", "failed", "ledger", "documents"]),
        id: MIGRATION_ID.nullable(),
        message: z.string(),
        hint: z.string(),
      })),
      notes: z.array(z.string()),
      migrations: COUNT.describe("compared"),
      operations: z.strictObject({ checked: COUNT, superseded: COUNT }).nullable().describe(
        "null without --documents",
      ),
    }),
  },
  "lock-show": {
    command: "lock show --json",
    schema: z.strictObject({ version: VERSION, lease: LEASE }),
  },
  "doctor": {
    command: "doctor --json",
    schema: z.strictObject({
      version: VERSION,
      holds: z.boolean(),
      checks: z.array(z.strictObject({
        name: z.enum(CHECKS),
        status: z.enum(["ok", "warning", "failed", "skipped"]),
        detail: z.string(),
        hint: z.string().nullable(),
      })),
    }),
  },
  "rehearse": {
    command: "rehearse --json",
    schema: z.strictObject({
      version: VERSION,
      holds: z.boolean(),
      findings: z.array(z.string()),
      migrations: z.array(z.strictObject({
        id: MIGRATION_ID,
        name: z.string(),
        description: z.string(),
        claim: REVERSIBILITY,
        up: COST,
        changes: CHANGES,
        down: z.strictObject({
          kind: z.enum(["none", "not-reached", "failed", "undone"]),
          holds: z.boolean().nullable(),
          cost: COST.nullable(),
          message: z.string().nullable(),
          differences: CHANGES.nullable().describe("what is not as it was before the migration"),
        }),
        again: CHANGES.nullable().describe("how the second way up ended differently from the first"),
      })),
    }),
  },
  "repair-list": {
    command: "repair --json",
    schema: z.strictObject({
      version: VERSION,
      repairs: z.array(z.strictObject({
        id: MIGRATION_ID,
        name: z.string(),
        problem: z.string(),
        choices: z.array(z.enum(["accept-checksum", "retry", "mark-applied", "release"])),
      })),
    }),
  },
  "repair": {
    command: "repair --retry ID --json",
    schema: z.strictObject({
      version: VERSION,
      kind: z.enum(["accept-checksum", "retry", "mark-applied", "release"]),
      repaired: z.array(MIGRATION_ID),
    }),
  },
  "version": {
    command: "version --json",
    schema: z.strictObject({
      version: VERSION,
      name: z.string(),
      programVersion: z.string(),
      toolVersion: z.string(),
      commit: z.string().nullable(),
      runtime: z.strictObject({ name: z.enum(["deno", "node"]), version: z.string() }),
      target: z.string(),
      migrations: z.strictObject({ count: COUNT, digest: z.string() }),
    }),
  },
  "run": {
    command: "up --log-format json",
    schema: z.strictObject({
      version: VERSION,
      command: z.enum(["up", "rollback"]),
      finished: z.array(FINISHED).describe("applied or rolled back, in order"),
      notExecuted: z.array(MIGRATION_ID),
      ahead: z.array(MIGRATION_ID),
      drifted: z.array(MIGRATION_ID),
      warnings: z.array(z.string()),
    }),
  },
  "baseline": {
    command: "baseline ID --log-format json",
    schema: z.strictObject({
      version: VERSION,
      command: z.literal("baseline"),
      recorded: z.array(z.strictObject({
        id: MIGRATION_ID,
        name: z.string(),
        status: z.enum(["baselined", "reverted"]),
        at: TIME,
      })),
      kept: z.array(MIGRATION_ID).describe("known already"),
    }),
  },
  "log-line": {
    command: "--log-format json, each line of stderr",
    schema: z.looseObject({
      time: TIME,
      level: z.enum(["debug", "info", "warning", "error"]),
      text: z.string().describe("for people; its wording may change"),
      type: z.string().describe("what happened; the other members depend on it"),
    }),
  },
  "termination": {
    command: "the termination message of a pod",
    schema: z.strictObject({
      command: z.string(),
      exitCode: z.int(),
      outcome: z.enum(["done", "failed"]),
      finished: z.array(MIGRATION_ID).optional(),
      finishedCount: COUNT.optional().describe("where the list of ids was shortened"),
      failed: MIGRATION_ID.optional(),
      code: z.string().optional(),
      message: z.string().optional(),
      hint: z.string().optional(),
      next: z.string().optional(),
    }),
  },
} as const satisfies Readonly<Record<string, OutputSchema>>;

/** An output as JSON Schema. It does not refuse members that a later version of the tool adds. */
export function toJsonSchema(name: string, { command, schema }: OutputSchema): object {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:cosmig:${name}:1`,
    title: command,
    ...z.toJSONSchema(schema, {
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }),
  };
}
