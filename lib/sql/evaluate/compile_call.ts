import type { Call } from "../ast.ts";
import { type SqlFunction } from "../functions/sql_function.ts";
import { functionNamed, NON_DETERMINISTIC, similarNames } from "../functions/registry.ts";
import { type AggregateKind, aggregateKindOf } from "../aggregate_calls.ts";
import { compileExpression } from "./compile_expression.ts";
import type { ExpressionSite } from "./context.ts";
import type { Evaluate } from "./row.ts";

/** Resolves a function by name and number of arguments. @throws {SqlSyntaxError} when there is none */
export function compileCall(call: Call, site: ExpressionSite): Evaluate {
  const { context } = site;
  if (call.userDefined) {
    return context.fail(call.at, "user-defined functions are not supported", `udf.${call.name}`);
  }
  const kind = aggregateKindOf(call);
  if (kind !== undefined) return compileAggregate(call, { kind, site });
  const upper = call.name.toUpperCase();
  if (NON_DETERMINISTIC.has(upper)) {
    return context.fail(call.at, "a query must give the same rows each time", call.name);
  }
  const found = functionNamed(upper);
  if (found === undefined) {
    const [similar] = similarNames(upper);
    return context.fail(
      call.at,
      "a function must be one that is supported",
      call.name,
      similar === undefined ? undefined : `Did you mean ${similar}?`,
    );
  }
  requireArguments(call, { site, minimum: found.minArguments, maximum: found.maxArguments });
  if (found.clock !== undefined) return compileClock(call, { found, site });
  found.check?.(call.arguments, (at, requirement, value) => context.fail(at, requirement, value));
  return applyTo(found.create(), call.arguments.map((argument) => compileExpression(argument, site)));
}

function compileAggregate(
  call: Call,
  { kind, site }: { readonly kind: AggregateKind; readonly site: ExpressionSite },
): Evaluate {
  const { context, aggregates } = site;
  if (aggregates === undefined) {
    return context.fail(call.at, "aggregates stand in SELECT only, and not within each other", call.name);
  }
  requireArguments(call, { site, minimum: 1, maximum: 1 });
  const [argument] = call.arguments;
  if (argument === undefined) throw new TypeError("An aggregate has one argument");
  const slot = context.allocateSlot();
  aggregates.push({
    kind,
    argument: compileExpression(argument, { ...site, aggregates: undefined, grouped: undefined }),
    slot,
  });
  return (row) => row.slots[slot];
}

function requireArguments(
  call: Call,
  options: { readonly site: ExpressionSite; readonly minimum: number; readonly maximum: number },
): void {
  const { minimum, maximum, site } = options;
  const count = call.arguments.length;
  if (count >= minimum && count <= maximum) return;
  const wanted = minimum === maximum ? `${minimum}` : `${minimum} to ${maximum}`;
  const requirement = maximum === Infinity
    ? `${call.name} takes at least ${minimum} arguments`
    : `${call.name} takes ${wanted} ${maximum === 1 ? "argument" : "arguments"}`;
  site.context.fail(call.at, requirement, `${count}`);
}

function compileClock(
  call: Call,
  { found, site }: { readonly found: SqlFunction; readonly site: ExpressionSite },
): Evaluate {
  const { context } = site;
  if (!context.allowsClock) {
    context.fail(
      call.at,
      "a condition must not depend on the current time",
      call.name,
      "Pass the time as a parameter",
    );
  }
  context.clockUse ??= { name: call.name, at: call.at };
  const { clock } = found;
  return ({ nowMs }) => nowMs === undefined || clock === undefined ? undefined : clock(nowMs);
}

/** Spreading an array into a call is slow; most functions have one or two arguments. */
function applyTo(operation: ReturnType<SqlFunction["create"]>, values: readonly Evaluate[]): Evaluate {
  const [first, second, third] = values;
  if (first === undefined) return () => operation();
  if (second === undefined) return (row) => operation(first(row));
  if (third === undefined) return (row) => operation(first(row), second(row));
  if (values.length === 3) return (row) => operation(first(row), second(row), third(row));
  return (row) => operation(...values.map((evaluate) => evaluate(row)));
}
