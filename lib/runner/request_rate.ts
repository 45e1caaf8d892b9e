import { CosmosError } from "../base/errors.ts";
import type { PassSettings } from "../bulk/pass.ts";
import type { CosmosDatabase } from "../cosmos/port.ts";

/** How much of the provisioned throughput a run may use. */
export type RequestLimit = Pick<PassSettings, "ruPerSecond" | "ruShare">;

/**
 * Request units a second that work on the documents of a container can use at the most: what is provisioned for it, of its maximum where that scales by
 * itself, or the limit of the run. An application that uses the container at the same time leaves less.
 *
 * @returns `undefined` where that is not known: shared or serverless throughput, or a credential that may not read it
 */
export async function requestRate(
  container: string,
  { database, limit: { ruPerSecond, ruShare = 1 }, signal }: {
    readonly database: CosmosDatabase;
    readonly limit: RequestLimit;
    readonly signal: AbortSignal;
  },
): Promise<number | undefined> {
  const provisioned = await provisionedFor(container, { database, signal });
  const rates = [ruPerSecond, provisioned && provisioned * ruShare].filter((rate) => rate !== undefined);
  return rates.length === 0 ? undefined : Math.min(...rates);
}

async function provisionedFor(
  container: string,
  { database, signal }: { readonly database: CosmosDatabase; readonly signal: AbortSignal },
): Promise<number | undefined> {
  try {
    const { rid } = await database.container(container).properties({ signal });
    const throughput = (await database.throughput.read(rid, { signal }))?.throughput;
    return throughput?.kind === "autoscale" ? throughput.maxRuPerSecond : throughput?.ruPerSecond;
  } catch (error) {
    // A plan is not worth less for it.
    if (error instanceof CosmosError && (error.status === 403 || error.status === 404)) return undefined;
    throw error;
  }
}
