import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { ContainerProperties, Throughput } from "./port.ts";

/** A container's settings from the service's answer. */
export function containerProperties(definition: JsonObject): ContainerProperties {
  const partitionKey = definition["partitionKey"];
  const paths = isJsonObject(partitionKey) ? partitionKey["paths"] : undefined;
  return {
    id: String(definition["id"]),
    rid: String(definition["_rid"]),
    etag: String(definition["_etag"]),
    partitionKeyPaths: Array.isArray(paths) ? paths.map(String) : [],
    definition,
  };
}

/**
 * Whether a container is what was asked for. The service completes a definition with defaults of its own, so everything that was asked for has to
 * be there, and what is there besides does not count.
 */
export function covers(actual: JsonValue | undefined, asked: JsonValue | undefined): boolean {
  if (asked === undefined) return true;
  if (Array.isArray(asked)) {
    return Array.isArray(actual) && asked.every((item) => actual.some((other) => covers(other, item)));
  }
  if (isJsonObject(asked)) {
    return isJsonObject(actual) &&
      Object.entries(asked).every(([name, value]) => name.startsWith("_") || covers(actual[name], value));
  }
  return actual === asked;
}

/** The headers that give a new container its throughput. */
export function throughputHeaders(throughput: Throughput): Record<string, string> {
  switch (throughput.kind) {
    case "none":
      return {};
    case "manual":
      return { "x-ms-offer-throughput": String(throughput.ruPerSecond) };
    case "autoscale":
      return {
        "x-ms-cosmos-offer-autopilot-settings": JSON.stringify({ maxThroughput: throughput.maxRuPerSecond }),
      };
  }
}
