import type { Node, Pipeline, Term } from "./_go_template.ts";

/** A function of a template. */
export type TemplateFunction = (...args: readonly unknown[]) => unknown;

interface Scope {
  readonly dot: unknown;
  readonly variables: Variables;
}

class Variables {
  readonly #own = new Map<string, unknown>();
  readonly #outer: Variables | undefined;

  constructor(outer?: Variables) {
    this.#outer = outer;
  }

  declare(name: string, value: unknown): void {
    this.#own.set(name, value);
  }

  assign(name: string, value: unknown): void {
    if (this.#own.has(name)) this.#own.set(name, value);
    else if (this.#outer === undefined) throw new Error(`the variable ${name} does not exist`);
    else this.#outer.assign(name, value);
  }

  read(name: string): unknown {
    if (this.#own.has(name)) return this.#own.get(name);
    if (this.#outer === undefined) throw new Error(`the variable ${name} does not exist`);
    return this.#outer.read(name);
  }
}

/** Renders a parsed template. @throws {Error} for an unknown function, an unknown variable, and a field of nothing */
export function renderTemplate(
  nodes: readonly Node[],
  { dot, functions }: { readonly dot: unknown; readonly functions: ReadonlyMap<string, TemplateFunction> },
): string {
  const render = (nodes: readonly Node[], scope: Scope): string =>
    nodes.map((node) => {
      switch (node.kind) {
        case "text":
          return node.text;
        case "print": {
          const value = evaluate(node.pipeline, scope);
          return node.pipeline.variables.length > 0 ? "" : printed(value);
        }
        case "if":
        case "with": {
          const inner = { ...scope, variables: new Variables(scope.variables) };
          const value = evaluate(node.pipeline, inner);
          if (!isTrue(value)) return render(node.otherwise, inner);
          return render(node.then, node.kind === "with" ? { ...inner, dot: value } : inner);
        }
        case "range": {
          const { variables: names, ...pipeline } = node.pipeline;
          const value = evaluate({ ...pipeline, variables: [] }, scope);
          const entries: [unknown, unknown][] = Array.isArray(value)
            ? value.map((element, index) => [index, element])
            : Object.entries(value ?? {}).sort(([left], [right]) => left < right ? -1 : 1);
          if (entries.length === 0) return render(node.otherwise, scope);
          return entries.map(([key, element]) => {
            const variables = new Variables(scope.variables);
            const [first, second] = names;
            if (first !== undefined) variables.declare(first, second === undefined ? element : key);
            if (second !== undefined) variables.declare(second, element);
            return render(node.then, { dot: element, variables });
          }).join("");
        }
      }
    }).join("");

  const evaluate = ({ commands, variables, declares }: Pipeline, scope: Scope): unknown => {
    let value: unknown;
    for (const [index, [head, ...rest]] of commands.entries()) {
      if (head === undefined) throw new Error("a pipeline is empty");
      const args = rest.map((term) => valueOf(term, scope));
      if (index > 0) args.push(value);
      if (head.kind === "function") value = call(head.name, args);
      else if (args.length > 0) throw new Error("arguments for what is no function");
      else value = valueOf(head, scope);
    }
    for (const name of variables) {
      if (declares) scope.variables.declare(name, value);
      else scope.variables.assign(name, value);
    }
    return value;
  };

  const valueOf = (term: Term, scope: Scope): unknown => {
    if (term.kind === "value") return term.value;
    if (term.kind === "function") return call(term.name, []);
    const from = typeof term.from !== "string"
      ? evaluate(term.from, scope)
      : term.from === "."
      ? scope.dot
      : scope.variables.read(term.from);
    return term.fields.reduce((value, field) => {
      if (typeof value !== "object" || value === null) throw new Error(`the field ${field} of nothing`);
      return Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined;
    }, from);
  };

  const call = (name: string, args: readonly unknown[]): unknown => {
    const found = functions.get(name);
    if (found === undefined) throw new Error(`the function ${name} does not exist`);
    return found(...args);
  };

  const variables = new Variables();
  variables.declare("$", dot);
  return render(nodes, { dot, variables });
}

/** What counts as true: not what is empty. */
export function isTrue(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** How a value is printed. */
export function printed(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") {
    throw new Error(`a ${Array.isArray(value) ? "list" : "map"} is printed as it is`);
  }
  return String(value);
}
