/**
 * Cosmos DB for the rest of the tool: the ports, and the connection that implements them over the SDK.
 *
 * @module
 */
export * from "./port.ts";
export type { EndpointDiscovery } from "./account.ts";
export { connect } from "./connect.ts";
export type { ConnectOptions, CosmosCredential } from "./connect_options.ts";
export type { TokenCredential } from "./_gateway.ts";
export type { ProxySettings } from "./_routes.ts";
export type { TokenRequestOptions } from "./_token_request.ts";
export {
  entraCredential,
  type FederatedIdentity,
  federatedTokenCredential,
  type ManagedIdentity,
  managedIdentityCredential,
} from "./entra_credential.ts";
