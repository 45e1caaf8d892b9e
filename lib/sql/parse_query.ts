import type { Collection, Count, Expression, OrderKey, Query, Select, SelectItem, Source } from "./ast.ts";
import { parseExpression, parseExpressions } from "./parse_expression.ts";
import type { TokenCursor } from "./token_cursor.ts";

/** Reads a query, or a subquery without its parentheses. @throws {SqlSyntaxError} */
export function parseQuery(cursor: TokenCursor): Query {
  return cursor.nested(() => {
    const { start: at } = cursor.token;
    if (!cursor.acceptKeyword("SELECT")) cursor.fail("a query must begin with SELECT");
    const distinct = cursor.acceptKeyword("DISTINCT");
    const top = cursor.acceptKeyword("TOP") ? parseCount(cursor, "TOP") : undefined;
    const select = parseSelect(cursor);
    const sources = cursor.acceptKeyword("FROM") ? parseSources(cursor) : [];
    const where = cursor.acceptKeyword("WHERE") ? parseExpression(cursor) : undefined;
    const groupBy = parseGroupBy(cursor);
    const orderBy = parseOrderBy(cursor);
    const { offset, limit } = parseOffsetLimit(cursor);
    const query = { distinct, top, select, sources, where, groupBy, orderBy, offset, limit, at };
    return cursor.node(query, childrenOf(query));
  });
}

function childrenOf(query: Query): readonly object[] {
  const { select, sources, where, groupBy, orderBy } = query;
  const children: object[] = [...groupBy, ...orderBy.map(({ expression }) => expression)];
  if (where !== undefined) children.push(where);
  if (select.kind === "value") children.push(select.expression);
  if (select.kind === "list") children.push(...select.items.map(({ expression }) => expression));
  for (const { collection } of sources) {
    if (collection.kind === "subquery") children.push(collection.query);
  }
  return children;
}

function parseCount(cursor: TokenCursor, clause: string): Count {
  const { token } = cursor;
  if (token.kind === "parameter") {
    cursor.advance();
    return { kind: "parameter", name: token.text, at: token.start };
  }
  if (token.kind === "number" && Number.isSafeInteger(token.value)) {
    cursor.advance();
    return { kind: "literal", value: token.value, at: token.start };
  }
  return cursor.fail(`${clause} must be followed by an integer from 0 or a parameter`);
}

function parseSelect(cursor: TokenCursor): Select {
  if (cursor.acceptSymbol("*")) return { kind: "star" };
  if (cursor.acceptKeyword("VALUE")) return { kind: "value", expression: parseExpression(cursor) };
  const items: SelectItem[] = [];
  do {
    const expression = parseExpression(cursor);
    const isNamed = cursor.acceptKeyword("AS") || cursor.isIdentifier();
    const alias = isNamed ? cursor.expectIdentifier("what follows AS") : undefined;
    items.push({ expression, alias });
  } while (cursor.acceptSymbol(","));
  return { kind: "list", items };
}

function parseSources(cursor: TokenCursor): readonly Source[] {
  const sources = [parseSource(cursor)];
  while (cursor.acceptKeyword("JOIN")) sources.push(parseSource(cursor));
  return sources;
}

function parseSource(cursor: TokenCursor): Source {
  const { start: at } = cursor.token;
  if (cursor.isIdentifier() && cursor.isKeyword("IN", cursor.next)) {
    const alias = cursor.expectIdentifier("the alias before IN");
    cursor.advance();
    return { collection: parseCollection(cursor), each: true, alias, at };
  }
  const collection = parseCollection(cursor);
  const named = cursor.acceptKeyword("AS") || cursor.isIdentifier();
  const alias = named ? cursor.expectIdentifier("an alias") : defaultAlias(collection);
  return { collection, each: false, alias, at };
}

function parseCollection(cursor: TokenCursor): Collection {
  const { start: at } = cursor.token;
  if (cursor.acceptSymbol("(")) {
    const query = parseQuery(cursor);
    cursor.expectSymbol(")", "a subquery");
    return { kind: "subquery", query, at };
  }
  const root = cursor.expectIdentifier("a source of FROM");
  const path: (string | number)[] = [];
  for (;;) {
    if (cursor.acceptSymbol(".")) {
      path.push(cursor.expectIdentifier("what follows a dot"));
    } else if (cursor.acceptSymbol("[")) {
      const { token } = cursor;
      if (token.kind !== "string" && !(token.kind === "number" && Number.isSafeInteger(token.value))) {
        return cursor.fail("an index in FROM must be a string or an integer");
      }
      cursor.advance();
      path.push(token.value);
      cursor.expectSymbol("]", "an index");
    } else {
      return { kind: "path", root, path, at };
    }
  }
}

function defaultAlias(collection: Collection): string | undefined {
  if (collection.kind === "subquery") return undefined;
  const last = collection.path.at(-1) ?? collection.root;
  return typeof last === "string" ? last : undefined;
}

function parseGroupBy(cursor: TokenCursor): readonly Expression[] {
  if (!cursor.acceptKeyword("GROUP")) return [];
  cursor.expectKeyword("BY", "GROUP");
  return parseExpressions(cursor);
}

function parseOrderBy(cursor: TokenCursor): readonly OrderKey[] {
  if (!cursor.acceptKeyword("ORDER")) return [];
  cursor.expectKeyword("BY", "ORDER");
  if (cursor.isKeyword("RANK") && cursor.isIdentifier(cursor.next)) {
    cursor.fail("hybrid search (ORDER BY RANK) is not supported");
  }
  const keys: OrderKey[] = [];
  do {
    const expression = parseExpression(cursor);
    keys.push({ expression, direction: parseDirection(cursor) });
  } while (cursor.acceptSymbol(","));
  return keys;
}

function parseDirection(cursor: TokenCursor): OrderKey["direction"] {
  if (cursor.acceptKeyword("ASC")) return "ASC";
  return cursor.acceptKeyword("DESC") ? "DESC" : undefined;
}

function parseOffsetLimit(cursor: TokenCursor): Pick<Query, "offset" | "limit"> {
  if (!cursor.acceptKeyword("OFFSET")) return { offset: undefined, limit: undefined };
  const offset = parseCount(cursor, "OFFSET");
  cursor.expectKeyword("LIMIT", "the count of OFFSET");
  return { offset, limit: parseCount(cursor, "LIMIT") };
}
