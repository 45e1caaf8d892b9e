import { ARRAY_FUNCTIONS } from "./array.ts";
import { DATE_FUNCTIONS } from "./date.ts";
import { INTEGER_FUNCTIONS } from "./integer.ts";
import { MATH_FUNCTIONS } from "./math.ts";
import { REGEX_FUNCTIONS } from "./regex.ts";
import type { SqlFunction } from "./sql_function.ts";
import { STRING_FUNCTIONS } from "./string.ts";
import { STRING_CONVERSIONS } from "./string_conversion.ts";
import { TYPE_FUNCTIONS } from "./type.ts";

const FUNCTIONS: ReadonlyMap<string, SqlFunction> = new Map(
  [
    ...TYPE_FUNCTIONS,
    ...STRING_FUNCTIONS,
    ...STRING_CONVERSIONS,
    ...REGEX_FUNCTIONS,
    ...ARRAY_FUNCTIONS,
    ...MATH_FUNCTIONS,
    ...INTEGER_FUNCTIONS,
    ...DATE_FUNCTIONS,
  ].map((one) => [one.name.toUpperCase(), one]),
);

/** Functions that give another value each time they are asked. */
export const NON_DETERMINISTIC: ReadonlySet<string> = new Set(["RAND"]);

/** Finds a function by its name in capitals. */
export function functionNamed(upperName: string): SqlFunction | undefined {
  return FUNCTIONS.get(upperName);
}

/** Names of functions that a misspelt one may have meant: those that differ in underscores only. */
export function similarNames(upperName: string): readonly string[] {
  const bare = upperName.replaceAll("_", "");
  return [...FUNCTIONS.values()].map(({ name }) => name)
    .filter((name) => name.toUpperCase().replaceAll("_", "") === bare);
}
