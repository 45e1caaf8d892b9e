import type { Clock } from "../../base/clock.ts";
import { CosmosError } from "../../base/errors.ts";
import { type Check, type CheckName, failedBy, type Surroundings } from "./check.ts";
import { checkClock } from "./clock.ts";

/**
 * What a connection that could not be opened says: where on the way it ended, and that everything before that
 * works.
 */
export function checkUnreached(
  error: unknown,
  { surroundings, clock }: { readonly surroundings: Surroundings; readonly clock: Clock },
): readonly Check[] {
  const host = new URL(surroundings.endpoint).host;
  const endpoint: Check = { name: "endpoint", status: "ok", detail: `${host} answers` };
  const tls: Check = { name: "tls", status: "ok", detail: "the connection is set up" };
  const failed = (name: CheckName) => failedBy(name, error);
  if (!(error instanceof CosmosError)) return [failed("credential")];
  const { status } = error.failure;
  const cause = error.details["cause"];
  if (cause === "tls-trust" || cause === "tls-protocol") return [endpoint, failed("tls")];
  if (cause === "credential") return [failed("credential")];
  if (status === 401 || status === 403) {
    const serverMs = Date.parse(String(error.details["serverTime"] ?? ""));
    return [
      endpoint,
      tls,
      failed("credential"),
      checkClock(Number.isNaN(serverMs) ? undefined : serverMs - clock.wallMs()),
    ];
  }
  return [failed("endpoint")];
}
