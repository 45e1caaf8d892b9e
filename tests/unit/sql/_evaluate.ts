import type { JsonObject, JsonValue } from "../../../lib/base/json.ts";
import { compileQuery, executeQuery, type QueryOptions } from "../../../lib/sql/mod.ts";

/** The rows of a query over documents. */
export function run(
  text: string,
  documents: readonly JsonObject[] = [],
  options?: QueryOptions,
): JsonValue[] {
  return executeQuery(compileQuery(text), documents, options);
}

/** The value of an expression; undefined when it has none. */
export function valueOf(
  expression: string,
  document: JsonObject = {},
  options?: QueryOptions,
): JsonValue | undefined {
  return run(`SELECT VALUE ${expression} FROM c`, [document], options)[0];
}
