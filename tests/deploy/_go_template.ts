/**
 * The syntax of Go's text/template, as far as the chart uses it: fields, variables, pipelines, `if`, `with`, `range`, `define`, and the trimming of white space.
 * Whatever else a template holds is an error, so that a chart never outgrows it in silence. Real Helm renders the same where it is there: see `helm_chart_test.ts`.
 *
 * @module
 */

/** Templates by name. */
export type Templates = Map<string, readonly Node[]>;

/** A part of a template. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: Pipeline }
  | {
    readonly kind: "if" | "with";
    readonly pipeline: Pipeline;
    readonly then: readonly Node[];
    readonly otherwise: readonly Node[];
  }
  | {
    readonly kind: "range";
    readonly pipeline: Pipeline;
    readonly then: readonly Node[];
    readonly otherwise: readonly Node[];
  };

/** Commands, each of which hands its result to the next. */
export interface Pipeline {
  readonly variables: readonly string[];
  /** `:=` makes new ones, `=` changes those that there are. */
  readonly declares: boolean;
  readonly commands: readonly (readonly Term[])[];
}

/** A word of a command. */
export type Term =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "path"; readonly from: string | Pipeline; readonly fields: readonly string[] };

const ACTION_REGEXP =
  /\{\{(-\s)?((?:\s*\/\*[\s\S]*?\*\/\s*)|(?:"(?:[^"\\]|\\.)*"|[^"}]|\}(?!\}))*?)(\s-)?\}\}/g;
const TOKEN_REGEXP =
  /\s+|"(?:[^"\\]|\\.)*"|:=|[()|,=]|\$\w*(?:\.\w+)*|\.\w+(?:\.\w+)*|\.|-?\d+(?:\.\d+)?|[A-Za-z]\w*/y;

/** Adds the templates that a file defines, and returns what is left of it. @throws {Error} for what it does not understand */
export function parseTemplate(
  text: string,
  { file, templates }: { readonly file: string; readonly templates: Templates },
): readonly Node[] {
  const parser = new Parser(split(text), { file, templates });
  return parser.parse();
}

interface Piece {
  readonly text?: string;
  readonly action?: string;
}

function split(source: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  let trims = false;
  const addText = (text: string, trimEnd: boolean) => {
    const trimmed = trims ? text.trimStart() : text;
    pieces.push({ text: trimEnd ? trimmed.trimEnd() : trimmed });
  };
  for (const match of source.matchAll(ACTION_REGEXP)) {
    addText(source.slice(end, match.index), match[1] !== undefined);
    const action = (match[2] ?? "").trim();
    if (!action.startsWith("/*")) pieces.push({ action });
    trims = match[3] !== undefined;
    end = match.index + match[0].length;
  }
  addText(source.slice(end), false);
  if (pieces.some(({ text }) => text?.includes("{{"))) throw new Error("an action is not closed");
  return pieces;
}

class Parser {
  readonly #pieces: readonly Piece[];
  readonly #file: string;
  readonly #templates: Templates;
  #next = 0;

  constructor(
    pieces: readonly Piece[],
    { file, templates }: { readonly file: string; readonly templates: Templates },
  ) {
    this.#pieces = pieces;
    this.#file = file;
    this.#templates = templates;
  }

  parse(): readonly Node[] {
    const { nodes, stop } = this.#body();
    if (stop !== undefined) throw this.#error(`"${stop}" ends nothing`);
    return nodes;
  }

