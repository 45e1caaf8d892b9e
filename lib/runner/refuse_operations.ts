import { RuBudget } from "../bulk/ru_budget.ts";
import { CosmigError, CosmosError } from "../base/errors.ts";
import type { Operation } from "../definition/operation.ts";
import type { StepRecord } from "../definition/record.ts";
import type { RegistryEntry } from "../definition/registry.ts";
import { handlerOf } from "../operations/registry.ts";
import type { PendingMigration } from "../planner/plan_up.ts";
import { type Consent, refuseWithoutConsent } from "./consent.ts";
import type { RunContext } from "./context.ts";
import { stepsAtStart } from "./steps_at_start.ts";

/** Operations that make a container which need not be there before. */
const CREATING_KINDS: ReadonlySet<string> = new Set(["createContainer", "copyContainer"]);

/**
 * Refuses a plan before any of it runs: what needs a consent that was not given, what can't work as it is written, and what lacks its container.
 *
 * @throws {ConflictError} `refused`
 * @throws {CosmigError} with code `operation-refused`, or `resource-missing` for a container
 */
export async function refuseOperations(
  context: RunContext,
  pending: readonly PendingMigration[],
  consent: Consent,
): Promise<void> {
  if (pending.length === 0) return;
  const { connection, signal } = context;
  const budget = new RuBudget(context);
  const existing = new Set((await connection.database.containers({ signal })).map(({ id }) => id));
  for (const migration of pending) {
    const { entry } = migration;
    const begun = begunSteps(migration);
    for (const operation of entry.migration.up) {
      refuseLedger(operation, { entry, ledger: connection.ledgerContainerId });
      refuseWithoutConsent(operation, { id: entry.id, action: "apply", consent });
      const status = begun.get(operation.step);
      // What was begun judges by what it noted. It may have dropped its container, or not have made it yet, and ends with it in place.
      if (status === "running") operation.containers.forEach((id) => existing.add(id));
      if (status !== undefined) continue;
      const missing = operation.containers.filter((id) => !existing.has(id));
      if (CREATING_KINDS.has(operation.kind)) operation.containers.forEach((id) => existing.add(id));
      else if (missing.length > 0 && !operation.ifContainerExists) {
        throw missingContainer(missing[0]!, { entry, operation });
      }
      await refuseUnworkable(operation, { ...context, budget });
    }
  }
}

/** How far the steps have come that are finished, or have noted what they found. */
function begunSteps(pending: PendingMigration): ReadonlyMap<string, StepRecord["status"]> {
  const begun = stepsAtStart(pending).filter(({ status, captured, direction }) =>
    direction === "up" && (status !== "running" || captured !== undefined)
  );
  return new Map(begun.map(({ key, status }) => [key, status]));
}

/** The ledger is written through the fence alone. */
function refuseLedger(
  operation: Operation,
  { entry, ledger }: { readonly entry: RegistryEntry; readonly ledger: string },
): void {
  if (!operation.containers.includes(ledger)) return;
  throw new CosmigError(
    "operation-refused",
    `Cannot apply "${entry.id}" as the container "${ledger}" holds the history itself: ${operation.description}`,
    { details: { id: entry.id, container: ledger } },
  );
}

async function refuseUnworkable(
  operation: Operation,
  { connection: { database }, clock, random, signal, budget }: RunContext & { readonly budget: RuBudget },
): Promise<void> {
  try {
    const handler = handlerOf(operation);
    await handler.estimate(operation, { database, clock, random, signal, budget, count: "none" });
  } catch (error) {
    // What an earlier operation of the same plan will create can't be looked at yet.
    if (error instanceof CosmosError && error.status === 404) return;
    if (error instanceof CosmigError && error.code === "resource-missing") return;
    throw error;
  }
}

function missingContainer(
  container: string,
  { entry, operation }: { readonly entry: RegistryEntry; readonly operation: Operation },
): CosmigError {
  return new CosmigError(
    "resource-missing",
    `Cannot apply "${entry.id}" as the container "${container}" does not exist: ${operation.description}`,
    {
      hint:
        `Create it with createContainer in an earlier operation, or with: az cosmosdb sql container create ` +
        `--account-name <account> --resource-group <resource group> --database-name <database> --name ${container} ` +
        `--partition-key-path <path>; or set ifContainerExists: true`,
      details: { id: entry.id, container },
    },
  );
}
