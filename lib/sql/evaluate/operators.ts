import type { BinaryOperator, UnaryOperator } from "../ast.ts";
import { compare, equal, finite, type Value } from "./value.ts";

/** The operators that evaluate both sides, whatever the first one gives. */
export type StrictOperator = Exclude<BinaryOperator, "AND" | "OR" | "??">;

/**
 * Arithmetic, bitwise and string operators give undefined for operands of other types; a result that JSON cannot hold (1 / 0) is undefined as well.
 * Bitwise operators work on 32-bit integers as in JavaScript (documentation, "Bitwise operators").
 */
export const STRICT_OPERATORS: Readonly<Record<StrictOperator, (left: Value, right: Value) => Value>> = {
  "=": equal,
  "!=": (left, right) => not(equal(left, right)),
  "<": comparison((order) => order < 0),
  "<=": comparison((order) => order <= 0),
  ">": comparison((order) => order > 0),
  ">=": comparison((order) => order >= 0),
  "+": arithmetic((left, right) => left + right),
  "-": arithmetic((left, right) => left - right),
  "*": arithmetic((left, right) => left * right),
  "/": arithmetic((left, right) => left / right),
  "%": arithmetic((left, right) => left % right),
  "&": arithmetic((left, right) => left & right),
  "|": arithmetic((left, right) => left | right),
  "^": arithmetic((left, right) => left ^ right),
  "<<": arithmetic((left, right) => left << right),
  ">>": arithmetic((left, right) => left >> right),
  ">>>": arithmetic((left, right) => left >>> right),
  "||": (left, right) => typeof left === "string" && typeof right === "string" ? left + right : undefined,
};

export const UNARY_OPERATORS: Readonly<Record<UnaryOperator, (operand: Value) => Value>> = {
  "NOT": not,
  "-": (operand) => typeof operand === "number" ? 0 - operand : undefined,
  "+": (operand) => typeof operand === "number" ? operand : undefined,
  "~": (operand) => typeof operand === "number" ? ~operand : undefined,
};

/** NOT: undefined for everything that is not a boolean. */
export function not(operand: Value): boolean | undefined {
  return typeof operand === "boolean" ? !operand : undefined;
}

/**
 * AND of three values: false wins, then undefined (documentation, "Logical operators"); what is not a boolean counts as undefined.
 */
export function and(left: Value, right: Value): boolean | undefined {
  if (left === false || right === false) return false;
  return left === true && right === true ? true : undefined;
}

/** OR of three values: true wins, then undefined. */
export function or(left: Value, right: Value): boolean | undefined {
  if (left === true || right === true) return true;
  return left === false && right === false ? false : undefined;
}

function comparison(test: (order: number) => boolean): (left: Value, right: Value) => Value {
  return (left, right) => {
    const order = compare(left, right);
    return order === undefined ? undefined : test(order);
  };
}

function arithmetic(
  operation: (left: number, right: number) => number,
): (left: Value, right: Value) => Value {
  return (left, right) =>
    typeof left === "number" && typeof right === "number" ? finite(operation(left, right)) : undefined;
}
