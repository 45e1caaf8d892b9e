import type { JsonObject, JsonValue } from "../base/json.ts";
import type { CompiledQuery } from "./compile_query.ts";
import type { QueryOptions } from "./query_options.ts";

/**
 * Runs a query over documents.
 *
 * @throws {SqlSyntaxError} as {@linkcode CompiledQuery.bind}, and when a subquery in parentheses gives several rows
 */
export function executeQuery(
  query: CompiledQuery,
  documents: Iterable<JsonObject>,
  options?: QueryOptions,
): JsonValue[] {
  return query.bind(options).execute(documents);
}
