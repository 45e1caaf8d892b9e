import type { AccountConfiguration } from "../config/load_configuration.ts";
import type { CosmosCredential, ProxySettings } from "../cosmos/mod.ts";
import type { CommandContext } from "./command.ts";

/**
 * What the connection signs in with: the account key, or Microsoft Entra ID as the environment describes the
 * identity.
 */
export async function credentialFor(
  { credential, ca }: AccountConfiguration,
  { io, output }: CommandContext,
  options: { readonly timeoutMs: number; readonly proxy: ProxySettings | undefined },
): Promise<CosmosCredential> {
  if (credential.kind === "key") return { kind: "key", key: credential.key.reveal() };
  const { entraCredential } = await import("../cosmos/mod.ts");
  const header = io.environment["IDENTITY_HEADER"];
  if (header) output.addSecret(header);
  return {
    kind: "token",
    credential: entraCredential(io.environment, { ...options, ca, clock: io.clock }),
  };
}
