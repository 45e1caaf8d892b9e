import type { Clock } from "../base/clock.ts";

/**
 * Starts to measure. The returned function gives the milliseconds since: the larger of what the monotonic and the wall clock say, because
 * the first stands still while a machine is suspended and the second may be set back. Errs towards "longer", which is the safe side for a holder.
 */
export function startStopwatch(clock: Clock): () => number {
  const monotonicStartMs = clock.monotonicMs();
  const wallStartMs = clock.wallMs();
  return () => Math.max(clock.monotonicMs() - monotonicStartMs, clock.wallMs() - wallStartMs);
}
