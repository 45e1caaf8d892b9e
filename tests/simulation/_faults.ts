import type { SeededRandom } from "./_random.ts";

/** How badly the world behaves in one schedule. Probabilities are per request. */
export interface FaultProfile {
  /** On the way for up to a second. */
  readonly slow: number;
  /** On the way for as long as it may be late. */
  readonly late: number;
  /** How late a request that does no harm may take effect after it was allowed to be sent. */
  readonly latenessMs: number;
  /** The same for a write without a condition; the promises hold up to what settling covers. */
  readonly unconditionalLatenessMs: number;
  readonly requestLost: number;
  readonly answerLost: number;
  readonly throttled: number;
  /** The process stands still: before it asks whether it may send, after it, or before the answer. */
  readonly paused: number;
  /** The longest a process stands still. */
  readonly pauseMs: number;
  readonly suspended: number;
  readonly crashed: number;
  /** Crashed as it sends a write outside the ledger, which arrives as late as it may. For a focus: by chance it happens as well. */
  readonly crashedWriting: number;
  readonly terminated: number;
  readonly wallClockStepped: number;
  /** How old an answer to a read may be. */
  readonly stalenessMs: number;
}

/** The oldest answer to a read. */
export const MOST_STALENESS_MS = 3_000;

/** A world in which nothing fails. */
export const NO_FAULTS: FaultProfile = {
  slow: 0,
  late: 0,
  latenessMs: 0,
  unconditionalLatenessMs: 0,
  requestLost: 0,
  answerLost: 0,
  throttled: 0,
  paused: 0,
  pauseMs: 0,
  suspended: 0,
  crashed: 0,
  crashedWriting: 0,
  terminated: 0,
  wallClockStepped: 0,
  stalenessMs: 0,
};

/** Each kind of fault is there or not, so that some schedules show one of them alone. */
export function drawFaults(
  random: SeededRandom,
  options: Pick<FaultProfile, "latenessMs" | "unconditionalLatenessMs"> & { readonly leaseMs: number },
): FaultProfile {
  const some = (most: number) => random.chance(0.4) ? random.between(0, most) : 0;
  return {
    slow: some(0.1),
    late: some(0.08),
    latenessMs: options.latenessMs,
    unconditionalLatenessMs: options.unconditionalLatenessMs,
    requestLost: some(0.08),
    answerLost: some(0.08),
    throttled: some(0.1),
    paused: some(0.05),
    pauseMs: random.between(0.1, 4) * options.leaseMs,
    suspended: some(0.02),
    crashed: some(0.03),
    crashedWriting: 0,
    terminated: some(0.02),
    wallClockStepped: some(0.02),
    stalenessMs: random.chance(0.5) ? random.between(0, MOST_STALENESS_MS) : 0,
  };
}
