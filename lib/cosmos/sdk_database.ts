/** The SDK's own database client, as `run` hands it to the code of a migration. A type only, so that declaring a migration does not load the SDK. */
export type { Database } from "@azure/cosmos";
