import { formatDuration } from "../../base/duration.ts";
import type { Check } from "./check.ts";

const SKEW_WARNING_MS = 60_000;
/** The service refuses signatures that are older or newer than this. */
const SKEW_LIMIT_MS = 15 * 60_000;

/** What a difference of the clocks means. */
export function checkClock(offsetMs: number | undefined): Check {
  if (offsetMs === undefined) {
    return { name: "clock", status: "skipped", detail: "the service did not say what time it is" };
  }
  const distanceMs = Math.abs(offsetMs);
  if (distanceMs < 2_000) {
    return { name: "clock", status: "ok", detail: "the clocks agree to within a second or two" };
  }
  const detail = `this machine is ${formatDuration(distanceMs)} ${offsetMs > 0 ? "behind" : "ahead"}`;
  const hint = "Set the clock of this machine: the service refuses what is signed more than 15 minutes apart";
  if (distanceMs < SKEW_WARNING_MS) return { name: "clock", status: "ok", detail };
  return { name: "clock", status: distanceMs < SKEW_LIMIT_MS ? "warning" : "failed", detail, hint };
}
