/**
 * Cosmos DB for NoSQL SQL: parser, evaluator, and the query plan that the SDK asks a gateway for. Pure: works on documents in memory, knows nothing of
 * containers, partitions, indexes or pages, and never reads the clock.
 *
 * Everything that can be wrong with a query is found when it is compiled, and thrown as {@linkcode SqlSyntaxError} with its position: syntax,
 * unknown names, functions that are not supported (spatial, full text, vector, user-defined).
 *
 * @module
 */
export type { AggregateKind } from "./aggregate_calls.ts";
export type { BoundQuery } from "./bound_query.ts";
export { compileCondition, type Condition } from "./condition.ts";
export { type CompiledQuery, compileQuery } from "./compile_query.ts";
export type { DocumentPaths } from "./document_paths.ts";
export { equalities, type Equality } from "./equalities.ts";
export { executeQuery } from "./execute_query.ts";
export { compareInOrder } from "./order.ts";
export type { Parameters, QueryOptions } from "./query_options.ts";
export { queryPlan } from "./query_plan.ts";
export type { CountShape, QueryShape } from "./query_shape.ts";
export { SqlSyntaxError, type TextPosition } from "./sql_syntax_error.ts";
