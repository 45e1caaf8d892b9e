import { CosmigError, CosmosError } from "../base/errors.ts";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import { foldRanges } from "../bulk/fold_ranges.ts";
import type { WantedBaseline } from "../planner/plan_baseline.ts";
import type { RunContext } from "../runner/context.ts";
import { COSMIGRATOR_CONTAINER } from "../runner/ledger_setup.ts";

/**
 * Reads the history of Cosmigrator, one document a migration with `id`, `name`, `appliedAt` and `status`;
 * only reads. Migrations that this binary contains get their name and checksum from it.
 *
 * @returns in the order in which they were applied
 * @throws {CosmigError} with code `resource-missing` when there is no such container, `usage` when one of its
 * documents is not such a record
 */
export async function readCosmigratorHistory(context: RunContext): Promise<readonly WantedBaseline[]> {
  const { connection, registry } = context;
  const known = new Map(registry.map((entry) => [entry.id, entry]));
  const rows = await readAll(context).catch((error: unknown) => {
    if (!(error instanceof CosmosError) || error.status !== 404) throw error;
    throw new CosmigError(
      "resource-missing",
      `Cannot take over a history as the database "${connection.database.id}" has no container "${COSMIGRATOR_CONTAINER}"`,
      { cause: error, hint: 'Record what is applied already with "baseline ID"' },
    );
  });
  return rows.map(toWanted).map((wanted) => {
    const entry = known.get(wanted.id);
    if (entry === undefined || wanted.status === "reverted") return wanted;
    return { ...wanted, name: entry.name, checksum: entry.checksum };
  }).sort((left, right) => orderOf(left) < orderOf(right) ? -1 : 1);
}

async function readAll({ connection, ...context }: RunContext): Promise<readonly JsonObject[]> {
  const { totals } = await foldRanges(connection.database.container(COSMIGRATOR_CONTAINER), {
    ...context,
    query: "SELECT * FROM c",
    start: (): readonly JsonObject[] => [],
    add: (rows, row) => [...rows, row],
  });
  return totals.flat();
}

function toWanted(document: JsonObject): WantedBaseline {
  const { id, name, appliedAt, status } = withPlainNames(document);
  const at = new Date(typeof appliedAt === "string" ? appliedAt : NaN);
  const known = STATUSES[String(status).toLowerCase()];
  if (typeof id !== "string" || /[/\\?#]/.test(id) || Number.isNaN(at.getTime()) || known === undefined) {
    throw new CosmigError(
      "usage",
      `Cannot take over the history in "${COSMIGRATOR_CONTAINER}" as one of its documents is not a record of Cosmigrator: ` +
        `current value of its id is ${JSON.stringify(id)}`,
      { hint: 'A record has id, name, appliedAt and a status of "Applied" or "RolledBack"' },
    );
  }
  return {
    id,
    name: typeof name === "string" ? name : "",
    checksum: undefined,
    status: known,
    at: at.toISOString(),
  };
}

/** Names and numbers of its enumeration; serializers of .NET write either. */
const STATUSES: Readonly<Record<string, WantedBaseline["status"]>> = {
  applied: "baselined",
  "0": "baselined",
  rolledback: "reverted",
  "1": "reverted",
};

/** Serializers of .NET also differ in the case of names. */
function withPlainNames(document: JsonObject): JsonObject {
  if (!isJsonObject(document)) return {};
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  );
}

function orderOf({ at, id }: WantedBaseline): string {
  return `${at} ${id}`;
}
