import type { Collection, Count, Expression, LiteralValue, Query, Select, Source } from "./ast.ts";
import { isName } from "./token_cursor.ts";

/** Clauses that stand in for those of the tree. */
export interface PrintOptions {
  /** The text after WHERE. */
  readonly where?: string | undefined;
}

/**
 * Writes a query as the service writes its rewritten queries: a clause a line, operators in parentheses. Parsing the result gives the same tree
 * again.
 */
export function printQuery(query: Query, options: PrintOptions = {}): string {
  const { distinct, top, select, sources, where, groupBy, orderBy, offset, limit } = query;
  const head = ["SELECT"];
  if (distinct) head.push("DISTINCT");
  if (top !== undefined) head.push("TOP", printCount(top));
  head.push(printSelect(select));
  const lines = [head.join(" ")];
  if (sources.length > 0) lines.push(`FROM ${sources.map(printSource).join("\nJOIN ")}`);
  const condition = options.where ?? (where && printExpression(where));
  if (condition !== undefined) lines.push(`WHERE ${condition}`);
  if (groupBy.length > 0) lines.push(`GROUP BY ${groupBy.map(printExpression).join(", ")}`);
  if (orderBy.length > 0) {
    const keys = orderBy.map(({ expression, direction }) =>
      printExpression(expression) + (direction === undefined ? "" : ` ${direction}`)
    );
    lines.push(`ORDER BY ${keys.join(", ")}`);
  }
  if (offset !== undefined && limit !== undefined) {
    lines.push(`OFFSET ${printCount(offset)} LIMIT ${printCount(limit)}`);
  }
  return lines.join("\n");
}

/** Writes an expression. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return printLiteral(expression.value);
    case "parameter":
    case "identifier":
      return expression.name;
    case "member":
      return `${printOperand(expression.object)}.${expression.name}`;
    case "index":
      return `${printOperand(expression.object)}[${printExpression(expression.index)}]`;
    case "array":
      return `[${expression.items.map(printExpression).join(", ")}]`;
    case "object": {
      const members = expression.members.map(({ name, value }) =>
        `${JSON.stringify(name)}: ${printExpression(value)}`
      );
      return `{${members.join(", ")}}`;
    }
    case "call": {
      const prefix = expression.userDefined ? "udf." : "";
      return `${prefix}${expression.name}(${expression.arguments.map(printExpression).join(", ")})`;
    }
    case "subquery":
      return `${SUBQUERY_KEYWORDS[expression.form]}(${printQuery(expression.query).replaceAll("\n", " ")})`;
    case "unary": {
      const space = expression.operator === "NOT" ? " " : "";
      return `(${expression.operator}${space}${printExpression(expression.operand)})`;
    }
    case "binary":
      return `(${printExpression(expression.left)} ${expression.operator} ${
        printExpression(expression.right)
      })`;
    case "conditional": {
      const { condition, consequent, alternative } = expression;
      return `(${printExpression(condition)} ? ${printExpression(consequent)} : ${
        printExpression(alternative)
      })`;
    }
    case "between": {
      const { operand, low, high } = expression;
      return `(${printExpression(operand)}${not(expression)} BETWEEN ${printExpression(low)} AND ${
        printExpression(high)
      })`;
    }
    case "in": {
      const items = expression.items.map(printExpression).join(", ");
      return `(${printExpression(expression.operand)}${not(expression)} IN (${items}))`;
    }
    case "like": {
      const escape = expression.escape === undefined ? "" : ` ESCAPE ${JSON.stringify(expression.escape)}`;
      const pattern = printExpression(expression.pattern);
      return `(${printExpression(expression.operand)}${not(expression)} LIKE ${pattern}${escape})`;
    }
  }
}

const SUBQUERY_KEYWORDS = { scalar: "", exists: "EXISTS", array: "ARRAY" } as const;

function not({ negated }: { readonly negated: boolean }): string {
  return negated ? " NOT" : "";
}

/** `1.a` would read as the number `1.`, so what is not a path already gets parentheses. */
function printOperand(expression: Expression): string {
  const text = printExpression(expression);
  return expression.kind === "literal" ? `(${text})` : text;
}

function printLiteral(value: LiteralValue): string {
  return value === undefined ? "undefined" : JSON.stringify(value);
}

function printCount(count: Count): string {
  return count.kind === "parameter" ? count.name : String(count.value);
}

function printSelect(select: Select): string {
  switch (select.kind) {
    case "star":
      return "*";
    case "value":
      return `VALUE ${printExpression(select.expression)}`;
    case "list":
      return select.items.map(({ expression, alias }) =>
        printExpression(expression) + (alias === undefined ? "" : ` AS ${alias}`)
      ).join(", ");
  }
}

function printSource({ collection, each, alias }: Source): string {
  const text = printCollection(collection);
  if (each) return `${alias} IN ${text}`;
  return alias === undefined || alias === inferredAlias(collection) ? text : `${text} AS ${alias}`;
}

function inferredAlias(collection: Collection): string | number | undefined {
  return collection.kind === "path" ? collection.path.at(-1) ?? collection.root : undefined;
}

function printCollection(collection: Collection): string {
  if (collection.kind === "subquery") return `(${printQuery(collection.query).replaceAll("\n", " ")})`;
  return collection.root + collection.path.map(printSegment).join("");
}

function printSegment(segment: string | number): string {
  const isPlain = typeof segment === "string" && /^[A-Za-z_]\w*$/.test(segment) && isName(segment);
  return isPlain ? `.${segment}` : `[${JSON.stringify(segment)}]`;
}
