import type { Value } from "../evaluate/value.ts";
import { declare, type SqlFunction } from "./sql_function.ts";

/**
 * Arithmetic on 64-bit integers: undefined when an argument is no integer of 64 bits; results wrap around at 64 bits. A result beyond 2^53 loses its
 * last digits, since JSON numbers are doubles here.
 */
export const INTEGER_FUNCTIONS: readonly SqlFunction[] = [
  binary("IntAdd", (left, right) => left + right),
  binary("IntSub", (left, right) => left - right),
  binary("IntMul", (left, right) => left * right),
  binary("IntDiv", (left, right) => right === 0n ? undefined : left / right),
  binary("IntMod", (left, right) => right === 0n ? undefined : left % right),
  binary("IntBitAnd", (left, right) => left & right),
  binary("IntBitOr", (left, right) => left | right),
  binary("IntBitXor", (left, right) => left ^ right),
  binary("IntBitLeftShift", (left, right) => right < 0n ? undefined : left << (right & 63n)),
  binary("IntBitRightShift", (left, right) => right < 0n ? undefined : left >> (right & 63n)),
  declare("IntBitNot", 1, (value) => {
    const integer = toInteger(value);
    return integer === undefined ? undefined : Number(~integer);
  }),
];

function binary(name: string, operation: (left: bigint, right: bigint) => bigint | undefined): SqlFunction {
  return declare(name, 2, (left, right) => {
    const one = toInteger(left);
    const other = toInteger(right);
    const result = one === undefined || other === undefined ? undefined : operation(one, other);
    return result === undefined ? undefined : Number(BigInt.asIntN(64, result));
  });
}

function toInteger(value: Value): bigint | undefined {
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  return Math.abs(value) <= 2 ** 63 ? BigInt(value) : undefined;
}
