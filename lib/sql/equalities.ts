import type { Expression, LiteralValue } from "./ast.ts";
import type { CompiledQuery } from "./compile_query.ts";
import type { Condition } from "./condition.ts";

/** A constraint that every row of a query fulfils: the value at a path of the document equals a literal or a parameter. */
export interface Equality {
  /** Names of properties, from the document down. */
  readonly path: readonly string[];
  readonly value:
    | { readonly kind: "literal"; readonly value: Exclude<LiteralValue, undefined> }
    | { readonly kind: "parameter"; readonly name: string };
}

/** The constraints `alias.path = value` that are joined by AND at the top of WHERE; for point lookups. */
export function equalities(source: CompiledQuery | Condition): readonly Equality[] {
  if ("expression" in source) return fromExpression(source.expression, source.alias);
  const { sources: [first], where } = source.query;
  const isWhole = first !== undefined && !first.each && first.collection.kind === "path" &&
    first.collection.path.length === 0;
  return isWhole && where !== undefined && first.alias !== undefined
    ? fromExpression(where, first.alias)
    : [];
}

function fromExpression(expression: Expression, alias: string): readonly Equality[] {
  if (expression.kind !== "binary") return [];
  const { operator, left, right } = expression;
  if (operator === "AND") return [...fromExpression(left, alias), ...fromExpression(right, alias)];
  if (operator !== "=") return [];
  const found = readEquality(left, right, alias) ?? readEquality(right, left, alias);
  return found === undefined ? [] : [found];
}

function readEquality(target: Expression, value: Expression, alias: string): Equality | undefined {
  const path = readPath(target, alias);
  if (path === undefined || path.length === 0) return undefined;
  if (value.kind === "parameter") return { path, value: { kind: "parameter", name: value.name } };
  if (value.kind !== "literal" || value.value === undefined) return undefined;
  return { path, value: { kind: "literal", value: value.value } };
}

function readPath(expression: Expression, alias: string): readonly string[] | undefined {
  if (expression.kind === "identifier") return expression.name === alias ? [] : undefined;
  if (expression.kind === "member") {
    const head = readPath(expression.object, alias);
    return head && [...head, expression.name];
  }
  if (expression.kind !== "index" || expression.index.kind !== "literal") return undefined;
  const { value } = expression.index;
  const head = readPath(expression.object, alias);
  return typeof value === "string" && head !== undefined ? [...head, value] : undefined;
}
