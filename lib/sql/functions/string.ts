import { isArray, type Value } from "../evaluate/value.ts";
import { declare, type Operation, type SqlFunction } from "./sql_function.ts";

/** A result longer than this is undefined (BuiltinFunctionEvaluator.REPLICATE of azure-cosmos-dotnet-v3). */
const MAX_REPLICATED_LENGTH = 10_000;

/** Functions of strings: undefined for arguments of another type. Positions count UTF-16 code units from 0. */
export const STRING_FUNCTIONS: readonly SqlFunction[] = [
  unary("LENGTH", (text) => text.length),
  unary("LOWER", (text) => text.toLowerCase()),
  unary("UPPER", (text) => text.toUpperCase()),
  unary("REVERSE", (text) => [...text].reverse().join("")),
  declare("TRIM", [1, 2], trim({ start: true, end: true })),
  declare("LTRIM", [1, 2], trim({ start: true, end: false })),
  declare("RTRIM", [1, 2], trim({ start: false, end: true })),
  search("CONTAINS", (text, part) => text.includes(part)),
  search("STARTSWITH", (text, part) => text.startsWith(part)),
  search("ENDSWITH", (text, part) => text.endsWith(part)),
  search("STRINGEQUALS", (text, other) => text === other),
  declare("CONCAT", [2, Infinity], (...parts) => parts.every(isString) ? parts.join("") : undefined),
  declare("INDEX_OF", [2, 3], indexOf),
  declare("LEFT", 2, (text, length) => substring(text, 0, length)),
  declare("RIGHT", 2, right),
  declare(
    "SUBSTRING",
    [2, 3],
    (text, start, length) => substring(text, start, length ?? Number.MAX_SAFE_INTEGER),
  ),
  declare("REPLACE", 3, replace),
  declare("REPLICATE", 2, replicate),
  declare("StringSplit", 2, split),
  declare("StringJoin", 2, join),
];

function isString(value: Value): value is string {
  return typeof value === "string";
}

function unary(name: string, operation: (text: string) => Value): SqlFunction {
  return declare(name, 1, (text) => isString(text) ? operation(text) : undefined);
}

/** The third argument makes the search ignore case. */
function search(name: string, test: (text: string, part: string) => boolean): SqlFunction {
  return declare(name, [2, 3], (text, part, ignoreCase = false) => {
    if (!isString(text) || !isString(part) || typeof ignoreCase !== "boolean") return undefined;
    return ignoreCase ? test(text.toLowerCase(), part.toLowerCase()) : test(text, part);
  });
}

/** The second argument holds the characters that are cut off; white space by default. */
function trim(sides: { readonly start: boolean; readonly end: boolean }): Operation {
  return (text, characters) => {
    if (!isString(text) || (characters !== undefined && !isString(characters))) return undefined;
    const isCut = (character: string) => characters?.includes(character) ?? character.trim() === "";
    let start = 0;
    let end = text.length;
    while (sides.start && start < end && isCut(text.charAt(start))) start++;
    while (sides.end && end > start && isCut(text.charAt(end - 1))) end--;
    return text.slice(start, end);
  };
}

function indexOf(text: Value, part: Value, start: Value = 0): Value {
  if (!isString(text) || !isString(part) || !Number.isInteger(start)) return undefined;
  return text.indexOf(part, Number(start));
}

function substring(text: Value, start: Value, length: Value): Value {
  if (!isString(text) || typeof start !== "number" || typeof length !== "number") return undefined;
  if (!Number.isInteger(start) || !Number.isInteger(length)) return undefined;
  return start < 0 || length <= 0 ? "" : text.slice(start, start + length);
}

function right(text: Value, length: Value): Value {
  if (!isString(text) || typeof length !== "number") return undefined;
  return substring(text, Math.max(text.length - length, 0), length);
}

function replace(text: Value, part: Value, replacement: Value): Value {
  if (!isString(text) || !isString(part) || !isString(replacement) || part === "") return undefined;
  return text.split(part).join(replacement);
}

function replicate(text: Value, times: Value): Value {
  if (!isString(text) || typeof times !== "number" || times < 0) return undefined;
  const count = Math.trunc(times);
  return text.length * count > MAX_REPLICATED_LENGTH ? undefined : text.repeat(count);
}

function split(text: Value, separator: Value): Value {
  return isString(text) && isString(separator) && separator !== "" ? text.split(separator) : undefined;
}

function join(parts: Value, separator: Value): Value {
  if (!isArray(parts) || !isString(separator)) return undefined;
  return parts.every(isString) ? parts.join(separator) : undefined;
}
