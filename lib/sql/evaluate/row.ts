import type { Value } from "./value.ts";

/** What an expression is evaluated against. One row serves a whole run: sources write their values into its slots, one after the other. */
export interface Row {
  /** The value of each alias and each finished aggregate. */
  readonly slots: Value[];
  /** The values of the query's parameters, in the order of {@linkcode CompileContext.parameters}. */
  readonly parameters: readonly Value[];
  /** What the clock functions answer; milliseconds since the Unix epoch. */
  readonly nowMs: number | undefined;
}

/** A compiled expression. Pure: the same row gives the same value. */
export type Evaluate = (row: Row) => Value;
