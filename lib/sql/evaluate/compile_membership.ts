import type { Expression } from "../ast.ts";
import { compileLike } from "../like.ts";
import { compileExpression } from "./compile_expression.ts";
import type { ExpressionSite } from "./context.ts";
import { not, or } from "./operators.ts";
import type { Evaluate } from "./row.ts";
import { equal, type Value } from "./value.ts";

/** `a IN (b, c)` is `a = b OR a = c`. */
export function compileIn(
  expression: Extract<Expression, { readonly kind: "in" }>,
  site: ExpressionSite,
): Evaluate {
  const operand = compileExpression(expression.operand, site);
  const test = primitivesTest(expression.items) ?? equalitiesTest(expression.items, site);
  return expression.negated ? (row) => not(test(operand(row), row)) : (row) => test(operand(row), row);
}

type MembershipTest = (value: Value, row: Parameters<Evaluate>[0]) => boolean | undefined;

/** A list of literals, which may be long, is looked up in a set. */
function primitivesTest(items: readonly Expression[]): MembershipTest | undefined {
  const values = new Set<Value>();
  for (const item of items) {
    if (item.kind !== "literal" || item.value === undefined) return undefined;
    values.add(item.value);
  }
  return (value) => value === undefined ? undefined : values.has(value);
}

function equalitiesTest(items: readonly Expression[], site: ExpressionSite): MembershipTest {
  const candidates = items.map((item) => compileExpression(item, site));
  return (value, row) => {
    let found: boolean | undefined = false;
    for (const candidate of candidates) found = or(found, equal(value, candidate(row)));
    return found;
  };
}

/** LIKE: undefined unless both sides are strings. */
export function compileLikeTest(
  expression: Extract<Expression, { readonly kind: "like" }>,
  site: ExpressionSite,
): Evaluate {
  const { negated, escape } = expression;
  const operand = compileExpression(expression.operand, site);
  const pattern = compileExpression(expression.pattern, site);
  let known: { readonly pattern: string; readonly matches: (text: string) => boolean } | undefined;
  return (row) => {
    const text = operand(row);
    const wanted = pattern(row);
    if (typeof text !== "string" || typeof wanted !== "string") return undefined;
    if (known?.pattern !== wanted) known = { pattern: wanted, matches: compileLike(wanted, escape) };
    return known.matches(text) !== negated;
  };
}
