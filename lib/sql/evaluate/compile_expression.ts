import type { Expression } from "../ast.ts";
import { printExpression } from "../print.ts";
import { compileCall } from "./compile_call.ts";
import { compilePath } from "./compile_path.ts";
import { compileIn, compileLikeTest } from "./compile_membership.ts";
import { compileSubquery } from "./compile_subquery.ts";
import type { ExpressionSite } from "./context.ts";
import { and, not, or, STRICT_OPERATORS, UNARY_OPERATORS } from "./operators.ts";
import type { Evaluate } from "./row.ts";
import { compare, setMember } from "./value.ts";

/**
 * Turns an expression into a function. Names, parameters and functions are resolved here, so that a run does nothing but evaluate.
 *
 * @throws {SqlSyntaxError} for what cannot be resolved
 */
export function compileExpression(expression: Expression, site: ExpressionSite): Evaluate {
  if (site.grouped?.has(printExpression(expression))) {
    return compileExpression(expression, { ...site, grouped: undefined });
  }
  switch (expression.kind) {
    case "literal": {
      const { value } = expression;
      return () => value;
    }
    case "parameter": {
      const index = site.context.parameterIndex(expression.name, expression.at);
      return (row) => row.parameters[index];
    }
    case "identifier":
    case "member":
    case "index":
      return compilePath(expression, site);
    case "array":
      return compileArray(expression.items, site);
    case "object":
      return compileObject(expression.members, site);
    case "unary": {
      const operand = compileExpression(expression.operand, site);
      const operation = UNARY_OPERATORS[expression.operator];
      return (row) => operation(operand(row));
    }
    case "binary":
      return compileBinary(expression, site);
    case "conditional": {
      const condition = compileExpression(expression.condition, site);
      const consequent = compileExpression(expression.consequent, site);
      const alternative = compileExpression(expression.alternative, site);
      return (row) => condition(row) === true ? consequent(row) : alternative(row);
    }
    case "between":
      return compileBetween(expression, site);
    case "in":
      return compileIn(expression, site);
    case "like":
      return compileLikeTest(expression, site);
    case "call":
      return compileCall(expression, site);
    case "subquery":
      return compileSubquery(expression, site);
  }
}

type OfKind<Kind extends Expression["kind"]> = Extract<Expression, { readonly kind: Kind }>;

function compileArray(items: readonly Expression[], site: ExpressionSite): Evaluate {
  const evaluators = items.map((item) => compileExpression(item, site));
  return (row) => evaluators.map((evaluate) => evaluate(row)).filter((value) => value !== undefined);
}

function compileObject(members: OfKind<"object">["members"], site: ExpressionSite): Evaluate {
  const evaluators = members.map(({ name, value }) => ({ name, evaluate: compileExpression(value, site) }));
  return (row) => {
    const result = {};
    for (const { name, evaluate } of evaluators) setMember(result, name, evaluate(row));
    return result;
  };
}

function compileBinary({ operator, left, right }: OfKind<"binary">, site: ExpressionSite): Evaluate {
  const one = compileExpression(left, site);
  const other = compileExpression(right, site);
  switch (operator) {
    case "AND":
      return (row) => {
        const first = one(row);
        return first === false ? false : and(first, other(row));
      };
    case "OR":
      return (row) => {
        const first = one(row);
        return first === true ? true : or(first, other(row));
      };
    case "??":
      return (row) => {
        const first = one(row);
        return first === undefined ? other(row) : first;
      };
    default: {
      const operation = STRICT_OPERATORS[operator];
      return (row) => operation(one(row), other(row));
    }
  }
}

/** `a BETWEEN b AND c` is `a >= b AND a <= c`. */
function compileBetween({ operand, low, high, negated }: OfKind<"between">, site: ExpressionSite): Evaluate {
  const [value, lower, upper] = [operand, low, high].map((part) => compileExpression(part, site)) as [
    Evaluate,
    Evaluate,
    Evaluate,
  ];
  return (row) => {
    const tested = value(row);
    const below = compare(tested, lower(row));
    const above = compare(tested, upper(row));
    const isBetween = and(
      below === undefined ? undefined : below >= 0,
      above === undefined ? undefined : above <= 0,
    );
    return negated ? not(isBetween) : isBetween;
  };
}
