import type { Clock } from "../base/clock.ts";
import type { EndpointDiscovery } from "./account.ts";
import type { TokenCredential } from "./_gateway.ts";
import type { ProxySettings } from "./_routes.ts";

/** How the account is told who asks. */
export type CosmosCredential =
  | { readonly kind: "key"; readonly key: string }
  /** Microsoft Entra ID. */
  | { readonly kind: "token"; readonly credential: TokenCredential };

/** What a connection is opened with. */
export interface ConnectOptions {
  readonly endpoint: string;
  readonly credential: CosmosCredential;
  readonly databaseId: string;
  readonly ledgerContainerId: string;
  /** The logical partition of the ledger. */
  readonly scope: string;
  /** How long one request may take. */
  readonly requestTimeoutMs: number;
  /** How long opening may take, repetitions included. */
  readonly connectTimeoutMs: number;
  /** How long the methods that retry by themselves go on. */
  readonly readPatienceMs: number;
  /** PEM certificates that are trusted besides the public ones. */
  readonly ca?: string | undefined;
  /** Certificates are always verified. */
  readonly insecure?: never;
  /** `auto`: on, but not for endpoints without TLS or on this machine. */
  readonly endpointDiscovery: EndpointDiscovery;
  /**
   * Where the SDK client of `run` reads. The ledger and all passes read in the write region, since a region that lags behind would hide documents.
   */
  readonly preferredRegion?: string | undefined;
  /** Of requests outside the ledger. */
  readonly priority?: "low" | undefined;
  /** Of requests outside the ledger: 1 to 5, as configured for the container. */
  readonly throughputBucket?: number | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly clock: Clock;
  /** Numbers in [0, 1) for jitter. */
  readonly random: () => number;
  readonly userAgentSuffix: string;
  readonly signal?: AbortSignal | undefined;
  /** Told once, in words, when opening takes more than a moment: somebody may be watching. */
  readonly onDelay?: ((message: string) => void) | undefined;
}
