import { readFile } from "node:fs/promises";
import { CosmosError, messageOf } from "../base/errors.ts";
import type { TokenCredential } from "./_gateway.ts";
import {
  type AccessToken,
  requestToken,
  type TokenRequest,
  type TokenRequestOptions,
} from "./_token_request.ts";

/** A workload identity of Kubernetes: a projected service account token that Microsoft Entra ID trusts. */
export interface FederatedIdentity {
  readonly clientId: string;
  readonly tenantId: string;
  /** Read anew for each token, as the kubelet rotates it. */
  readonly tokenFile: string;
  /** @default https://login.microsoftonline.com/ */
  readonly authorityHost?: string | undefined;
}

/** A managed identity of a virtual machine, or of a platform that serves tokens at an endpoint of its own. */
export interface ManagedIdentity {
  /** Of a user-assigned identity. */
  readonly clientId?: string | undefined;
  /** `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`; the instance metadata service without them. */
  readonly endpoint?: { readonly url: string; readonly header: string } | undefined;
}

type Fetch = (scope: string, signal: AbortSignal | undefined) => Promise<AccessToken>;

const PUBLIC_AUTHORITY = "https://login.microsoftonline.com/";
const METADATA_SERVICE = "http://169.254.169.254/metadata/identity/oauth2/token";
/** Longer than the time before expiry at which the SDK asks for the next one. */
const RENEW_BEFORE_MS = 5 * 60_000;

/**
 * Tokens for a workload identity (Azure AD Workload Identity, `AZURE_FEDERATED_TOKEN_FILE`).
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, third case
 */
export function federatedTokenCredential(
  identity: FederatedIdentity,
  options: TokenRequestOptions,
): TokenCredential {
  return cached(async (scope, signal) => {
    const authority = new URL(identity.authorityHost ?? PUBLIC_AUTHORITY);
    const assertion = await readAssertion(identity.tokenFile);
    return await requestToken({
      authority: authority.host,
      hint:
        "Check AZURE_CLIENT_ID, AZURE_TENANT_ID and the federated credential of the identity (its issuer and subject are those of this pod's service account)",
      method: "POST",
      url: new URL(`${identity.tenantId}/oauth2/v2.0/token`, authority).href,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        client_id: identity.clientId,
        scope,
        grant_type: "client_credentials",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion,
      }).toString(),
      signal,
    }, options);
  }, options);
}

/**
 * Tokens for a managed identity.
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */
export function managedIdentityCredential(
  identity: ManagedIdentity,
  options: TokenRequestOptions,
): TokenCredential {
  return cached(
    (scope, signal) => requestToken(managedRequest(identity, { scope, signal }), options),
    options,
  );
}

/**
 * The credential that the environment of a pod or machine describes: a workload identity where its variables are set, else the managed identity.
 */
export function entraCredential(
  environment: Readonly<Record<string, string | undefined>>,
  options: TokenRequestOptions,
): TokenCredential {
  const {
    AZURE_CLIENT_ID: clientId,
    AZURE_TENANT_ID: tenantId,
    AZURE_FEDERATED_TOKEN_FILE: tokenFile,
    AZURE_AUTHORITY_HOST: authorityHost,
    IDENTITY_ENDPOINT: url,
    IDENTITY_HEADER: header,
  } = environment;
  if (clientId && tenantId && tokenFile) {
    return federatedTokenCredential({ clientId, tenantId, tokenFile, authorityHost }, options);
  }
  return managedIdentityCredential(
    { clientId, endpoint: url && header ? { url, header } : undefined },
    options,
  );
}

function managedRequest(
  { clientId, endpoint }: ManagedIdentity,
  { scope, signal }: { readonly scope: string; readonly signal: AbortSignal | undefined },
): TokenRequest {
  const url = new URL(endpoint?.url ?? METADATA_SERVICE);
  url.searchParams.set("api-version", endpoint === undefined ? "2018-02-01" : "2019-08-01");
  url.searchParams.set("resource", scope.replace(/\/\.default$/, ""));
  if (clientId) url.searchParams.set("client_id", clientId);
  return {
    authority: `the managed identity endpoint ${url.host}`,
    hint:
      "Assign a managed identity to this machine or pod (AZURE_CLIENT_ID names one of several), or configure an account key",
    method: "GET",
    url: url.href,
    headers: endpoint === undefined ? { metadata: "true" } : { "x-identity-header": endpoint.header },
    signal,
  };
}

async function readAssertion(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    const operation = "read the federated token";
    throw new CosmosError(
      `Cannot ${operation} "${file}": ${messageOf(error)}`,
      { status: 0, operation, retryable: true, ambiguous: false },
      {
        hint:
          "AZURE_FEDERATED_TOKEN_FILE names a file that the workload identity webhook mounts into the pod",
      },
    );
  }
}

/** One token for all clients of a connection, renewed before it expires. */
function cached(fetch: Fetch, { clock }: TokenRequestOptions): TokenCredential {
  const tokens = new Map<string, AccessToken>();
  return {
    async getToken(scopes, { abortSignal } = {}) {
      const scope = [scopes].flat().join(" ");
      const known = tokens.get(scope);
      if (known !== undefined && known.expiresOnTimestamp - clock.wallMs() > RENEW_BEFORE_MS) return known;
      const token = await fetch(scope, abortSignal);
      tokens.set(scope, token);
      return token;
    },
  };
}
