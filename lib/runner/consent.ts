import { ConflictError } from "../base/errors.ts";
import type { Operation } from "../definition/operation.ts";

/** What a user consented to. */
export interface Consent {
  readonly allowDestructive: boolean;
  readonly allowOffline: boolean;
}

/**
 * Refuses an operation that needs a consent which was not given.
 *
 * @throws {ConflictError} `refused`
 */
export function refuseWithoutConsent(
  operation: Operation,
  { id, action, consent }: {
    readonly id: string;
    readonly action: "apply" | "roll back";
    readonly consent: Consent;
  },
): void {
  const missing = operation.destructive && !consent.allowDestructive
    ? { flag: "--allow-destructive", why: "it deletes data that no rollback brings back" }
    : operation.offline && !consent.allowOffline
    ? { flag: "--allow-offline", why: "it needs all writers stopped" }
    : undefined;
  if (missing === undefined) return;
  throw new ConflictError(
    "refused",
    `Cannot ${action} "${id}" without consent as ${missing.why}: ${operation.description}`,
    {
      hint: `Nothing was changed. Consent with "${action === "apply" ? "up" : "rollback"} ${missing.flag}"`,
      details: { id, flag: missing.flag },
    },
  );
}
