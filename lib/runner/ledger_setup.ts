import { ConflictError, CosmigError, CosmosError } from "../base/errors.ts";
import type { ContainerProperties, CosmosContainer } from "../cosmos/port.ts";
import type { RunContext } from "./context.ts";

/** The container that Cosmigrator keeps its history in. */
export const COSMIGRATOR_CONTAINER = "__MigrationHistory";
const LEDGER_PARTITION_KEY = "/scope";

/**
 * Looks whether a ledger may be begun here; changes nothing. To be called when no lease was found.
 *
 * @param options.init start a history on a database that already holds documents
 * @returns makes sure that the ledger's container exists
 * @throws {CosmigError} `ledger-unusable` for a container of that name with another partition key
 * @throws {ConflictError} `unknown-history` when the database holds documents that no history explains
 */
export async function prepareLedger(
  context: RunContext,
  options: { readonly init: boolean },
): Promise<() => Promise<void>> {
  const { connection, signal } = context;
  const existing = await connection.ledgerContainer({ signal });
  if (existing !== undefined) assertShape(existing);
  if (!options.init) await refuseUnknownHistory(context, existing?.id);
  return existing === undefined ? () => create(context) : () => Promise.resolve();
}

/** @throws {CosmigError} `resource-missing` when this credential may not create it */
async function create({ connection, signal, emit }: RunContext): Promise<void> {
  try {
    const created = await connection.createLedgerContainer({ signal, throughput: { kind: "none" } });
    assertShape(created);
    emit({
      type: "ledger-created",
      container: created.id,
      throughput: "the database's own, else the service's minimum of 400 RU/s",
    });
  } catch (error) {
    if (!(error instanceof CosmosError) || error.status !== 403) throw error;
    throw new CosmigError(
      "resource-missing",
      "Cannot create the ledger's container as this credential may not manage containers",
      {
        hint: error.hint,
        details: error.details,
        cause: error,
      },
    );
  }
}

/**
 * Refuses a history container that is none, for commands that only read and found nothing in it.
 *
 * @throws {CosmigError} `ledger-unusable`
 */
export async function refuseForeignContainer(
  { connection, signal }: Pick<RunContext, "connection" | "signal">,
): Promise<void> {
  const existing = await connection.ledgerContainer({ signal });
  if (existing !== undefined) assertShape(existing);
}

function assertShape(container: ContainerProperties): void {
  const paths = container.partitionKeyPaths;
  if (paths.length === 1 && paths[0] === LEDGER_PARTITION_KEY) return;
  throw new CosmigError(
    "ledger-unusable",
    `Cannot use the container "${container.id}" as the ledger as its partition key has to be ${LEDGER_PARTITION_KEY}: current value is ${
      paths.join(", ")
    }`,
    { hint: "Name another container with --history-container" },
  );
}

/** A history that is missing on a database with documents is more likely a mistake (a wrong scope, a deleted ledger) than a beginning. That of another tool explains most, so it is looked for first. */
async function refuseUnknownHistory(
  { connection, signal }: RunContext,
  ledgerId: string | undefined,
): Promise<void> {
  const others = (await connection.database.containers({ signal })).filter(({ id }) => id !== ledgerId)
    .sort((left, right) =>
      Number(right.id === COSMIGRATOR_CONTAINER) - Number(left.id === COSMIGRATOR_CONTAINER)
    );
  for (const { id } of others) {
    if (await isEmpty(connection.database.container(id), signal)) continue;
    const hint = id === COSMIGRATOR_CONTAINER
      ? 'Take Cosmigrator\'s history over with "baseline --from-cosmigrator"'
      : 'Is the scope or the history container another one? Else record what is applied already with "baseline ID", or start from nothing with "up --init"';
    throw new ConflictError(
      "unknown-history",
      `Cannot apply migrations as the container "${id}" holds documents, and no history says which migrations they have seen`,
      { hint, details: { container: id } },
    );
  }
}

async function isEmpty(container: CosmosContainer, signal: AbortSignal): Promise<boolean> {
  for (const range of await container.ranges({ signal })) {
    const page = await container.query({ range, query: "SELECT TOP 1 c.id FROM c", maxItems: 1, signal });
    if (page.rows.length > 0) return false;
  }
  return true;
}
