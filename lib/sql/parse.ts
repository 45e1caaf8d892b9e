import type { Expression, Query } from "./ast.ts";
import { parseExpression } from "./parse_expression.ts";
import { parseQuery } from "./parse_query.ts";
import { TokenCursor } from "./token_cursor.ts";

/** Reads the text of a whole query. @throws {SqlSyntaxError} */
export function parse(text: string): Query {
  const cursor = new TokenCursor(text);
  const query = parseQuery(cursor);
  expectEnd(cursor, "the query must end here");
  return query;
}

/** Reads the text of a WHERE condition alone. @throws {SqlSyntaxError} */
export function parseCondition(text: string): Expression {
  const cursor = new TokenCursor(text);
  const expression = parseExpression(cursor);
  expectEnd(cursor, "the condition must end here");
  return expression;
}

function expectEnd(cursor: TokenCursor, requirement: string): void {
  if (cursor.token.kind !== "end") cursor.fail(requirement);
}
