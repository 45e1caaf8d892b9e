import { compareInOrder } from "../order.ts";
import type { AggregateKind } from "../aggregate_calls.ts";
import type { Value } from "./value.ts";

/** Adds values up, one after the other. */
export interface Accumulator {
  add(value: Value): void;
  result(): Value;
}

/**
 * Makes an accumulator. Undefined values are ignored. One value of a wrong type (SUM, AVG: no number; MIN, MAX: an array or object) makes the result
 * undefined. Over nothing, COUNT, COUNTIF and SUM are 0 and the others undefined. MIN and MAX of several types go by the order of ORDER BY.
 *
 * Source: the results that the emulator gives, recorded in azure-cosmos-dotnet-v3 (AggregateQueryTests.AggregateMixedTypes_baseline.xml).
 */
export function createAccumulator(kind: AggregateKind): Accumulator {
  switch (kind) {
    case "Count":
      return counter((value) => value !== undefined);
    case "CountIf":
      return counter((value) => value === true);
    case "Sum":
      return summation((sum) => sum);
    case "Average":
      return summation((sum, count) => count === 0 ? undefined : sum / count);
    case "Min":
      return extreme((order) => order < 0);
    case "Max":
      return extreme((order) => order > 0);
  }
}

function counter(counts: (value: Value) => boolean): Accumulator {
  let count = 0;
  return {
    add: (value) => {
      if (counts(value)) count++;
    },
    result: () => count,
  };
}

function summation(finish: (sum: number, count: number) => Value): Accumulator {
  let sum = 0;
  let count = 0;
  let spoilt = false;
  return {
    add: (value) => {
      if (value === undefined) return;
      if (typeof value !== "number") spoilt = true;
      else sum += value;
      count++;
    },
    result: () => spoilt ? undefined : finish(sum, count),
  };
}

function extreme(replaces: (order: number) => boolean): Accumulator {
  let best: Value;
  let spoilt = false;
  return {
    add: (value) => {
      if (value === undefined) return;
      if (typeof value === "object" && value !== null) spoilt = true;
      else if (best === undefined || replaces(compareInOrder(value, best))) best = value;
    },
    result: () => spoilt ? undefined : best,
  };
}
