import { readLease } from "../history/read_history.ts";
import { refuseUnknownTarget } from "../planner/plan_up.ts";
import type { UpOptions } from "./apply_pending.ts";
import type { RunContext } from "./context.ts";
import { isDone, nothingPending } from "./nothing_pending.ts";
import type { RunReport } from "./report.ts";

export type { UpOptions } from "./apply_pending.ts";

/**
 * Applies what is pending. With nothing pending it reads one document and neither writes nor takes the lease.
 *
 * @returns what was applied
 * @throws {ConflictError} when a person has to decide; nothing was changed
 * @throws {RunFailedError} when a migration failed; what was finished before is recorded, the next run resumes
 * @throws {LeaseHeldError} when another process held the lease for too long
 * @throws {LeaseLostError} when the lease was lost; the next run resumes
 */
export async function runUp(context: RunContext, options: UpOptions): Promise<RunReport> {
  refuseUnknownTarget(context.registry, options.policy.to);
  // (1) Most starts end here, with one point read.
  const lease = await readLease(context.connection.ledger, context);
  if (lease !== undefined && isDone(lease.state, context, options.policy)) return nothingPending(undefined);
  // Whatever else there is to do takes longer than to load it.
  const { applyPending } = await import("./apply_pending.ts");
  return await applyPending(context, { ...options, lease });
}
