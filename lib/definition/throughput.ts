import { CosmigError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";

/** Throughput of a container, request units a second. */
export type ContainerThroughput =
  | { readonly ruPerSecond: number }
  /** Autoscale: between a tenth of it and all of it. */
  | { readonly maxRuPerSecond: number };

/**
 * Checks a throughput against what the service sells.
 *
 * @param action for the error: `create the container "Orders"`
 * @throws {CosmigError} with code `operation-refused`
 */
export function requireThroughput(throughput: ContainerThroughput, action: string): void {
  const [ru, step, least, words] = "ruPerSecond" in throughput
    ? [throughput.ruPerSecond, 100, 400, "ruPerSecond is 400 or more in steps of 100"]
    : [throughput.maxRuPerSecond, 1_000, 1_000, "maxRuPerSecond is 1000 or more in steps of 1000"];
  if (Number.isInteger(ru) && ru >= least && ru % step === 0) return;
  throw new CosmigError("operation-refused", `Cannot ${action} as ${words}: current value is ${ru}`);
}

/** A throughput as it is noted in a record. */
export function throughputToJson(throughput: ContainerThroughput): JsonObject {
  return { ...throughput };
}

/** Reads what {@linkcode throughputToJson} wrote. */
export function throughputFromJson(value: JsonValue | undefined): ContainerThroughput | undefined {
  if (!isJsonObject(value)) return undefined;
  const { ruPerSecond, maxRuPerSecond } = value;
  if (typeof ruPerSecond === "number") return { ruPerSecond };
  return typeof maxRuPerSecond === "number" ? { maxRuPerSecond } : undefined;
}

/** A throughput in words. */
export function throughputInWords(throughput: ContainerThroughput): string {
  return "ruPerSecond" in throughput
    ? `${throughput.ruPerSecond} RU/s`
    : `autoscale up to ${throughput.maxRuPerSecond} RU/s`;
}
