import type { Call, Expression } from "./ast.ts";
import { childrenOf } from "./children_of.ts";

/** The kinds of aggregates, named as the SDK names them. */
export type AggregateKind = "Count" | "Sum" | "Average" | "Min" | "Max" | "CountIf";

const AGGREGATES: ReadonlyMap<string, AggregateKind> = new Map([
  ["COUNT", "Count"],
  ["SUM", "Sum"],
  ["AVG", "Average"],
  ["MIN", "Min"],
  ["MAX", "Max"],
  ["COUNTIF", "CountIf"],
]);

/** The kind of aggregate that a call is, if it is one. */
export function aggregateKindOf(call: Call): AggregateKind | undefined {
  return call.userDefined ? undefined : AGGREGATES.get(call.name.toUpperCase());
}

/** The calls in an expression that are aggregates, from left to right. */
export function aggregatesIn(
  expression: Expression,
): readonly { readonly call: Call; readonly kind: AggregateKind }[] {
  const kind = expression.kind === "call" ? aggregateKindOf(expression) : undefined;
  if (expression.kind === "call" && kind !== undefined) return [{ call: expression, kind }];
  return childrenOf(expression).flatMap(aggregatesIn);
}
