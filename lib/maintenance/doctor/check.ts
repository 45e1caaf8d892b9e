import { CosmosError, messageOf } from "../../base/errors.ts";

/** What is checked, in this order. */
export const CHECKS = [
  "endpoint",
  "proxy",
  "tls",
  "credential",
  "region",
  "clock",
  "database",
  "ledger",
  "permissions",
  "fencing",
  "containers",
] as const;

/** Name of a check. */
export type CheckName = typeof CHECKS[number];

/** How a check ended. */
export interface Check {
  readonly name: CheckName;
  /** `warning`: works, and may surprise; `skipped`: could not be looked at, because of a check before. */
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** How the account is reached, without any secret. */
export interface Surroundings {
  readonly endpoint: string;
  readonly credential: "key" | "entra";
  /** Host and port. */
  readonly proxy: { readonly host: string; readonly noProxy: string | undefined } | undefined;
  readonly hasCa: boolean;
  readonly database: string;
  readonly historyContainer: string;
}

/** The check that an error ends. */
export function failedBy(name: CheckName, error: unknown): Check {
  const known = error instanceof CosmosError;
  return { name, status: "failed", detail: messageOf(error), hint: known ? error.hint : undefined };
}
