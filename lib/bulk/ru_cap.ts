import { CosmigError } from "../base/errors.ts";
import type { CosmosDatabase } from "../cosmos/port.ts";
import type { PassSettings } from "./pass.ts";

/** Whose throughput a cap may be a share of. */
export interface RuCapOptions {
  readonly database: CosmosDatabase;
  readonly container: { readonly id: string; readonly rid: string };
  readonly signal: AbortSignal;
}

/**
 * The cap on the request units a second that settings stand for; a share is one of what is provisioned for the container now, of its maximum where that
 * scales by itself.
 *
 * @returns `undefined` for no cap
 * @throws {CosmigError} with code `operation-refused` for a share where the container has no throughput of its own
 */
export async function ruCapOf(
  { ruPerSecond, ruShare }: Pick<PassSettings, "ruPerSecond" | "ruShare">,
  { database, container, signal }: RuCapOptions,
): Promise<number | undefined> {
  if (ruShare === undefined) return ruPerSecond;
  const setting = await database.throughput.read(container.rid, { signal });
  if (setting === undefined) {
    throw new CosmigError(
      "operation-refused",
      `Cannot limit the request units of "${container.id}" to ${Math.round(ruShare * 100)} % as that needs ` +
        "throughput of its own: current value is none, its database shares it or the account is serverless",
      {
        hint: "Give the limit in request units a second, such as --ru-limit 400",
        details: { container: container.id },
      },
    );
  }
  const { throughput } = setting;
  return ruShare * (throughput.kind === "manual" ? throughput.ruPerSecond : throughput.maxRuPerSecond);
}
