import type { Call, Expression, ObjectMember } from "./ast.ts";
import { parseExpression, parseExpressions } from "./parse_expression.ts";
import { parseQuery } from "./parse_query.ts";
import type { TokenCursor } from "./token_cursor.ts";

/** Reads what stands between operators: a literal, path, call, subquery, array, object or parenthesis. @throws {SqlSyntaxError} */
export function parseOperand(cursor: TokenCursor): Expression {
  let expression = parsePrimary(cursor);
  for (;;) {
    const { at } = expression;
    if (cursor.acceptSymbol(".")) {
      const name = cursor.expectIdentifier("what follows a dot");
      expression = cursor.node({ kind: "member", object: expression, name, at }, [expression]);
    } else if (cursor.acceptSymbol("[")) {
      const index = parseExpression(cursor);
      cursor.expectSymbol("]", "an index");
      expression = cursor.node({ kind: "index", object: expression, index, at }, [expression, index]);
    } else {
      return expression;
    }
  }
}

function parsePrimary(cursor: TokenCursor): Expression {
  const { token } = cursor;
  const at = token.start;
  switch (token.kind) {
    case "number":
    case "string":
      cursor.advance();
      return { kind: "literal", value: token.value, at };
    case "parameter":
      cursor.advance();
      return { kind: "parameter", name: token.text, at };
    case "word":
      return parseWord(cursor, token.text, at);
    case "symbol":
      if (token.text === "(") return parseParenthesis(cursor);
      if (token.text === "[") return parseArray(cursor);
      if (token.text === "{") return parseObject(cursor);
  }
  return cursor.fail("an expression must stand here");
}

function parseWord(cursor: TokenCursor, word: string, at: number): Expression {
  switch (word) {
    case "true":
    case "false":
      cursor.advance();
      return { kind: "literal", value: word === "true", at };
    case "null":
      cursor.advance();
      return { kind: "literal", value: null, at };
    case "undefined":
      cursor.advance();
      return { kind: "literal", value: undefined, at };
    case "udf":
      cursor.advance();
      cursor.expectSymbol(".", "udf");
      return parseCall(cursor, {
        name: cursor.expectIdentifier("a user-defined function"),
        userDefined: true,
        at,
      });
  }
  for (const form of ["exists", "array"] as const) {
    if (!cursor.acceptKeyword(form.toUpperCase())) continue;
    cursor.expectSymbol("(", form.toUpperCase());
    const query = parseQuery(cursor);
    cursor.expectSymbol(")", "a subquery");
    return cursor.node({ kind: "subquery", form, query, at }, [query]);
  }
  const isCall = cursor.isSymbol("(", cursor.next);
  if (isCall && (cursor.isKeyword("LEFT") || cursor.isKeyword("RIGHT"))) {
    cursor.advance();
    return parseCall(cursor, { name: word, userDefined: false, at });
  }
  if (!cursor.isIdentifier()) return cursor.fail("an expression must stand here");
  cursor.advance();
  return isCall
    ? parseCall(cursor, { name: word, userDefined: false, at })
    : { kind: "identifier", name: word, at };
}

function parseCall(cursor: TokenCursor, head: Pick<Call, "name" | "userDefined" | "at">): Expression {
  cursor.expectSymbol("(", "the name of a function");
  const values = cursor.isSymbol(")") ? [] : parseExpressions(cursor);
  cursor.expectSymbol(")", "the arguments of a function");
  return cursor.node({ kind: "call", ...head, arguments: values }, values);
}

function parseParenthesis(cursor: TokenCursor): Expression {
  const { start: at } = cursor.advance();
  if (cursor.isKeyword("SELECT")) {
    const query = parseQuery(cursor);
    cursor.expectSymbol(")", "a subquery");
    return cursor.node({ kind: "subquery", form: "scalar", query, at }, [query]);
  }
  const expression = parseExpression(cursor);
  cursor.expectSymbol(")", "an expression in parentheses");
  return expression;
}

function parseArray(cursor: TokenCursor): Expression {
  const { start: at } = cursor.advance();
  const items = cursor.isSymbol("]") ? [] : parseExpressions(cursor);
  cursor.expectSymbol("]", "the items of an array");
  return cursor.node({ kind: "array", items, at }, items);
}

function parseObject(cursor: TokenCursor): Expression {
  const { start: at } = cursor.advance();
  const members: ObjectMember[] = [];
  if (!cursor.isSymbol("}")) {
    do members.push(parseMember(cursor)); while (cursor.acceptSymbol(","));
  }
  cursor.expectSymbol("}", "the members of an object");
  return cursor.node({ kind: "object", members, at }, members.map(({ value }) => value));
}

function parseMember(cursor: TokenCursor): ObjectMember {
  const { token } = cursor;
  const name = token.kind === "string" ? token.value : cursor.expectIdentifier("the key of an object");
  if (token.kind === "string") cursor.advance();
  cursor.expectSymbol(":", "the key of an object");
  return { name, value: parseExpression(cursor) };
}
