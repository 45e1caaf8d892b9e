/** How long a lease lasts under attack, so that there are many of them. */
export const LEASE_MS = 2_000;

/** What a process under attack is given: short waits, and as many attempts as it takes. */
export function hurriedEnvironment(connectionString: string): Record<string, string> {
  return {
    CosmosDb__ConnectionString: connectionString,
    CosmosDb__DatabaseName: "shop",
    COSMIG_LEASE: `${LEASE_MS}ms`,
    COSMIG_REQUEST_TIMEOUT: "600ms",
    COSMIG_SETTLE: "1200ms",
    COSMIG_PATIENCE: "30s",
    COSMIG_LOCK_TIMEOUT: "5m",
    COSMIG_MAX_ATTEMPTS: "100000",
  };
}
