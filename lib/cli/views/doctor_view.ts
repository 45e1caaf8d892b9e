import type { Check } from "../../maintenance/doctor/check.ts";
import { formatAmount } from "../../reporting/format.ts";
import type { Style } from "../../reporting/style.ts";
import { formatTable } from "../../reporting/table.ts";
import { withoutControls } from "../../reporting/text_width.ts";

/** The checks as lines; each hint below its check. */
export function describeChecks(checks: readonly Check[], style: Style): string[] {
  const marks = { ok: style.green, warning: style.yellow, failed: style.red, skipped: style.dim } as const;
  const { head, rows } = formatTable(
    [{ title: "CHECK" }, { title: "RESULT" }, { title: "WHAT WAS FOUND" }],
    checks.map(({ name, status, detail }) => [
      { text: name },
      { text: status, mark: marks[status] },
      { text: withoutControls(detail) },
    ]),
    style,
  );
  const lines = rows.flatMap((row, index) => {
    const hint = checks[index]?.hint;
    return hint === undefined ? [row] : [row, `  ${style.dim(withoutControls(hint))}`];
  });
  return [...head, ...lines, "", style.bold(summaryOf(checks))];
}

/** The checks as JSON. */
export function checksToJson(checks: readonly Check[]): object {
  return {
    version: 1,
    holds: checks.every(({ status }) => status !== "failed"),
    checks: checks.map(({ name, status, detail, hint }) => ({ name, status, detail, hint: hint ?? null })),
  };
}

function summaryOf(checks: readonly Check[]): string {
  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  const failed = count("failed");
  const warnings = count("warning");
  if (failed === 0 && warnings === 0) return "Everything is in place";
  return [
    ...(failed === 0 ? [] : [`${formatAmount(failed, "check")} failed`]),
    ...(warnings === 0 ? [] : [formatAmount(warnings, "warning")]),
  ].join(", ");
}
