import type { Count, Query } from "./ast.ts";
import { type AggregateKind, aggregatesIn } from "./aggregate_calls.ts";
import { printExpression } from "./print.ts";

/** A number in TOP, OFFSET or LIMIT. */
export type CountShape =
  | { readonly kind: "literal"; readonly value: number }
  | { readonly kind: "parameter"; readonly name: string };

/** What kind of query it is: enough to decide how to run it. */
export interface QueryShape {
  /** The alias of FROM; undefined without one. */
  readonly alias: string | undefined;
  readonly select: "value" | "list" | "star";
  readonly distinct: boolean;
  readonly top: CountShape | undefined;
  readonly offset: CountShape | undefined;
  readonly limit: CountShape | undefined;
  readonly orderBy: readonly { readonly text: string; readonly descending: boolean }[];
  readonly groupBy: readonly string[];
  /** Aggregates of SELECT, from left to right. */
  readonly aggregates: readonly AggregateKind[];
  readonly joins: boolean;
  /** Without FROM: the query gives its row whatever the documents are. */
  readonly constant: boolean;
  /**
   * Each document gives its rows for itself, in the order of the documents: no ORDER BY, GROUP BY, aggregate or DISTINCT. Only TOP, OFFSET and LIMIT
   * are left to whoever concatenates the rows.
   */
  readonly streaming: boolean;
}

/** Describes a query. */
export function shapeOf(query: Query): QueryShape {
  const { select, sources, distinct, orderBy, groupBy } = query;
  const expressions = select.kind === "value"
    ? [select.expression]
    : select.kind === "list"
    ? select.items.map(({ expression }) => expression)
    : [];
  const aggregates = expressions.flatMap((expression) => aggregatesIn(expression).map(({ kind }) => kind));
  return {
    alias: sources[0]?.alias,
    select: select.kind,
    distinct,
    top: countShape(query.top),
    offset: countShape(query.offset),
    limit: countShape(query.limit),
    orderBy: orderBy.map(({ expression, direction }) => ({
      text: printExpression(expression),
      descending: direction === "DESC",
    })),
    groupBy: groupBy.map(printExpression),
    aggregates,
    joins: sources.length > 1,
    constant: sources.length === 0,
    streaming: !distinct && orderBy.length === 0 && groupBy.length === 0 && aggregates.length === 0,
  };
}

function countShape(count: Count | undefined): CountShape | undefined {
  if (count === undefined) return undefined;
  return count.kind === "parameter"
    ? { kind: "parameter", name: count.name }
    : { kind: "literal", value: count.value };
}
