import type { AuditEntry } from "../../history/audit.ts";
import { formatTime } from "../../base/format_time.ts";
import type { Style } from "../../reporting/style.ts";
import { formatTable } from "../../reporting/table.ts";
import { withoutControls } from "../../reporting/text_width.ts";

/** What was done to the history by hand, the oldest first, as lines; none when nothing was. */
export function describeAudit(entries: readonly AuditEntry[], style: Style): string[] {
  if (entries.length === 0) return [];
  const rows = entries.map(({ at, action, migrationId, term, by, reason }) =>
    [formatTime(at), action, migrationId ?? `lease of term ${term}`, by, reason ?? ""]
      .map((text) => ({ text: withoutControls(text) }))
  );
  const table = formatTable(
    [{ title: "AT (UTC)" }, { title: "BY HAND" }, { title: "WHAT" }, { title: "BY" }, { title: "REASON" }],
    rows,
    style,
  );
  return ["", ...table.head, ...table.rows];
}

/** What was done to the history by hand, the oldest first, as JSON. */
export function auditToJson(entries: readonly AuditEntry[]): readonly object[] {
  return entries.map(({ at, action, migrationId, by, reason, term, before }) => ({
    at,
    action,
    migration: migrationId ?? null,
    term,
    by,
    reason: reason ?? null,
    before,
  }));
}