  #body(): { readonly nodes: readonly Node[]; readonly stop: string | undefined } {
    const nodes: Node[] = [];
    for (;;) {
      const piece = this.#pieces[this.#next++];
      if (piece === undefined) return { nodes, stop: undefined };
      if (piece.action === undefined) nodes.push({ kind: "text", text: piece.text ?? "" });
      else {
        const [, word = "", rest = ""] = /^(\w*)\s*([\s\S]*)$/.exec(piece.action) ?? [];
        if (word === "end" || word === "else") return { nodes, stop: piece.action };
        if (word === "if" || word === "with" || word === "range") nodes.push(this.#block(word, rest));
        else if (word === "define") this.#templates.set(JSON.parse(rest) as string, this.#closed());
        else nodes.push({ kind: "print", pipeline: parsePipeline(piece.action, this.#file) });
      }
    }
  }

  #block(kind: "if" | "with" | "range", condition: string): Node {
    const pipeline = parsePipeline(condition, this.#file);
    const { nodes: then, stop } = this.#body();
    if (stop === "end") return { kind, pipeline, then, otherwise: [] };
    if (stop === "else") return { kind, pipeline, then, otherwise: this.#closed() };
    const nested = /^else (if|with)\s+([\s\S]*)$/.exec(stop ?? "");
    if (nested === null) throw this.#error(`"${kind}" has no end`);
    return { kind, pipeline, then, otherwise: [this.#block(nested[1] as "if" | "with", nested[2] ?? "")] };
  }

  #closed(): readonly Node[] {
    const { nodes, stop } = this.#body();
    if (stop !== "end") throw this.#error("a block has no end");
    return nodes;
  }

  #error(why: string): Error {
    return new Error(`${this.#file}: ${why}`);
  }
}

function parsePipeline(text: string, file: string): Pipeline {
  const tokens: string[] = [];
  TOKEN_REGEXP.lastIndex = 0;
  while (TOKEN_REGEXP.lastIndex < text.length) {
    const at = TOKEN_REGEXP.lastIndex;
    const token = TOKEN_REGEXP.exec(text)?.[0];
    if (token === undefined) throw new Error(`${file}: cannot read "${text.slice(at)}"`);
    // A space before a field makes it an argument of its own; without one it belongs to what stands before it.
    if (token.trim() !== "" || tokens.at(-1) === ")") tokens.push(token.trim());
  }
  let next = 0;
  const pipeline = (): Pipeline => {
    const variables: string[] = [];
    let declares = false;
    const assignment = tokens.findIndex((token) => token === ":=" || token === "=");
    if (next === 0 && assignment >= 0) {
      variables.push(...tokens.slice(0, assignment).filter((token) => token.startsWith("$")));
      declares = tokens[assignment] === ":=";
      next = assignment + 1;
    }
    const commands: Term[][] = [[]];
    for (; next < tokens.length; next++) {
      const token = tokens[next] ?? "";
      if (token === ")") break;
      if (token === "") continue;
      if (token === "|") commands.push([]);
      else commands.at(-1)?.push(term(token));
    }
    return { variables, declares, commands };
  };
  const term = (token: string): Term => {
    if (token === "(") {
      next++;
      const from = pipeline();
      if (tokens[next] !== ")") throw new Error(`${file}: a parenthesis is not closed in "${text}"`);
      const after = tokens[next + 1];
      if (after === undefined || !after.startsWith(".") || after === ".") {
        return { kind: "path", from, fields: [] };
      }
      next++;
      return { kind: "path", from, fields: fieldsOf(after) };
    }
    if (token.startsWith('"')) return { kind: "value", value: JSON.parse(token) as unknown };
    if (/^-?\d/.test(token)) return { kind: "value", value: Number(token) };
    if (token.startsWith("$")) {
      const [from = "$", ...fields] = token.split(".");
      return { kind: "path", from, fields };
    }
    if (token.startsWith(".")) return { kind: "path", from: ".", fields: fieldsOf(token) };
    if (token === "true" || token === "false") return { kind: "value", value: token === "true" };
    if (token === "nil") return { kind: "value", value: undefined };
    if (!/^\w+$/.test(token)) throw new Error(`${file}: cannot read "${token}" in "${text}"`);
    return { kind: "function", name: token };
  };
  return pipeline();
}

function fieldsOf(path: string): string[] {
  return path.split(".").filter((field) => field !== "");
}
