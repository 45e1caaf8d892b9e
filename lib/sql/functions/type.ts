import { isJsonObject } from "../../base/json.ts";
import { isArray, type Value } from "../evaluate/value.ts";
import { declare, type SqlFunction } from "./sql_function.ts";

/** The tests of types, which are true or false for every value, undefined too, and IIF. */
export const TYPE_FUNCTIONS: readonly SqlFunction[] = [
  declare("IS_DEFINED", 1, (value) => value !== undefined),
  declare("IS_NULL", 1, (value) => value === null),
  declare("IS_BOOL", 1, (value) => typeof value === "boolean"),
  declare("IS_NUMBER", 1, (value) => typeof value === "number"),
  declare("IS_FINITE_NUMBER", 1, (value) => typeof value === "number" && Number.isFinite(value)),
  declare("IS_INTEGER", 1, isInteger),
  declare("IS_STRING", 1, (value) => typeof value === "string"),
  declare("IS_ARRAY", 1, isArray),
  declare("IS_OBJECT", 1, isJsonObject),
  declare(
    "IS_PRIMITIVE",
    1,
    (value) => value === null || ["boolean", "number", "string"].includes(typeof value),
  ),
  declare("IIF", 3, (condition, consequent, alternative) => condition === true ? consequent : alternative),
];

/** A whole number of 64 bits (documentation, IS_INTEGER); the largest one reads as 2^63, as numbers are doubles. */
function isInteger(value: Value): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 63) && value <= 2 ** 63;
}
