import type { JsonObject } from "../base/json.ts";
import type { Expression } from "./ast.ts";
import { type DocumentPaths, documentPaths } from "./document_paths.ts";
import { compileExpression } from "./evaluate/compile_expression.ts";
import { CompileContext, Scope } from "./evaluate/context.ts";
import { createRow } from "./evaluate/create_row.ts";
import { parseCondition } from "./parse.ts";
import type { Parameters } from "./query_options.ts";

/** A compiled WHERE condition. */
export interface Condition {
  readonly text: string;
  /** The condition's syntax tree, for {@linkcode equalities}. */
  readonly expression: Expression;
  readonly alias: string;
  /**
   * The properties that it reads, as names from the document down; a path ends before an array index or a computed name. `whole` when the document
   * itself is used. Enough to project: the condition gives the same for a document that has only these.
   */
  readonly paths: DocumentPaths;
  /** Names of its parameters, with the `@`. */
  readonly parameters: readonly string[];
  /**
   * Whether WHERE would keep the document: only true does.
   *
   * @throws {SqlSyntaxError} when a parameter has no value
   */
  matches(document: JsonObject, parameters?: Parameters): boolean;
}

/**
 * Reads the text of a condition alone, such as `NOT IS_DEFINED(c.name)`. Functions of the current time are refused, as the condition would not give
 * the same answer twice.
 *
 * @param options.alias the name of the document in the text
 * @throws {SqlSyntaxError}
 */
export function compileCondition(where: string, options: { readonly alias?: string } = {}): Condition {
  const { alias = "c" } = options;
  const expression = parseCondition(where);
  const context = new CompileContext(where, { allowsClock: false });
  const scope = new Scope();
  const slot = context.allocateSlot();
  scope.bind(alias, slot);
  const evaluate = compileExpression(expression, { context, scope, aggregates: undefined });
  let known:
    | { readonly parameters: Parameters | undefined; readonly row: ReturnType<typeof createRow> }
    | undefined;
  return {
    text: where,
    expression,
    alias,
    paths: documentPaths(expression, alias),
    parameters: [...context.parameters.keys()],
    matches: (document, parameters) => {
      // Callers pass the same parameters for document after document.
      if (known === undefined || known.parameters !== parameters) {
        known = { parameters, row: createRow(context, { parameters }) };
      }
      known.row.slots[slot] = document;
      return evaluate(known.row) === true;
    },
  };
}
