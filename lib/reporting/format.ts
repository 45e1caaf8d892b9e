import type { DocumentCounts } from "../base/document_counts.ts";
import { formatDuration } from "../base/duration.ts";

/** A whole number with its thousands apart: `1 234 567`. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ");
}

/** Request units: one decimal below 100, none above. */
export function formatRequestUnits(value: number): string {
  return value < 100 ? Number(value.toFixed(1)).toString() : formatCount(value);
}

/** `1 document`, `2 documents`. */
export function formatAmount(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** What finished work has cost: `295 documents changed, 1 234 RU, 3.2s`. */
export function formatCost(
  cost: { readonly documents: DocumentCounts; readonly requestUnits: number; readonly durationMs: number },
): string {
  const { changed, skipped } = cost.documents;
  const documents = changed + skipped > 0 ? [`${formatAmount(changed, "document")} changed`] : [];
  const kept = skipped > 0 ? [`${formatCount(skipped)} left as they were`] : [];
  const charge = `${formatRequestUnits(cost.requestUnits)} RU`;
  return [...documents, ...kept, charge, formatDuration(cost.durationMs)].join(", ");
}
