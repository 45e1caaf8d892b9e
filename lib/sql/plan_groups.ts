import type { Call, Expression, Query, SelectItem } from "./ast.ts";
import { type AggregateKind, aggregateKindOf, aggregatesIn } from "./aggregate_calls.ts";
import { array, object } from "./build_ast.ts";
import type { CompiledQuery } from "./compile_query.ts";
import { namesOf } from "./evaluate/compile_program.ts";
import { withoutCounts } from "./plan_counts.ts";
import { printExpression, printQuery } from "./print.ts";
import { SqlSyntaxError } from "./sql_syntax_error.ts";

/** The query for each range, and how the SDK combines what the ranges give. */
export interface RangePlan {
  readonly rewritten: string;
  readonly aggregates?: readonly AggregateKind[];
  readonly groupByAliases?: readonly string[];
  readonly groupByAliasToAggregateType?: Readonly<Record<string, AggregateKind | null>>;
}

/**
 * Plans a query with GROUP BY or aggregates: each range gives partial aggregates.
 *
 * @throws {SqlSyntaxError} when an aggregate is part of a larger expression
 */
export function planGroups({ query, text }: CompiledQuery): RangePlan {
  const { select, groupBy } = query;
  const parts = partsOf(query);
  for (const { expression, kind } of parts) {
    if (kind !== undefined || aggregatesIn(expression).length === 0) continue;
    throw new SqlSyntaxError({
      text,
      offset: expression.at,
      requirement: "an aggregate over several ranges must be the whole of what SELECT gives",
      found: printExpression(expression),
    });
  }
  const rewrite = (selected: Query["select"]) =>
    printQuery({ ...withoutCounts(query), distinct: false, select: selected });
  const keys = groupBy.map((value) => object([{ name: "item", value }]));
  const groupByItems: SelectItem[] = keys.length === 0
    ? []
    : [{ expression: array(keys), alias: "groupByItems" }];
  const [first] = parts;
  if (select.kind === "value" && first !== undefined) {
    const payload = first.kind === undefined ? first.expression : array([first.payload]);
    const aggregates = first.kind === undefined ? [] : [first.kind];
    if (keys.length === 0) return { aggregates, rewritten: rewrite({ kind: "value", expression: payload }) };
    const items = [...groupByItems, { expression: payload, alias: "payload" }];
    return { aggregates, rewritten: rewrite({ kind: "list", items }) };
  }
  const payload = object(parts.map(({ name, payload }) => ({ name, value: payload })));
  return {
    rewritten: rewrite({ kind: "list", items: [...groupByItems, { expression: payload, alias: "payload" }] }),
    groupByAliases: parts.map(({ name }) => name),
    groupByAliasToAggregateType: Object.fromEntries(parts.map(({ name, kind }) => [name, kind ?? null])),
  };
}

/** One expression of SELECT: what it aggregates, if it does, and what a range gives for it. */
interface Part {
  readonly name: string;
  readonly expression: Expression;
  readonly kind: AggregateKind | undefined;
  readonly payload: Expression;
}

function partsOf({ select }: Query): readonly Part[] {
  if (select.kind === "star") return [];
  const items = select.kind === "list" ? select.items : [{ expression: select.expression, alias: undefined }];
  const names = namesOf(items);
  return items.map(({ expression }, index) => {
    const kind = expression.kind === "call" ? aggregateKindOf(expression) : undefined;
    const payload = expression.kind === "call" && kind !== undefined ? partial(expression, kind) : expression;
    return { name: names[index] ?? "", expression, kind, payload };
  });
}

/** What a range gives for an aggregate, so that those of all ranges can be combined. */
function partial(call: Call, kind: AggregateKind): Expression {
  const again = (name: string): Expression => ({ ...call, name });
  switch (kind) {
    case "Average": {
      const sumAndCount = object([{ name: "sum", value: again("SUM") }, {
        name: "count",
        value: again("COUNT"),
      }]);
      return object([{ name: "item", value: sumAndCount }]);
    }
    case "Min":
    case "Max": {
      const extreme = { name: kind.toLowerCase(), value: call };
      const item2 = object([extreme, { name: "count", value: again("COUNT") }]);
      return object([{ name: "item", value: call }, { name: "item2", value: item2 }]);
    }
    default:
      return object([{ name: "item", value: call }]);
  }
}
