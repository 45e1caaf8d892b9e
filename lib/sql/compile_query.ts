import type { Query } from "./ast.ts";
import { bindQuery, type BoundQuery } from "./bound_query.ts";
import { compileProgram } from "./evaluate/compile_program.ts";
import { CompileContext } from "./evaluate/context.ts";
import { parse } from "./parse.ts";
import type { QueryOptions } from "./query_options.ts";
import { type QueryShape, shapeOf } from "./query_shape.ts";

/** A parsed and resolved query, to be used for any number of documents. */
export interface CompiledQuery {
  readonly text: string;
  readonly query: Query;
  readonly shape: QueryShape;
  /**
   * Puts parameters in place.
   *
   * @throws {SqlSyntaxError} when a parameter has no value, a count is no integer from 0, or the query asks for the current time and
   * {@linkcode QueryOptions.nowMs} is absent
   */
  bind(options?: QueryOptions): BoundQuery;
}

/**
 * Reads a query and resolves names, parameters and functions.
 *
 * @throws {SqlSyntaxError} for text that is not Cosmos SQL, and for functions that are not supported
 */
export function compileQuery(text: string): CompiledQuery {
  const query = parse(text);
  const context = new CompileContext(text, { allowsClock: true });
  const container = context.allocateSlot();
  const program = compileProgram(query, { context, container });
  const compiled = { query, program, context, container };
  return { text, query, shape: shapeOf(query), bind: (options) => bindQuery(compiled, options ?? {}) };
}
