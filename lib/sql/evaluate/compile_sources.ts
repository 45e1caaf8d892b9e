import type { Collection, Source } from "../ast.ts";
import { compileProgram } from "./compile_program.ts";
import type { CompileContext, Scope } from "./context.ts";
import type { Row } from "./row.ts";
import { runProgram } from "./run.ts";
import { isArray, memberOf, type Value } from "./value.ts";

/** Calls `next` for each row that it binds, until `next` gives false; gives false when it was stopped. */
export type Enumerate = (row: Row, next: () => boolean) => boolean;

/** Gives each value of a collection to `accept`, until that gives false; gives false when it was stopped. */
type Produce = (row: Row, accept: (value: Value) => boolean) => boolean;

interface SourceOptions {
  readonly context: CompileContext;
  /** Receives the aliases. */
  readonly scope: Scope;
  /** The slot of the current document, for a query on a container. */
  readonly container: number | undefined;
}

/** Compiles FROM and its JOINs to nested loops. `starSlot` is what `SELECT *` gives, when there is one source. */
export function compileSources(
  sources: readonly Source[],
  options: SourceOptions,
): { readonly enumerate: Enumerate; readonly starSlot: number | undefined } {
  const loops: { readonly produce: Produce; readonly slot: number }[] = [];
  for (const [index, source] of sources.entries()) {
    const container = index === 0 ? options.container : undefined;
    const produce = compileSource(source, { ...options, container });
    const slot = options.context.allocateSlot();
    bindAlias(source, { ...options, slot });
    loops.push({ produce, slot });
  }
  const enumerate = loops.reduceRight<Enumerate>(
    (inner, { produce, slot }) => (row, next) =>
      produce(row, (value) => {
        row.slots[slot] = value;
        return inner(row, next);
      }),
    (_row, next) => next(),
  );
  return { enumerate, starSlot: loops.length === 1 ? loops[0]?.slot : undefined };
}

function bindAlias(
  { alias, at }: Source,
  { context, scope, slot }: SourceOptions & { readonly slot: number },
): void {
  if (alias === undefined) return;
  if (scope.has(alias)) context.fail(at, "each alias is used once in FROM and JOIN", alias);
  scope.bind(alias, slot);
}

function compileSource({ collection, each }: Source, options: SourceOptions): Produce {
  const produce = compileCollection(collection, options);
  if (!each) return produce;
  return (row, accept) =>
    produce(row, (value) => {
      if (!isArray(value)) return true;
      for (const item of value) {
        if (!accept(item)) return false;
      }
      return true;
    });
}

function compileCollection(collection: Collection, options: SourceOptions): Produce {
  const { context, scope, container } = options;
  if (collection.kind === "subquery") {
    const inner = container === undefined ? {} : { container };
    const program = compileProgram(collection.query, { context, outer: scope, ...inner });
    return (row, accept) => {
      for (const value of runProgram(program, row)) {
        if (!accept(value)) return false;
      }
      return true;
    };
  }
  const { root, path, at } = collection;
  const slot = container ?? scope.slotOf(root);
  if (slot === undefined) {
    return context.fail(at, "FROM of a subquery and JOIN begin with an alias of the query", root);
  }
  return (row, accept) => {
    let value = row.slots[slot];
    for (const segment of path) value = stepInto(value, segment);
    return value === undefined ? true : accept(value);
  };
}

function stepInto(value: Value, segment: string | number): Value {
  if (typeof segment === "string") return memberOf(value, segment);
  return isArray(value) ? value[segment] : undefined;
}
