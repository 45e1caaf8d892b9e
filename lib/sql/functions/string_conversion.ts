import { isJsonObject, type JsonValue } from "../../base/json.ts";
import { isArray, type Value } from "../evaluate/value.ts";
import { declare, type SqlFunction } from "./sql_function.ts";

/** ToString, and the functions that read a string as JSON of one type: undefined when it is not that (documentation, StringToArray and others). */
export const STRING_CONVERSIONS: readonly SqlFunction[] = [
  declare(
    "ToString",
    1,
    (value) => typeof value === "string" || value === undefined ? value : JSON.stringify(value),
  ),
  reading("StringToNumber", (value) => typeof value === "number"),
  reading("StringToBoolean", (value) => typeof value === "boolean"),
  reading("StringToNull", (value) => value === null),
  reading("StringToArray", isArray),
  reading("StringToObject", isJsonObject),
];

function reading(name: string, isWanted: (value: Value) => boolean): SqlFunction {
  return declare(name, 1, (text) => {
    const value = typeof text === "string" ? parseJson(text) : undefined;
    return isWanted(value) ? value : undefined;
  });
}

function parseJson(text: string): Value {
  try {
    const value: JsonValue = JSON.parse(text);
    return value === Infinity || value === -Infinity ? undefined : value;
  } catch {
    return undefined;
  }
}
