import type { JsonObject } from "../../base/json.ts";
import { badRequest, GatewayError } from "../gateway_error.ts";

/** Request units a second of a container or of a database that shares them. */
export type ProvisionedThroughput =
  | { readonly kind: "manual"; readonly ruPerSecond: number }
  | { readonly kind: "autoscale"; readonly maxRuPerSecond: number };

const MIN_MANUAL = 400;
const MIN_AUTOSCALE = 1_000;

/** What the service takes when a container is created without a word about throughput. */
export const DEFAULT_THROUGHPUT: ProvisionedThroughput = { kind: "manual", ruPerSecond: MIN_MANUAL };

/** Request units a second that a container may spend at most. */
export function limitOf(throughput: ProvisionedThroughput): number {
  return throughput.kind === "manual" ? throughput.ruPerSecond : throughput.maxRuPerSecond;
}

/**
 * The throughput that the headers of a create ask for.
 *
 * @throws GatewayError (400) when it is not one that the service sells
 */
export function throughputFromHeaders(
  headers: Readonly<Record<string, string | undefined>>,
): ProvisionedThroughput | undefined {
  const manual = headers["x-ms-offer-throughput"];
  const autoscale = headers["x-ms-cosmos-offer-autopilot-settings"];
  if (manual !== undefined && autoscale !== undefined) {
    throw badRequest("Manual and autoscale throughput cannot be set together");
  }
  if (manual !== undefined) return manualThroughput(Number(manual));
  if (autoscale === undefined) return undefined;
  let settings: unknown;
  try {
    settings = JSON.parse(autoscale);
  } catch {
    throw badRequest("The autoscale settings are not JSON");
  }
  return autoscaleThroughput(Number((settings as JsonObject | null)?.maxThroughput));
}

/** The throughput in the content of an offer. @throws GatewayError (400) */
export function throughputFromOffer(
  content: JsonObject,
  current: ProvisionedThroughput,
): ProvisionedThroughput {
  const autoscale = content.offerAutopilotSettings as JsonObject | null | undefined;
  const next = autoscale !== undefined && autoscale !== null
    ? autoscaleThroughput(Number(autoscale.maxThroughput))
    : manualThroughput(Number(content.offerThroughput));
  if (next.kind !== current.kind) {
    throw badRequest(
      "Changing between manual and autoscale throughput needs the migrate header of the control plane",
    );
  }
  return next;
}

/** The content of an offer. */
export function offerContent(throughput: ProvisionedThroughput): JsonObject {
  const common = { offerIsRUPerMinuteThroughputEnabled: false, offerMinimumThroughputParameters: {} };
  return throughput.kind === "manual" ? { offerThroughput: throughput.ruPerSecond, ...common } : {
    offerThroughput: throughput.maxRuPerSecond / 10,
    ...common,
    offerAutopilotSettings: { maxThroughput: throughput.maxRuPerSecond },
  };
}

/** @throws GatewayError (400) */
export function refuseOnServerless(throughput: ProvisionedThroughput | undefined): void {
  if (throughput === undefined) return;
  throw new GatewayError(
    400,
    "Setting offer throughput or autopilot on container is not supported for serverless accounts",
  );
}

function manualThroughput(ruPerSecond: number): ProvisionedThroughput {
  if (!Number.isInteger(ruPerSecond) || ruPerSecond < MIN_MANUAL || ruPerSecond % 100 !== 0) {
    throw badRequest(
      `The offer should have valid throughput values of at least ${MIN_MANUAL} in steps of 100`,
    );
  }
  return { kind: "manual", ruPerSecond };
}

function autoscaleThroughput(maxRuPerSecond: number): ProvisionedThroughput {
  if (!Number.isInteger(maxRuPerSecond) || maxRuPerSecond < MIN_AUTOSCALE || maxRuPerSecond % 1_000 !== 0) {
    throw badRequest(`The autoscale maximum must be at least ${MIN_AUTOSCALE} in steps of 1000`);
  }
  return { kind: "autoscale", maxRuPerSecond };
}
