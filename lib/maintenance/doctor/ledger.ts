import type { CosmosConnection } from "../../cosmos/port.ts";
import type { MigrationRecord } from "../../definition/record.ts";
import type { ObservedLease } from "../../lock/lease_document.ts";
import { readSnapshot } from "../../runner/snapshot.ts";
import type { ReadContext } from "../../runner/context.ts";
import { type Check, failedBy, type Surroundings } from "./check.ts";

/** What was found of the ledger. */
export interface LedgerChecks {
  readonly checks: readonly Check[];
  /** `undefined` when they could not be read. */
  readonly records: readonly MigrationRecord[] | undefined;
}

/** Looks at the ledger's container, reads what is in it, and what it says about fencing. */
export async function checkLedger(
  context: ReadContext & {
    readonly surroundings: Surroundings;
    /** Ids of the containers that exist. */
    readonly existing: readonly string[];
  },
): Promise<LedgerChecks> {
  const { connection, signal, surroundings, existing } = context;
  try {
    const container = await connection.ledgerContainer({ signal });
    if (container === undefined) {
      return {
        records: [],
        checks: [missing(surroundings), await permissionsWithout(context, existing[0]), FENCING_LATER],
      };
    }
    const paths = container.partitionKeyPaths.join(", ");
    if (paths !== "/scope") return { records: undefined, checks: [wrongShape(container.id, paths)] };
  } catch (error) {
    signal.throwIfAborted();
    return { records: undefined, checks: [failedBy("ledger", error)] };
  }
  try {
    const { lease, records } = await readSnapshot(context);
    return { records, checks: [describe(lease, records), PERMISSIONS, fencing(lease, connection)] };
  } catch (error) {
    signal.throwIfAborted();
    return {
      records: undefined,
      checks: [
        { name: "ledger", status: "ok", detail: `"${surroundings.historyContainer}" exists` },
        failedBy("permissions", error),
      ],
    };
  }
}

const PERMISSIONS: Check = {
  name: "permissions",
  status: "ok",
  detail: "containers and documents can be read; writing is not tried",
};

/** Without a ledger, whether documents can be read is tried in another container. */
async function permissionsWithout(
  { connection, signal }: ReadContext,
  containerId: string | undefined,
): Promise<Check> {
  if (containerId === undefined) return PERMISSIONS_OF_NOTHING;
  try {
    const container = connection.database.container(containerId);
    const [range] = await container.ranges({ signal });
    if (range !== undefined) {
      await container.query({ range, query: "SELECT TOP 1 c.id FROM c", maxItems: 1, signal });
    }
    return PERMISSIONS;
  } catch (error) {
    signal.throwIfAborted();
    return failedBy("permissions", error);
  }
}

const PERMISSIONS_OF_NOTHING: Check = {
  ...PERMISSIONS,
  detail: "containers can be read; writing is not tried",
};
const FENCING_LATER: Check = {
  name: "fencing",
  status: "ok",
  detail: "is tried when the lease is first taken",
};

function missing({ historyContainer, credential }: Surroundings): Check {
  const common = { name: "ledger", detail: `"${historyContainer}" does not exist yet` } as const;
  if (credential === "key") {
    return { ...common, status: "ok", detail: `${common.detail}; the first "up" creates it` };
  }
  return {
    ...common,
    status: "warning",
    hint:
      `Microsoft Entra ID cannot create it on the data plane; create it with: az cosmosdb sql container create --name ${historyContainer} --partition-key-path /scope --ttl -1`,
  };
}

function wrongShape(id: string, paths: string): Check {
  return {
    name: "ledger",
    status: "failed",
    detail: `the partition key of "${id}" has to be /scope: current value is ${paths}`,
    hint: "Name another container with --history-container",
  };
}

function describe(lease: ObservedLease | undefined, records: readonly MigrationRecord[]): Check {
  const holder = lease?.state.holder;
  const who = holder ? `the lease is held by ${holder.host}, process ${holder.pid}` : "the lease is free";
  return {
    name: "ledger",
    status: "ok",
    detail: `${records.length} record${records.length === 1 ? "" : "s"}, ${who}`,
  };
}

/**
 * Whether conditions in a transaction are heeded can only be tried with a write; what the first holder found
 * is noted in the lease.
 */
function fencing(lease: ObservedLease | undefined, { account }: CosmosConnection): Check {
  if (lease === undefined) return FENCING_LATER;
  const { fenceProven, region } = lease.state;
  if (region !== "" && region !== account.writeRegion) {
    return {
      name: "fencing",
      status: "warning",
      detail: `the lease was last written in ${region}, and ${account.writeRegion} takes writes now`,
      hint:
        "After a failover that is as it should be; else see to it that all runners reach the account by the same endpoint",
    };
  }
  if (fenceProven) {
    return { name: "fencing", status: "ok", detail: "this endpoint heeds conditions in a transaction" };
  }
  return {
    name: "fencing",
    status: "warning",
    detail: "it is not proven that this endpoint heeds conditions in a transaction",
    hint: "Was it written with --unsafe-no-fence? The next holder of the lease tries it",
  };
}
