import { CosmosError, messageOf } from "../base/errors.ts";
import { isJsonObject, type JsonValue } from "../base/json.ts";
import type { Migration } from "../definition/migration.ts";
import type { PendingMigration } from "../planner/plan_up.ts";
import type { ReadContext } from "./context.ts";

/** The containers that a migration reads or changes. */
export function containersOf({ up, down = [] }: Migration): readonly string[] {
  return [...new Set([...up, ...down].flatMap(({ containers }) => containers))].sort();
}

/**
 * Looks for other scopes of the same ledger whose migrations name the containers that are to be changed: scopes do not exclude each other. Two requests, and
 * one more for each further physical partition of the ledger; none when nothing is pending.
 *
 * @returns a warning for each such scope
 */
export async function warnOfOtherScopes(
  context: ReadContext,
  pending: readonly PendingMigration[],
): Promise<readonly string[]> {
  const wanted = new Set(pending.flatMap(({ entry }) => containersOf(entry.migration)));
  if (wanted.size === 0) return [];
  try {
    const shared = new Map<string, Set<string>>();
    for (const { scope, containers } of await readOtherScopes(context)) {
      for (const container of containers.filter((id) => wanted.has(id))) {
        shared.set(scope, (shared.get(scope) ?? new Set()).add(container));
      }
    }
    return [...shared].sort(([left], [right]) => left < right ? -1 : 1).map(([scope, containers]) =>
      `Migrations of the scope "${scope}" name ${
        [...containers].sort().map((id) => `"${id}"`).join(", ")
      } as well. Scopes do not exclude each other: let a container belong to one of them, or never run both at a time`
    );
  } catch (error) {
    if (!(error instanceof CosmosError)) throw error;
    // Without a ledger there is no other scope either.
    if (error.status === 404) return [];
    return [`Whether another scope works on the same containers could not be found out: ${messageOf(error)}`];
  }
}

interface ScopedContainers {
  readonly scope: string;
  readonly containers: readonly string[];
}

async function readOtherScopes(
  { connection: { database, ledgerContainerId, scope }, signal }: ReadContext,
): Promise<readonly ScopedContainers[]> {
  const ledger = database.container(ledgerContainerId);
  const found: ScopedContainers[] = [];
  for (const range of await ledger.ranges({ signal })) {
    let continuation: string | undefined;
    do {
      const page = await ledger.query({
        ...{ range, continuation, signal, maxItems: 1_000 },
        query:
          'SELECT c.scope, c.containers FROM c WHERE c.type = "migration" AND c.scope != @scope AND c.status != "reverted"',
        parameters: { scope },
      });
      found.push(...page.rows.map(toScope).filter((row) => row !== undefined));
      continuation = page.continuation;
    } while (continuation !== undefined);
  }
  return found;
}

function toScope(row: JsonValue): ScopedContainers | undefined {
  if (!isJsonObject(row) || typeof row["scope"] !== "string" || !Array.isArray(row["containers"])) {
    return undefined;
  }
  return { scope: row["scope"], containers: row["containers"].filter((id) => typeof id === "string") };
}
