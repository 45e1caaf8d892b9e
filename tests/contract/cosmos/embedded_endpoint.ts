import { startEmulator } from "../../../lib/emulator/mod.ts";
import type { Endpoint } from "./endpoint.ts";

const TOKENS = { reader: "reader-token", contributor: "contributor-token", none: "nobody-token" };

/**
 * Starts the embedded database as the suite needs it: several physical partitions, principals, index transformations that take time, and a second
 * one whose reads lag behind.
 *
 * @param start another build of it, e.g. one with a defect
 */
export async function openEmbeddedEndpoint(start: typeof startEmulator = startEmulator): Promise<Endpoint> {
  const emulator = await start({
    partitions: 4,
    tokens: {
      [TOKENS.reader]: "reader",
      [TOKENS.contributor]: "contributor",
      [TOKENS.none]: "none",
    },
    indexTransformationMs: 60_000,
  });
  const stale = await start({ staleReads: { lagMs: 3_600_000 } });
  return {
    name: "embedded",
    endpoint: emulator.endpoint,
    key: emulator.key,
    tokens: TOKENS,
    stale: { name: "embedded, stale", endpoint: stale.endpoint, key: stale.key },
    async [Symbol.asyncDispose]() {
      await Promise.all([emulator.close(), stale.close()]);
    },
  };
}
