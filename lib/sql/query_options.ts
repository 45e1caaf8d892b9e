import type { JsonValue } from "../base/json.ts";

/** Values for the parameters of a query, by name, with or without the `@`. */
export type Parameters = Readonly<Record<string, JsonValue>>;

/** What a run of a query needs besides documents. */
export interface QueryOptions {
  readonly parameters?: Parameters | undefined;
  /** What GetCurrentTimestamp and its kin answer; milliseconds since the Unix epoch. */
  readonly nowMs?: number | undefined;
}
