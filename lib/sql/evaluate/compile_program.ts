import type { Count, Expression, Query, Select, SelectItem } from "../ast.ts";
import { printExpression } from "../print.ts";
import { aggregatesIn } from "../aggregate_calls.ts";
import { compileExpression } from "./compile_expression.ts";
import { compileSources, type Enumerate } from "./compile_sources.ts";
import { type AggregateCall, type CompileContext, type ExpressionSite, Scope } from "./context.ts";
import type { Evaluate } from "./row.ts";

/** A compiled query. Its sources, its WHERE, its keys and its projection all work on the same row. */
export interface Program {
  /** Binds the sources row by row, in order, those that WHERE keeps. */
  readonly enumerate: Enumerate;
  /** The value of SELECT; undefined is no row. */
  readonly project: Evaluate;
  readonly distinct: boolean;
  readonly groupBy: readonly Evaluate[];
  readonly aggregates: readonly AggregateCall[];
  readonly orderBy: readonly { readonly evaluate: Evaluate; readonly descending: boolean }[];
  readonly top: Evaluate | undefined;
  readonly offset: Evaluate | undefined;
  readonly limit: Evaluate | undefined;
}

/** Whether rows of the program come from groups instead of from single rows of the sources. */
export function isGrouping({ groupBy, aggregates }: Pick<Program, "groupBy" | "aggregates">): boolean {
  return groupBy.length > 0 || aggregates.length > 0;
}

/**
 * Compiles a query or subquery.
 *
 * @param options.outer the names of the query around it
 * @param options.container the slot of the current document when the query reads a container; its FROM begins there
 * @throws {SqlSyntaxError}
 */
export function compileProgram(
  query: Query,
  options: { readonly context: CompileContext; readonly outer?: Scope; readonly container?: number },
): Program {
  const { context } = options;
  const scope = new Scope(options.outer);
  refuseCombinations(query, context);
  const sources = compileSources(query.sources, { context, scope, container: options.container });
  const site: ExpressionSite = { context, scope, aggregates: undefined };
  const where = query.where && compileExpression(query.where, site);
  const groupBy = query.groupBy.map((key) => compileExpression(key, site));
  const { project, aggregates } = compileSelect(query, { site, starSlot: sources.starSlot });
  return {
    enumerate: where === undefined ? sources.enumerate : filtered(sources.enumerate, where),
    project,
    distinct: query.distinct,
    groupBy,
    aggregates,
    orderBy: query.orderBy.map(({ expression, direction }) => ({
      evaluate: compileExpression(expression, site),
      descending: direction === "DESC",
    })),
    top: compileCount(query.top, site),
    offset: compileCount(query.offset, site),
    limit: compileCount(query.limit, site),
  };
}

function refuseCombinations({ groupBy, orderBy, top, offset }: Query, context: CompileContext): void {
  const [key] = orderBy;
  if (groupBy.length > 0 && key !== undefined) {
    context.fail(key.expression.at, "GROUP BY and ORDER BY exclude each other", "a query with both");
  }
  if (top !== undefined && offset !== undefined) {
    context.fail(offset.at, "TOP and OFFSET LIMIT exclude each other", "a query with both");
  }
}

function filtered(enumerate: Enumerate, where: Evaluate): Enumerate {
  return (row, next) => enumerate(row, () => where(row) === true ? next() : true);
}

function compileCount(count: Count | undefined, site: ExpressionSite): Evaluate | undefined {
  return count && compileExpression(count, site);
}

function compileSelect(
  query: Query,
  options: { readonly site: ExpressionSite; readonly starSlot: number | undefined },
): { readonly project: Evaluate; readonly aggregates: readonly AggregateCall[] } {
  const { site, starSlot } = options;
  const { select } = query;
  if (select.kind === "star") {
    if (starSlot === undefined || query.groupBy.length > 0) {
      return site.context.fail(
        query.at,
        "SELECT * needs exactly one source in FROM, and no GROUP BY",
        "another query",
      );
    }
    return { project: (row) => row.slots[starSlot], aggregates: [] };
  }
  const expression = projectionOf(select, site.context);
  const aggregates: AggregateCall[] = [];
  const isPlain = query.groupBy.length === 0 && aggregatesIn(expression).length === 0;
  const grouped = isPlain ? undefined : new Set(query.groupBy.map(printExpression));
  return { project: compileExpression(expression, { ...site, aggregates, grouped }), aggregates };
}

/** The one expression that SELECT stands for; a list is an object. */
export function projectionOf(
  select: Exclude<Select, { readonly kind: "star" }>,
  context: Pick<CompileContext, "fail">,
): Expression {
  if (select.kind === "value") return select.expression;
  const names = namesOf(select.items);
  const members = select.items.map(({ expression }, index) => {
    const name = names[index] ?? "";
    if (names.indexOf(name) !== index) {
      context.fail(expression.at, "each name in SELECT is used once", name, "Give it another name with AS");
    }
    return { name, value: expression };
  });
  return { kind: "object", members, at: select.items[0]?.expression.at ?? 0 };
}

/** The property that each item of SELECT becomes: its alias, else the last name of its path, else `$1`, `$2`, … */
export function namesOf(items: readonly SelectItem[]): readonly string[] {
  let unnamed = 0;
  return items.map(({ expression, alias }) => alias ?? nameOf(expression) ?? `$${++unnamed}`);
}

function nameOf(expression: Expression): string | undefined {
  if (expression.kind === "identifier" || expression.kind === "member") return expression.name;
  const isNamed = expression.kind === "index" && expression.index.kind === "literal" &&
    typeof expression.index.value === "string";
  return isNamed ? String(expression.index.value) : undefined;
}
