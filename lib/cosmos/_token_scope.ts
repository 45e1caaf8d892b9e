import type { TokenCredential } from "./_gateway.ts";

const COMMON_SCOPE = "https://cosmos.azure.com/.default";
/** Microsoft Entra ID does not know the account as a resource of its own. */
const UNKNOWN_RESOURCE = "AADSTS500011";

/** The scope of tokens for one account; from its global endpoint, also when requests go to a regional one. */
export function tokenScopeOf(endpoint: string): string {
  const { protocol, hostname } = new URL(endpoint);
  return `${protocol}//${hostname}/.default`;
}

/** Asks for a token of the whole service where the tenant does not know the account by name. */
export function withFallbackScope(credential: TokenCredential): TokenCredential {
  return {
    async getToken(scopes, options) {
      try {
        return await credential.getToken(scopes, options);
      } catch (error) {
        if (!(error instanceof Error && error.message.includes(UNKNOWN_RESOURCE))) throw error;
        return await credential.getToken(COMMON_SCOPE, options);
      }
    },
  };
}
