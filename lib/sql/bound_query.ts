import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Query } from "./ast.ts";
import type { Program } from "./evaluate/compile_program.ts";
import type { CompileContext } from "./evaluate/context.ts";
import { createRow } from "./evaluate/create_row.ts";
import type { Row } from "./evaluate/row.ts";
import { startRun, windowOf } from "./evaluate/run.ts";
import type { QueryOptions } from "./query_options.ts";

/** A query with its parameters in place. */
export interface BoundQuery {
  readonly top: number | undefined;
  readonly offset: number | undefined;
  readonly limit: number | undefined;
  /** Whether the document gives at least one row of FROM, JOIN and WHERE. */
  matches(document: JsonObject): boolean;
  /** The rows of SELECT that one document gives, in a query with {@linkcode QueryShape.streaming}; TOP, OFFSET and LIMIT are not applied. */
  rows(document: JsonObject): readonly JsonValue[];
  /** The result over all documents. Stops reading when TOP or LIMIT is reached. */
  execute(documents: Iterable<JsonObject>): JsonValue[];
}

/** What {@linkcode bindQuery} works on. */
export interface Compiled {
  readonly query: Query;
  readonly program: Program;
  readonly context: CompileContext;
  /** The slot of the current document. */
  readonly container: number;
}

/** Puts parameters in place. @throws {SqlSyntaxError} */
export function bindQuery(
  { query, program, context, container }: Compiled,
  options: QueryOptions,
): BoundQuery {
  const row = createRow(context, options);
  requireCounts({ query, program, context }, row);
  const single = { ...program, top: undefined, offset: undefined, limit: undefined };
  const count = (evaluate: Program["top"]) => evaluate && Number(evaluate(row));
  return {
    top: count(program.top),
    offset: count(program.offset),
    limit: count(program.limit),
    matches: (document) => {
      row.slots[container] = document;
      return !program.enumerate(row, () => false);
    },
    rows: (document) => {
      row.slots[container] = document;
      const run = startRun(single, row);
      run.take();
      return run.finish();
    },
    execute: (documents) => {
      const run = startRun(program, row);
      if (query.sources.length === 0) {
        run.take();
      } else if (windowOf(program, row).end > 0) {
        for (const document of documents) {
          row.slots[container] = document;
          if (!run.take()) break;
        }
      }
      return [...run.finish()];
    },
  };
}

function requireCounts(
  { query, program, context }: Pick<Compiled, "query" | "program" | "context">,
  row: Row,
): void {
  for (const clause of ["top", "offset", "limit"] as const) {
    const value = program[clause]?.(row);
    const count = query[clause];
    if (count === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)) continue;
    context.fail(
      count.at,
      `${clause.toUpperCase()} takes an integer from 0`,
      JSON.stringify(value) ?? "undefined",
    );
  }
}
