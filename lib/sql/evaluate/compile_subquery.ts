import type { Subquery } from "../ast.ts";
import { compileProgram, isGrouping } from "./compile_program.ts";
import type { ExpressionSite } from "./context.ts";
import type { Evaluate } from "./row.ts";
import { runProgram } from "./run.ts";

/**
 * Compiles `EXISTS(…)`, `ARRAY(…)` and a subquery in parentheses, which is its one row or undefined.
 *
 * The value of the latter throws SqlSyntaxError when there are several rows, as the service fails then.
 *
 * @throws {SqlSyntaxError}
 */
export function compileSubquery({ form, query, at }: Subquery, site: ExpressionSite): Evaluate {
  const { context, scope } = site;
  const program = compileProgram(query, { context, outer: scope });
  if (form === "array") return (row) => runProgram(program, row);
  if (form === "exists") {
    const isPlain = !isGrouping(program) && query.top === undefined && query.offset === undefined;
    if (!isPlain) return (row) => runProgram(program, row).length > 0;
    // Stopping at the first row makes this the cheap way to ask.
    return (row) => !program.enumerate(row, () => program.project(row) === undefined);
  }
  return (row) => {
    const rows = runProgram(program, row);
    if (rows.length <= 1) return rows[0];
    return context.fail(at, "a subquery in parentheses gives at most one row", `${rows.length} rows`);
  };
}
