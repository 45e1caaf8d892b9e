import { openEmbeddedEndpoint } from "./embedded_endpoint.ts";
import type { Endpoint } from "./endpoint.ts";

/** The endpoint that the environment names, or else an embedded one. @throws {Error} for an endpoint without a key */
export function openEndpoint(
  env: Readonly<Record<string, string | undefined>>,
): Endpoint | Promise<Endpoint> {
  const { COSMIG_CONFORMANCE_ENDPOINT: endpoint, COSMIG_CONFORMANCE_KEY: key } = env;
  if (endpoint === undefined) return openEmbeddedEndpoint();
  if (key === undefined) {
    throw new Error(
      "Cannot ask COSMIG_CONFORMANCE_ENDPOINT as it needs COSMIG_CONFORMANCE_KEY: it is not set",
    );
  }
  return { name: endpoint, endpoint, key, async [Symbol.asyncDispose]() {} };
}
