import { ConflictError, CosmosError } from "../base/errors.ts";
import { handlerOf } from "../operations/registry.ts";
import type { PendingMigration } from "../planner/plan_up.ts";
import type { ReadContext } from "./context.ts";

/** What a user consented to. */
export interface Consent {
  readonly allowDestructive: boolean;
  readonly allowOffline: boolean;
}

/**
 * Refuses a plan before any of it runs: what needs a consent that was not given, and what can't work as it is written.
 *
 * @throws {ConflictError} `refused`
 * @throws {CosmigError} with code `operation-refused`
 */
export async function refuseOperations(
  context: ReadContext,
  pending: readonly PendingMigration[],
  consent: Consent,
): Promise<void> {
  for (const { entry } of pending) {
    for (const operation of entry.migration.up) {
      const missing = operation.destructive && !consent.allowDestructive
        ? { flag: "--allow-destructive", why: "it deletes data that no rollback brings back" }
        : operation.offline && !consent.allowOffline
        ? { flag: "--allow-offline", why: "it needs all writers stopped" }
        : undefined;
      if (missing !== undefined) {
        throw new ConflictError(
          "refused",
          `Cannot apply "${entry.id}" without consent as ${missing.why}: ${operation.description}`,
          {
            hint: `Consent with ${missing.flag}`,
            details: { id: entry.id, flag: missing.flag },
          },
        );
      }
      try {
        await handlerOf(operation).estimate(operation, {
          database: context.connection.database,
          signal: context.signal,
          count: "none",
        });
      } catch (error) {
        // What an earlier migration of the same plan will create can't be looked at yet.
        if (!(error instanceof CosmosError && error.status === 404)) throw error;
      }
    }
  }
}
