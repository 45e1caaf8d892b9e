import type { Expression } from "../ast.ts";
import type { Value } from "../evaluate/value.ts";

/** What a function does with the values of its arguments. Arguments that were not written are undefined. */
export type Operation = (...values: Value[]) => Value;

/** A built-in function. */
export interface SqlFunction {
  /** As documented; calls match in any case. */
  readonly name: string;
  readonly minArguments: number;
  readonly maxArguments: number;
  /** Makes the operation of one call, which may keep a cache. */
  readonly create: () => Operation;
  /** Looks at arguments that are literals; calls `fail` with offset, requirement and current value when they can't be right. */
  readonly check?:
    | ((
      values: readonly Expression[],
      fail: (at: number, requirement: string, found: string) => never,
    ) => void)
    | undefined;
  /** A function of the current time instead of arguments. */
  readonly clock?: ((nowMs: number) => Value) | undefined;
}

/** Declares a function with a fixed number of arguments, or a range of them. */
export function declare(
  name: string,
  argumentCount: number | readonly [minimum: number, maximum: number],
  operation: Operation,
): SqlFunction {
  const [minArguments, maxArguments] = typeof argumentCount === "number"
    ? [argumentCount, argumentCount]
    : argumentCount;
  return { name, minArguments, maxArguments, create: () => operation };
}
