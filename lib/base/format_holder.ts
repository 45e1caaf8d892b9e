import type { HolderFacts } from "./events.ts";
import { formatTime } from "./format_time.ts";

/** Who holds a lease: `host pod-1, process 7, up, since 2024-01-01 09:00:05 UTC`. */
export function formatHolder({ host, pid, command, since }: HolderFacts): string {
  return `host ${host}, process ${pid}, ${command}, since ${formatTime(since)} UTC`;
}
