import { SqlSyntaxError } from "./sql_syntax_error.ts";

interface Span {
  readonly start: number;
  readonly end: number;
}

/** A token of the query text. A word is a keyword, an identifier or the name of a function; the parser knows which. */
export type Token =
  & Span
  & (
    | { readonly kind: "word"; readonly text: string }
    | { readonly kind: "number"; readonly value: number }
    | { readonly kind: "string"; readonly value: string }
    /** With the `@`. */
    | { readonly kind: "parameter"; readonly text: string }
    | { readonly kind: "symbol"; readonly text: string }
    | { readonly kind: "end" }
  );

const BLANK = /(?:[\s\uFEFF]|--[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?/y;
const PARAMETER = /@[\p{L}_][\p{L}\p{N}_]*/uy;
const SYMBOL = />>>|<<|>>|<=|>=|<>|!=|\?\?|\|\||[-+*\/%=<>&|^~?:.,()[\]{}]/y;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Splits a query into tokens; the last one is `end`. `--` and block comments are skipped.
 *
 * The lexical grammar is the one that Microsoft publishes with its .NET SDK (azure-cosmos-dotnet-v3, Query/Core/Parser/sql.g4), with letters of
 * other scripts in identifiers and hexadecimal numbers, which the page "Constants" of the documentation has.
 *
 * @throws {SqlSyntaxError} at the first character that starts no token
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    at += match(BLANK)?.length ?? 0;
    const start = at;
    if (start >= text.length) break;
    const token = match(WORD);
    if (token !== undefined) {
      at += token.length;
      tokens.push({ kind: "word", text: token, start, end: at });
      continue;
    }
    const number = match(NUMBER);
    if (number !== undefined) {
      at += number.length;
      tokens.push({ kind: "number", value: readNumber(text, start, number), start, end: at });
      continue;
    }
    const parameter = match(PARAMETER);
    if (parameter !== undefined) {
      at += parameter.length;
      tokens.push({ kind: "parameter", text: parameter, start, end: at });
      continue;
    }
    const symbol = match(SYMBOL);
    if (symbol !== undefined) {
      at += symbol.length;
      tokens.push({ kind: "symbol", text: symbol, start, end: at });
      continue;
    }
    const string = readString(text, start);
    at = string.end;
    tokens.push(string);
  }
  tokens.push({ kind: "end", start: text.length, end: text.length });
  return tokens;
}

function readNumber(text: string, offset: number, digits: string): number {
  const value = Number(digits);
  if (Number.isFinite(value)) return value;
  throw new SqlSyntaxError({
    text,
    offset,
    requirement: "a number must fit into a double",
    found: digits,
  });
}

function readString(text: string, start: number): Token {
  const quote = text[start];
  if (quote !== '"' && quote !== "'") {
    const found = String.fromCodePoint(text.codePointAt(start) ?? 0);
    throw new SqlSyntaxError({
      text,
      offset: start,
      requirement: "a query consists of words, numbers, strings, parameters and operators",
      found: JSON.stringify(found),
    });
  }
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === quote) return { kind: "string", value, start, end: at + 1 };
    if (character === "\\") {
      const { decoded, length } = readEscape(text, at);
      value += decoded;
      at += length - 1;
    } else if (character < " ") {
      throw new SqlSyntaxError({
        text,
        offset: at,
        requirement: "control characters in a string are written as escapes such as \\n",
        found: JSON.stringify(character),
      });
    } else {
      value += character;
    }
  }
  throw new SqlSyntaxError({
    text,
    offset: start,
    requirement: `a string must end with ${quote}`,
    found: "the end of the query",
  });
}

function readEscape(text: string, at: number): { readonly decoded: string; readonly length: number } {
  const code = text.charAt(at + 1);
  const simple = SIMPLE_ESCAPES[code];
  if (simple !== undefined) return { decoded: simple, length: 2 };
  const hex = text.slice(at + 2, at + 6);
  if (code === "u" && /^[0-9a-fA-F]{4}$/.test(hex)) {
    return { decoded: String.fromCharCode(Number.parseInt(hex, 16)), length: 6 };
  }
  throw new SqlSyntaxError({
    text,
    offset: at,
    requirement: `escapes are \\" \\' \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX`,
    found: JSON.stringify(text.slice(at, at + 2)),
  });
}
