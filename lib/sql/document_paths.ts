import type { Collection, Expression, Query } from "./ast.ts";
import { childrenOf } from "./children_of.ts";

/** Names of properties from the document down, or the whole document. */
export type DocumentPaths = readonly (readonly string[])[] | "whole";

/** The properties of `alias` that an expression reads. */
export function documentPaths(expression: Expression, alias: string): DocumentPaths {
  const paths = new Map<string, readonly string[]>();
  collectPaths(expression, {
    aliases: new Set([alias]),
    add: (path) => paths.set(JSON.stringify(path), path),
  });
  const found = [...paths.values()];
  return found.some((path) => path.length === 0) ? "whole" : found;
}

interface PathCollector {
  /** Names that stand for the document. */
  readonly aliases: ReadonlySet<string>;
  add(path: readonly string[]): void;
}

function collectPaths(expression: Expression, collector: PathCollector): void {
  if (expression.kind === "subquery") {
    collectFromQuery(expression.query, collector);
    return;
  }
  const path = pathFrom(expression, collector.aliases);
  if (path !== undefined) collector.add(path);
  for (const child of path === undefined ? childrenOf(expression) : indexesOf(expression)) {
    collectPaths(child, collector);
  }
}

/** The names that lead from the document to the value of a path, as far as they are known; undefined when it is no path of the document. */
function pathFrom(expression: Expression, aliases: ReadonlySet<string>): readonly string[] | undefined {
  const names: string[] = [];
  let part = expression;
  while (part.kind === "member" || part.kind === "index") {
    const name = part.kind === "member"
      ? part.name
      : part.index.kind === "literal"
      ? part.index.value
      : undefined;
    if (typeof name === "string") names.unshift(name);
    // What follows an index is part of the array that the path ends at.
    else names.length = 0;
    part = part.object;
  }
  return part.kind === "identifier" && aliases.has(part.name) ? names : undefined;
}

/** The computed indexes on the way of a path, which may read the document as well. */
function indexesOf(expression: Expression): readonly Expression[] {
  if (expression.kind === "member") return indexesOf(expression.object);
  return expression.kind === "index" ? [...indexesOf(expression.object), expression.index] : [];
}

function collectFromQuery(query: Query, collector: PathCollector): void {
  const aliases = new Set(collector.aliases);
  for (const { collection, each, alias } of query.sources) {
    const isDocument = collectFromCollection(collection, { ...collector, aliases }) && !each;
    if (alias === undefined) continue;
    if (isDocument) aliases.add(alias);
    else aliases.delete(alias);
  }
  const { select, where, groupBy, orderBy } = query;
  const inner = { ...collector, aliases };
  const expressions = [...groupBy, ...orderBy.map(({ expression }) => expression)];
  if (where !== undefined) expressions.push(where);
  if (select.kind === "value") expressions.push(select.expression);
  if (select.kind === "list") expressions.push(...select.items.map(({ expression }) => expression));
  for (const expression of expressions) collectPaths(expression, inner);
  if (
    select.kind === "star" && query.sources.some(({ alias }) => alias !== undefined && aliases.has(alias))
  ) {
    collector.add([]);
  }
}

/** Notes what a source reads. True when it is the document itself. */
function collectFromCollection(collection: Collection, collector: PathCollector): boolean {
  if (collection.kind === "subquery") {
    collectFromQuery(collection.query, collector);
    return false;
  }
  const { root, path } = collection;
  if (!collector.aliases.has(root)) return false;
  if (path.length === 0) return true;
  const end = path.findIndex((segment) => typeof segment === "number");
  collector.add((end < 0 ? path : path.slice(0, end)).map(String));
  return false;
}
