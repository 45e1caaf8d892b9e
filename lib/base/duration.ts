const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION_REGEXP = /^(?:\d+(?:ms|[dhms]))+$/;
const PART_REGEXP = /(\d+)(ms|[dhms])/g;

/**
 * Reads a duration such as `30s`, `5m`, `1h30m` or `250ms`.
 *
 * @returns milliseconds, or `undefined` for anything else; a bare number is refused because its unit would be a guess
 */
export function parseDuration(text: string): number | undefined {
  if (!DURATION_REGEXP.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART_REGEXP)) {
    total += Number(amount) * UNITS[unit as keyof typeof UNITS];
  }
  return Number.isSafeInteger(total) ? total : undefined;
}

/** Writes a duration for people: `250ms`, `4.2s`, `3m 05s`, `2h 10m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(1))}s`;
  const seconds = Math.round(ms / 1_000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${pad(minutes)}m`;
  return `${minutes}m ${pad(seconds % 60)}s`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
