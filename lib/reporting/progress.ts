import { formatDuration } from "../base/duration.ts";
import type { PassProgress } from "../base/pass_progress.ts";
import { formatCount } from "./format.ts";
import { textWidth, truncate } from "./text_width.ts";

/** How far a pass is, in words: `44%, 130 of 295 documents, 200/s, 400 RU/s, about 2m 05s left`. */
export function formatProgress(progress: PassProgress): string {
  const { percent, count, rate, charge, left, throttled } = partsOf(progress);
  return [percent, `${count} documents`, rate, charge, left && `about ${left} left`, throttled]
    .filter((part) => part !== "").join(", ");
}

/**
 * How far a pass is, in at most `columns` columns: what matters less is left out first.
 *
 * @param options.barColumns columns that a bar may take where there is room
 */
export function formatProgressLine(
  progress: PassProgress,
  options: { readonly columns: number; readonly barColumns?: number },
): string {
  const { columns, barColumns = 20 } = options;
  const { percent, share, count, rate, charge, left, throttled } = partsOf(progress);
  const bar = share === undefined ? "" : `[${"=".repeat(Math.round(share * barColumns)).padEnd(barColumns)}]`;
  const eta = left && `${left} left`;
  const candidates = [
    [bar, percent, `${count} documents`, rate, charge, eta, throttled],
    [bar, percent, count, rate, charge, eta],
    [percent, count, rate, charge, eta],
    [percent, count, charge, eta],
    [percent, count, eta],
    [percent, count],
  ].map((parts) => parts.filter((part) => part !== "").join("  "));
  return candidates.find((line) => textWidth(line) <= columns) ?? truncate(candidates.at(-1) ?? "", columns);
}

function partsOf(
  progress: PassProgress,
) {
  const { documents, documentsPerSecond, ruPerSecond, throttled, rangesDone, rangesTotal } = progress;
  const total = totalOf(progress);
  const share = total === undefined ? undefined : total === 0 ? 1 : documents.read / total;
  const leftMs = total === undefined || documentsPerSecond <= 0
    ? undefined
    : (total - documents.read) / documentsPerSecond * 1_000;
  return {
    share,
    percent: share === undefined
      ? `range ${Math.min(rangesDone + 1, rangesTotal)}/${rangesTotal}`
      : `${Math.floor(share * 100)}%`,
    count: total === undefined
      ? formatCount(documents.read)
      : `${formatCount(documents.read)} of ${progress.isEstimated ? "about " : ""}${formatCount(total)}`,
    rate: documentsPerSecond > 0 ? `${formatCount(documentsPerSecond)}/s` : "",
    charge: ruPerSecond > 0 ? `${formatCount(ruPerSecond)} RU/s` : "",
    left: leftMs === undefined || leftMs < 1_000 ? "" : formatDuration(Math.round(leftMs / 1_000) * 1_000),
    throttled: throttled > 0 ? `${formatCount(throttled)}× throttled` : "",
  };
}

/** How many documents there are in all, as far as that can be told now. */
function totalOf({ expected, isEstimated = false, documents, rangesDone, rangesTotal }: PassProgress) {
  if (expected === undefined) return undefined;
  // What was counted was counted before the pass began; documents that came since must not give 101 %.
  if (!isEstimated) return Math.max(expected, documents.read);
  if (rangesDone === rangesTotal) return documents.read;
  // A projection that turned out to be too low tells nothing any more.
  return documents.read < expected ? withTwoDigits(expected) : undefined;
}

/** No more digits than a sample is good for. */
function withTwoDigits(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / unit) * unit;
}
