import type { JsonObject } from "../base/json.ts";
import type { Query } from "./ast.ts";
import type { CompiledQuery } from "./compile_query.ts";
import { type Counts, windowFromStart, withoutCounts } from "./plan_counts.ts";
import { planGroups, type RangePlan } from "./plan_groups.ts";
import { rewriteOrderBy } from "./plan_order_by.ts";
import { printExpression, printQuery } from "./print.ts";
import type { QueryOptions } from "./query_options.ts";

/**
 * The `queryInfo` of a query plan, which the SDK needs to run the query over several ranges. `rewrittenQuery` is empty where each range gets the query
 * as it is.
 *
 * Plans and rewritten texts are those of the service, as Microsoft recorded them in azure-cosmos-dotnet-v3 (QueryPlanBaselineTests.*.xml).
 *
 * @throws {SqlSyntaxError} as {@linkcode CompiledQuery.bind}, and when an aggregate is part of a larger expression, which cannot be computed over
 * several ranges
 */
export function queryPlan(compiled: CompiledQuery, options: QueryOptions = {}): JsonObject {
  const { query, shape } = compiled;
  const { top, offset, limit } = compiled.bind({ nowMs: 0, ...options });
  const plan = planOf(compiled, { top, offset, limit });
  return {
    distinctType: distinctType(query),
    top: top ?? null,
    offset: offset ?? null,
    limit: limit ?? null,
    orderBy: shape.orderBy.map(({ descending }) => descending ? "Descending" : "Ascending"),
    orderByExpressions: shape.orderBy.map(({ text }) => text),
    groupByExpressions: shape.groupBy,
    groupByAliases: plan.groupByAliases ?? [],
    aggregates: plan.aggregates ?? [],
    groupByAliasToAggregateType: plan.groupByAliasToAggregateType ?? {},
    rewrittenQuery: plan.rewritten,
    hasSelectValue: shape.select === "value",
    hasNonStreamingOrderBy: false,
  };
}

function planOf(compiled: CompiledQuery, counts: Counts): RangePlan {
  const { query, shape } = compiled;
  if (shape.groupBy.length > 0 || shape.aggregates.length > 0) return planGroups(compiled);
  if (shape.orderBy.length > 0) return { rewritten: rewriteOrderBy(query, counts) };
  const isCut = counts.top !== undefined || counts.offset !== undefined;
  // Rows that a range would cut off may be those that another range's duplicates replace.
  if (query.distinct) return { rewritten: isCut ? printQuery(withoutCounts(query)) : "" };
  return {
    rewritten: counts.offset === undefined ? "" : printQuery({ ...query, ...windowFromStart(counts) }),
  };
}

/** Ordered when equal rows come one after the other, since SELECT gives just what ORDER BY sorts by. */
function distinctType({ distinct, select, orderBy }: Query): "None" | "Ordered" | "Unordered" {
  if (!distinct) return "None";
  if (orderBy.length === 0 || select.kind === "star") return "Unordered";
  const projected = select.kind === "value"
    ? [select.expression]
    : select.items.map(({ expression }) => expression);
  const values = new Set(projected.map(printExpression));
  const keys = new Set(orderBy.map(({ expression }) => printExpression(expression)));
  return values.size === keys.size && [...values].every((value) => keys.has(value)) ? "Ordered" : "Unordered";
}
