import type { BinaryOperator, Expression, UnaryOperator } from "./ast.ts";
import { parseOperand } from "./parse_operand.ts";
import type { TokenCursor } from "./token_cursor.ts";

/**
 * How tightly operators bind, in the order of Microsoft's published grammar (azure-cosmos-dotnet-v3, Query/Core/Parser/sql.g4): `||` below the
 * comparisons, NOT with the other unary operators above everything, so that `NOT c.a = 1` is `(NOT c.a) = 1`. The shifts come from the
 * documentation of the bitwise operators and sit where JavaScript has them.
 */
const POWERS: Readonly<Record<BinaryOperator, number>> = {
  "??": 2,
  "OR": 3,
  "AND": 4,
  "||": 6,
  "|": 7,
  "^": 8,
  "&": 9,
  "=": 10,
  "!=": 10,
  "<": 11,
  "<=": 11,
  ">": 11,
  ">=": 11,
  "<<": 12,
  ">>": 12,
  ">>>": 12,
  "+": 13,
  "-": 13,
  "*": 14,
  "/": 14,
  "%": 14,
};
const CONDITIONAL = 1;
const MEMBERSHIP = 5; // BETWEEN, IN and LIKE
const UNARY = 15;

/** Reads an expression whose operators bind at least as tightly as `minimum`. @throws {SqlSyntaxError} */
export function parseExpression(cursor: TokenCursor, minimum = 0): Expression {
  return cursor.nested(() => {
    let left = parsePrefix(cursor);
    for (;;) {
      const extended = parseInfix(cursor, left, minimum);
      if (extended === undefined) return left;
      left = extended;
    }
  });
}

/** Reads expressions separated by commas, at least one. @throws {SqlSyntaxError} */
export function parseExpressions(cursor: TokenCursor): readonly Expression[] {
  const expressions = [parseExpression(cursor)];
  while (cursor.acceptSymbol(",")) expressions.push(parseExpression(cursor));
  return expressions;
}

function parseInfix(cursor: TokenCursor, left: Expression, minimum: number): Expression | undefined {
  const { at } = left;
  if (cursor.isSymbol("?")) return minimum <= CONDITIONAL ? parseConditional(cursor, left) : undefined;
  const operator = infixOperator(cursor);
  if (operator !== undefined) {
    const power = POWERS[operator];
    if (power < minimum) return undefined;
    cursor.advance();
    const right = parseExpression(cursor, power + 1);
    return cursor.node({ kind: "binary", operator, left, right, at }, [left, right]);
  }
  return minimum <= MEMBERSHIP ? parseMembership(cursor, left) : undefined;
}

function infixOperator(cursor: TokenCursor): BinaryOperator | undefined {
  const { token } = cursor;
  if (token.kind === "word") {
    if (cursor.isKeyword("AND")) return "AND";
    return cursor.isKeyword("OR") ? "OR" : undefined;
  }
  if (token.kind !== "symbol") return undefined;
  if (token.text === "<>") return "!=";
  return isBinaryOperator(token.text) ? token.text : undefined;
}

function isBinaryOperator(text: string): text is BinaryOperator {
  return Object.hasOwn(POWERS, text);
}

function parseConditional(cursor: TokenCursor, condition: Expression): Expression {
  cursor.advance();
  const consequent = parseExpression(cursor);
  cursor.expectSymbol(":", 'the first branch of "? :"');
  const alternative = parseExpression(cursor, CONDITIONAL);
  return cursor.node({ kind: "conditional", condition, consequent, alternative, at: condition.at }, [
    condition,
    consequent,
    alternative,
  ]);
}

function parseMembership(cursor: TokenCursor, operand: Expression): Expression | undefined {
  const { at } = operand;
  const negated = cursor.isKeyword("NOT");
  const keyword = negated ? cursor.next : cursor.token;
  const isOne = ["BETWEEN", "IN", "LIKE"].some((name) => cursor.isKeyword(name, keyword));
  if (!isOne) return undefined;
  if (negated) cursor.advance();
  if (cursor.acceptKeyword("BETWEEN")) {
    const low = parseExpression(cursor, MEMBERSHIP + 1);
    cursor.expectKeyword("AND", "the lower bound of BETWEEN");
    const high = parseExpression(cursor, MEMBERSHIP + 1);
    return cursor.node({ kind: "between", negated, operand, low, high, at }, [operand, low, high]);
  }
  if (cursor.acceptKeyword("IN")) {
    cursor.expectSymbol("(", "IN");
    const items = parseExpressions(cursor);
    cursor.expectSymbol(")", "the values of IN");
    return cursor.node({ kind: "in", negated, operand, items, at }, [operand, ...items]);
  }
  cursor.advance();
  const pattern = parseExpression(cursor, MEMBERSHIP + 1);
  const escape = cursor.acceptKeyword("ESCAPE") ? parseEscapeCharacter(cursor) : undefined;
  return cursor.node({ kind: "like", negated, operand, pattern, escape, at }, [operand, pattern]);
}

function parseEscapeCharacter(cursor: TokenCursor): string {
  const { token } = cursor;
  if (token.kind !== "string" || token.value.length !== 1) {
    return cursor.fail("ESCAPE must be followed by a string of one character");
  }
  cursor.advance();
  return token.value;
}

function parsePrefix(cursor: TokenCursor): Expression {
  const operator = prefixOperator(cursor);
  if (operator === undefined) return parseOperand(cursor);
  const { start: at } = cursor.advance();
  const operand = parseExpression(cursor, UNARY);
  return cursor.node({ kind: "unary", operator, operand, at }, [operand]);
}

function prefixOperator(cursor: TokenCursor): UnaryOperator | undefined {
  if (cursor.isKeyword("NOT")) return "NOT";
  for (const operator of ["-", "+", "~"] as const) {
    if (cursor.isSymbol(operator)) return operator;
  }
  return undefined;
}
