import type { Expression } from "./ast.ts";

/** The expressions that an expression consists of; those within subqueries stay out. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "parameter":
    case "identifier":
    case "subquery":
      return [];
    case "member":
      return [expression.object];
    case "index":
      return [expression.object, expression.index];
    case "array":
      return expression.items;
    case "object":
      return expression.members.map(({ value }) => value);
    case "call":
      return expression.arguments;
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "conditional":
      return [expression.condition, expression.consequent, expression.alternative];
    case "between":
      return [expression.operand, expression.low, expression.high];
    case "in":
      return [expression.operand, ...expression.items];
    case "like":
      return [expression.operand, expression.pattern];
  }
}
