import type { Expression, Query } from "./ast.ts";
import { SqlSyntaxError } from "./sql_syntax_error.ts";
import { type Token, tokenize } from "./tokenize.ts";

/** Words that cannot be the name of a property after a dot, nor an alias, in any case (sql.g4 of azure-cosmos-dotnet-v3). */
const RESERVED: ReadonlySet<string> = new Set([
  ..."AND ARRAY AS ASC BETWEEN BY DESC DISTINCT ESCAPE EXISTS FROM GROUP IN JOIN LEFT LIKE LIMIT".split(" "),
  ..."NOT OFFSET OR ORDER RIGHT SELECT TOP VALUE WHERE".split(" "),
]);

/** Literals, reserved in exactly this spelling. */
const RESERVED_LITERALS: ReadonlySet<string> = new Set(["true", "false", "null", "undefined", "udf"]);

/** Whether a word can stand where a name is expected. */
export function isName(word: string): boolean {
  return !RESERVED_LITERALS.has(word) && !RESERVED.has(word.toUpperCase());
}

/** Limits to parentheses and the like within each other, and to the depth of a tree, so that no recursion can exhaust the stack. */
const MAX_NESTING = 250;
const MAX_DEPTH = 1000;

/** Reads tokens one by one and words the errors of the parser. */
export class TokenCursor {
  readonly text: string;
  readonly #tokens: readonly Token[];
  readonly #depths = new WeakMap<object, number>();
  #index = 0;
  #nesting = 0;

  /** @throws {SqlSyntaxError} */
  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
  }

  get token(): Token {
    return this.#at(this.#index);
  }

  get next(): Token {
    return this.#at(this.#index + 1);
  }

  advance(): Token {
    const token = this.token;
    this.#index++;
    return token;
  }

  isSymbol(symbol: string, token: Token = this.token): boolean {
    return token.kind === "symbol" && token.text === symbol;
  }

  isKeyword(keyword: string, token: Token = this.token): boolean {
    return token.kind === "word" && token.text.length === keyword.length &&
      token.text.toUpperCase() === keyword;
  }

  acceptSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#index++;
    return true;
  }

  acceptKeyword(keyword: string): boolean {
    if (!this.isKeyword(keyword)) return false;
    this.#index++;
    return true;
  }

  expectSymbol(symbol: string, context: string): void {
    if (!this.acceptSymbol(symbol)) this.fail(`"${symbol}" must follow ${context}`);
  }

  expectKeyword(keyword: string, context: string): void {
    if (!this.acceptKeyword(keyword)) this.fail(`${keyword} must follow ${context}`);
  }

  /** Whether the token is a word that may name a property, an alias or a container. */
  isIdentifier(token: Token = this.token): boolean {
    return token.kind === "word" && isName(token.text);
  }

  expectIdentifier(what: string): string {
    const token = this.token;
    if (token.kind === "word" && this.isIdentifier(token)) {
      this.#index++;
      return token.text;
    }
    const hint = token.kind === "word"
      ? `Write a property that is named like a keyword as ["${token.text}"]`
      : undefined;
    return this.fail(`${what} must be a name`, token, hint);
  }

  /** Runs `parse` one level deeper. @throws {SqlSyntaxError} when the text nests too deeply */
  nested<Result>(parse: () => Result): Result {
    if (++this.#nesting > MAX_NESTING) this.fail(`expressions nest at most ${MAX_NESTING} deep`);
    const result = parse();
    this.#nesting--;
    return result;
  }

  /** Notes how deep a node is, given its children. @throws {SqlSyntaxError} when it is too deep */
  node<Node extends Expression | Query>(node: Node, children: readonly object[]): Node {
    let depth = 0;
    for (const child of children) depth = Math.max(depth, this.#depths.get(child) ?? 0);
    if (depth >= MAX_DEPTH) this.fail(`an expression has at most ${MAX_DEPTH} operators in a row`);
    this.#depths.set(node, depth + 1);
    return node;
  }

  fail(requirement: string, token: Token = this.token, hint?: string): never {
    const found = token.kind === "end" ? "the end of the query" : this.text.slice(token.start, token.end);
    throw new SqlSyntaxError({ text: this.text, offset: token.start, requirement, found }, { hint });
  }

  #at(index: number): Token {
    const token = this.#tokens[Math.min(index, this.#tokens.length - 1)];
    if (token === undefined) throw new TypeError("A token list ends with the end token");
    return token;
  }
}
