import type { Expression } from "../ast.ts";
import { printExpression } from "../print.ts";
import { compileExpression } from "./compile_expression.ts";
import type { ExpressionSite } from "./context.ts";
import type { Evaluate } from "./row.ts";
import { isArray, memberOf, type Value } from "./value.ts";

type OfKind<Kind extends Expression["kind"]> = Extract<Expression, { readonly kind: Kind }>;

/** Compiles an alias, or what a path leads to from one. @throws {SqlSyntaxError} when there is no such alias */
export function compilePath(
  expression: OfKind<"identifier"> | OfKind<"member"> | OfKind<"index">,
  site: ExpressionSite,
): Evaluate {
  if (site.grouped !== undefined) requireGrouped(expression, { ...site, grouped: site.grouped });
  return compileSteps(expression, site);
}

/** Outside aggregates, SELECT may read only what GROUP BY names (documentation, "GROUP BY", remarks), and names of the query around it. */
function requireGrouped(
  expression: Expression,
  site: ExpressionSite & { readonly grouped: ReadonlySet<string> },
): void {
  let part = expression;
  while (part.kind === "member" || part.kind === "index") {
    if (site.grouped.has(printExpression(part))) return;
    part = part.object;
  }
  if (site.grouped.has(printExpression(part))) return;
  if (part.kind !== "identifier" || !site.scope.has(part.name)) return;
  site.context.fail(
    expression.at,
    "SELECT with aggregates or GROUP BY reads only expressions of GROUP BY outside of aggregates",
    printExpression(expression),
  );
}

function compileSteps(expression: Expression, site: ExpressionSite): Evaluate {
  switch (expression.kind) {
    case "identifier": {
      const slot = site.scope.slotOf(expression.name);
      if (slot === undefined) return failUnresolved(expression, site);
      return (row) => row.slots[slot];
    }
    case "member":
      return compileMember(compileSteps(expression.object, site), expression.name);
    case "index": {
      const object = compileSteps(expression.object, site);
      const { index } = expression;
      if (index.kind === "literal" && typeof index.value === "string") {
        return compileMember(object, index.value);
      }
      const key = compileExpression(index, site);
      return (row) => elementOf(object(row), key(row));
    }
    default:
      return compileExpression(expression, site);
  }
}

function failUnresolved(expression: OfKind<"identifier">, site: ExpressionSite): never {
  const literal = ["null", "true", "false", "undefined"].find((name) =>
    name === expression.name.toLowerCase()
  );
  const hint = literal === undefined
    ? "Put strings into quotes and begin paths with the alias"
    : `Write ${literal}`;
  return site.context.fail(expression.at, "a name must be an alias of FROM or JOIN", expression.name, hint);
}

function compileMember(object: Evaluate, name: string): Evaluate {
  // Names that every JavaScript object inherits need the slower test for own members.
  if (name in Object.prototype) return (row) => memberOf(object(row), name);
  return (row) => {
    const target = object(row);
    if (typeof target !== "object" || target === null || Array.isArray(target)) return undefined;
    return (target as Readonly<Record<string, Value>>)[name];
  };
}

function elementOf(target: Value, key: Value): Value {
  if (typeof key === "string") return memberOf(target, key);
  return typeof key === "number" && isArray(target) ? target[key] : undefined;
}
