import { formatDuration } from "../../base/duration.ts";
import type { AuditEntry } from "../../history/audit.ts";
import type { MigrationRecord } from "../../definition/record.ts";
import { formatTime } from "../../base/format_time.ts";
import type { Style } from "../../reporting/style.ts";
import { auditToJson } from "./audit_view.ts";
import { formatTable } from "../../reporting/table.ts";

/** The records in the order of application, as lines. */
export function describeHistory(records: readonly MigrationRecord[], style: Style): string[] {
  if (records.length === 0) return ["The history is empty"];
  const rows = inOrder(records).map(({ sequence, id, name, status, cycle, startedAt, durationMs, by }) =>
    [
      String(sequence),
      id,
      name,
      status,
      String(cycle),
      formatTime(startedAt),
      durationMs === undefined ? "" : formatDuration(durationMs),
      by,
    ].map((text) => ({ text }))
  );
  const table = formatTable(
    [
      { title: "#", align: "right" },
      { title: "ID" },
      { title: "NAME", optional: true },
      { title: "STATUS" },
      { title: "CYCLE", align: "right", optional: true },
      { title: "STARTED (UTC)" },
      { title: "TOOK", align: "right", optional: true },
      { title: "BY" },
    ],
    rows,
    style,
  );
  return [...table.head, ...table.rows];
}

/** The records in the order of application and what was done by hand, as JSON. */
export function historyToJson(records: readonly MigrationRecord[], audit: readonly AuditEntry[]): object {
  return {
    version: 1,
    audit: auditToJson(audit),
    history: inOrder(records).map(
      (
        { sequence, id, name, status, cycle, startedAt, finishedAt = null, durationMs = null, by, checksums },
      ) => ({
        sequence,
        id,
        name,
        status,
        cycle,
        startedAt,
        finishedAt,
        durationMs,
        by,
        checksums,
      }),
    ),
  };
}

function inOrder(records: readonly MigrationRecord[]): MigrationRecord[] {
  return [...records].sort((left, right) => left.sequence - right.sequence);
}
