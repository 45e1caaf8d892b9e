import type { Expression, Query, SelectItem } from "./ast.ts";
import { array, count, identifier, object } from "./build_ast.ts";
import { namesOf } from "./evaluate/compile_program.ts";
import { type Counts, windowFromStart, withoutCounts } from "./plan_counts.ts";
import { printExpression, printQuery } from "./print.ts";

/** What the SDK replaces by a condition of its own before it sends a rewritten ORDER BY query. */
const ORDER_BY_FILTER = "({documentdb-formattableorderbyquery-filter})";

/** The query for each range: rows with the values that they sort by, so that the SDK can merge them. */
export function rewriteOrderBy(query: Query, counts: Counts): string {
  const { select, sources, orderBy, where, distinct } = query;
  const alias = sources[0]?.alias;
  const keys = orderBy.map(({ expression }) => object([{ name: "item", value: expression }]));
  const items: SelectItem[] = [
    { expression: array(keys), alias: "orderByItems" },
    { expression: payloadOf(query), alias: "payload" },
  ];
  if (alias !== undefined) {
    const rid: Expression = { kind: "member", object: identifier(alias), name: "_rid", at: 0 };
    items.unshift({ expression: rid, alias: undefined });
  }
  const filter = where === undefined ? ORDER_BY_FILTER : `(${printExpression(where)} AND ${ORDER_BY_FILTER})`;
  const condition = select.kind === "value"
    ? `(${filter} AND IS_DEFINED(${printExpression(select.expression)}))`
    : filter;
  const top = counts.top === undefined ? undefined : count(counts.top);
  const window = distinct ? {} : { top, ...windowFromStart(counts) };
  return printQuery(
    { ...withoutCounts(query), ...window, distinct: false, select: { kind: "list", items } },
    { where: condition },
  );
}

function payloadOf({ select, sources }: Query): Expression {
  switch (select.kind) {
    case "value":
      return select.expression;
    case "star":
      return identifier(sources[0]?.alias ?? "undefined");
    case "list": {
      const names = namesOf(select.items);
      return object(
        select.items.map(({ expression }, index) => ({ name: names[index] ?? "", value: expression })),
      );
    }
  }
}
