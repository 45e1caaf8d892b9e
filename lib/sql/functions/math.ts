import { finite, type Value } from "../evaluate/value.ts";
import { declare, type SqlFunction } from "./sql_function.ts";

/** Functions of numbers: undefined for arguments of another type, and where the result is no finite number. */
export const MATH_FUNCTIONS: readonly SqlFunction[] = [
  unary("ABS", Math.abs),
  unary("CEILING", Math.ceil),
  unary("FLOOR", Math.floor),
  unary("TRUNC", Math.trunc),
  // Halves go away from zero.
  unary("ROUND", (value) => Math.sign(value) * Math.round(Math.abs(value))),
  unary("SIGN", Math.sign),
  unary("SQRT", Math.sqrt),
  unary("SQUARE", (value) => value * value),
  unary("EXP", Math.exp),
  unary("LOG10", Math.log10),
  unary("SIN", Math.sin),
  unary("COS", Math.cos),
  unary("TAN", Math.tan),
  unary("COT", (value) => 1 / Math.tan(value)),
  unary("ASIN", Math.asin),
  unary("ACOS", Math.acos),
  unary("ATAN", Math.atan),
  unary("DEGREES", (radians) => (radians * 180) / Math.PI),
  unary("RADIANS", (degrees) => (degrees * Math.PI) / 180),
  declare("ATN2", 2, (y, x) => isNumber(y) && isNumber(x) ? finite(Math.atan2(y, x)) : undefined),
  declare(
    "POWER",
    2,
    (base, exponent) => isNumber(base) && isNumber(exponent) ? finite(base ** exponent) : undefined,
  ),
  declare("LOG", [1, 2], logarithm),
  declare("PI", 0, () => Math.PI),
  declare("NumberBin", [1, 2], bin),
];

function unary(name: string, operation: (value: number) => number): SqlFunction {
  return declare(name, 1, (value) => isNumber(value) ? finite(normalizeZero(operation(value))) : undefined);
}

/** JSON has no negative zero. */
function normalizeZero(value: number): number {
  return value === 0 ? 0 : value;
}

function isNumber(value: Value): value is number {
  return typeof value === "number";
}

function logarithm(value: Value, base: Value): Value {
  if (!isNumber(value)) return undefined;
  if (base === undefined) return finite(Math.log(value));
  return isNumber(base) ? finite(Math.log(value) / Math.log(base)) : undefined;
}

function bin(value: Value, size: Value = 1): Value {
  if (!isNumber(value) || !isNumber(size) || size === 0) return undefined;
  return finite(normalizeZero(Math.floor(value / size) * size));
}
