import { addCounts, NO_DOCUMENTS } from "../../base/document_counts.ts";
import { formatAmount, formatCost } from "../../reporting/format.ts";
import type { RunReport } from "../../runner/report.ts";
import type { CommandContext } from "../command.ts";

/** Prints what a run did: warnings with the logs, the summary as the result. */
export function printReport({ output }: CommandContext, report: RunReport): void {
  for (const warning of warningsOf(report)) output.warn(warning);
  output.endEvents();
  if (output.format === "json") {
    output.text(JSON.stringify({ version: 1, ...report }));
    return;
  }
  output.result(output.style.bold(summaryOf(report)));
}

function summaryOf({ command, finished }: RunReport): string {
  if (finished.length === 0) return command === "up" ? "Nothing pending" : "Nothing to roll back";
  const cost = {
    documents: finished.reduce((sum, { documents }) => addCounts(sum, documents), NO_DOCUMENTS),
    requestUnits: finished.reduce((sum, { requestUnits }) => sum + requestUnits, 0),
    durationMs: finished.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
  const verb = command === "up" ? "Applied" : "Rolled back";
  return `${verb} ${formatAmount(finished.length, "migration")}: ${formatCost(cost)}`;
}

function warningsOf({ warnings, ahead, drifted }: RunReport): string[] {
  return [
    ...warnings,
    ...(ahead.length === 0 ? [] : [`The database is ahead of this binary by ${ahead.join(", ")}`]),
    ...(drifted.length === 0 ? [] : [`Changed after they were applied: ${drifted.join(", ")}`]),
  ];
}
