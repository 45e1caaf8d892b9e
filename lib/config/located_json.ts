/** A JSON value that knows the line it begins on. */
export type LocatedJson =
  | { readonly kind: "object"; readonly line: number; readonly members: readonly LocatedMember[] }
  | { readonly kind: "array"; readonly line: number }
  | { readonly kind: "scalar"; readonly line: number; readonly value: string | number | boolean | null };

/** One member of an object. */
export interface LocatedMember {
  readonly name: string;
  readonly line: number;
  readonly value: LocatedJson;
}

/** A text is not JSON; never contains a part of the text. */
export class LocatedJsonError extends Error {
  override readonly name = "LocatedJsonError";
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const TOKEN_REGEXP =
  /(?<skip>\s+|\/\/[^\n]*|\/\*[^]*?\*\/)|(?<mark>[{}[\],:])|(?<text>"(?:[^"\\\n]|\\.)*")|(?<word>[-+.\w]+)/y;
const NUMBER_REGEXP = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const MAX_DEPTH = 64;

interface Token {
  readonly kind: "mark" | "text" | "word" | "end";
  readonly raw: string;
  readonly line: number;
}

/**
 * Parses JSON and remembers lines, which `JSON.parse` does not. As .NET reads its settings files, comments
 * and a trailing comma are allowed.
 *
 * @throws {LocatedJsonError} with the line of the first thing that is wrong
 */
export function parseLocatedJson(text: string): LocatedJson {
  const reader = new Reader(tokenize(text.replace(/^\uFEFF/, "")));
  const value = reader.value(0);
  reader.expectEnd();
  return value;
}

class Reader {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  value(depth: number): LocatedJson {
    const token = this.#next();
    if (depth > MAX_DEPTH) throw new LocatedJsonError(token.line, "is nested too deeply");
    if (token.kind === "mark" && token.raw === "{") {
      return { kind: "object", line: token.line, members: this.#members(depth) };
    }
    if (token.kind === "mark" && token.raw === "[") {
      this.#list("]", () => this.value(depth + 1));
      return { kind: "array", line: token.line };
    }
    if (token.kind === "text") return { kind: "scalar", line: token.line, value: unquote(token) };
    if (token.kind === "word") return { kind: "scalar", line: token.line, value: wordValue(token) };
    throw unexpected(token, "a value");
  }

  expectEnd(): void {
    const token = this.#next();
    if (token.kind !== "end") throw unexpected(token, "the end of the file");
  }

  #members(depth: number): LocatedMember[] {
    return this.#list("}", () => {
      const name = this.#next();
      if (name.kind !== "text") throw unexpected(name, 'a name in "quotes"');
      const colon = this.#next();
      if (colon.raw !== ":") throw unexpected(colon, '":"');
      return { name: unquote(name), line: name.line, value: this.value(depth + 1) };
    });
  }

  #list<Item>(end: "}" | "]", item: () => Item): Item[] {
    const items: Item[] = [];
    while (!this.#skip(end)) {
      items.push(item());
      if (this.#skip(end)) break;
      const comma = this.#next();
      if (comma.raw !== ",") throw unexpected(comma, `"," or "${end}"`);
    }
    return items;
  }

  #skip(mark: string): boolean {
    const token = this.#tokens[this.#position];
    if (token?.kind !== "mark" || token.raw !== mark) return false;
    this.#position++;
    return true;
  }

  #next(): Token {
    const token = this.#tokens[this.#position] ??
      { kind: "end", raw: "", line: this.#tokens.at(-1)?.line ?? 1 };
    this.#position++;
    return token;
  }
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (let offset = 0; offset < text.length;) {
    TOKEN_REGEXP.lastIndex = offset;
    const groups = TOKEN_REGEXP.exec(text)?.groups;
    if (groups === undefined) {
      throw new LocatedJsonError(
        line,
        "is not JSON: unexpected character, or a text without its closing quote",
      );
    }
    const raw = groups["skip"] ?? groups["mark"] ?? groups["text"] ?? groups["word"] ?? "";
    const kind = groups["mark"] !== undefined ? "mark" : groups["text"] !== undefined ? "text" : "word";
    if (groups["skip"] === undefined) tokens.push({ kind, raw, line });
    line += raw.split("\n").length - 1;
    offset += raw.length;
  }
  tokens.push({ kind: "end", raw: "", line });
  return tokens;
}

function unquote({ raw, line }: Token): string {
  try {
    return String(JSON.parse(raw));
  } catch {
    throw new LocatedJsonError(line, "is not JSON: a text has an escape that does not exist");
  }
}

function wordValue({ raw, line }: Token): number | boolean | null {
  if (raw === "true" || raw === "false") return raw === "true";
  if (raw === "null") return null;
  if (NUMBER_REGEXP.test(raw)) return Number(raw);
  throw new LocatedJsonError(line, 'is not JSON: a text has to be in "quotes"');
}

function unexpected(token: Token, wanted: string): LocatedJsonError {
  return new LocatedJsonError(token.line, `is not JSON: ${wanted} has to be here`);
}
