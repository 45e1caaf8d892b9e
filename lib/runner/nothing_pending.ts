import { newestEntry, saysDone } from "../history/digest.ts";
import type { LeaseState } from "../lock/lease_document.ts";
import type { UpPlan, UpPolicy } from "../planner/plan_up.ts";
import type { RunContext } from "./context.ts";
import type { RunReport } from "./report.ts";

/** Whether the lease alone says that everything that is asked for is applied. */
export function isDone({ holder, payload }: LeaseState, context: RunContext, policy: UpPolicy): boolean {
  if (policy.ahead === "refuse" || payload.intent !== null || !(holder === null || holder.command === "up")) {
    return false;
  }
  const asked = askedBy(context.registry, policy);
  const newest = newestEntry(asked);
  return newest !== undefined && saysDone(payload.digest, newest);
}

/** Everything up to the last migration that is asked for, since the digest is over all before it. */
function askedBy(registry: RunContext["registry"], { to, phase }: UpPolicy): RunContext["registry"] {
  const last = registry.findLast(({ id, migration }) =>
    (to === undefined || id <= to) &&
    (phase === undefined || migration.phase === undefined || migration.phase === phase)
  );
  return last === undefined ? [] : registry.filter(({ id }) => id <= last.id);
}

/** The report of a run that had nothing to do. */
export function nothingPending(plan: UpPlan | undefined): RunReport {
  return {
    command: "up",
    finished: [],
    notExecuted: [],
    ahead: plan?.ahead ?? [],
    drifted: plan?.drifted ?? [],
    warnings: [],
  };
}
