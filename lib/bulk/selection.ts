import { CosmigError, messageOf } from "../base/errors.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { compileCondition } from "../sql/mod.ts";

/** Which documents a pass works on. */
export interface SelectionOptions {
  /** Cosmos SQL condition over `c`; all documents when absent. */
  readonly where?: string | undefined;
  readonly parameters?: Readonly<Record<string, JsonValue>> | undefined;
}

/** A compiled condition, for what has to be decided without asking the service. */
export interface Selection {
  readonly where: string | undefined;
  readonly parameters: Readonly<Record<string, JsonValue>>;
  matches(document: JsonObject): boolean;
  /** Top-level properties that the condition reads. */
  readonly reads: "whole" | readonly string[];
}

/**
 * Compiles a condition with the tool's own evaluator.
 *
 * @throws {CosmigError} with code `operation-refused` when it is not SQL, or uses what the evaluator does not have
 */
export function compileSelection(options: SelectionOptions): Selection {
  const { where, parameters = {} } = options;
  if (where === undefined) return { where, parameters, matches: () => true, reads: [] };
  try {
    const condition = compileCondition(where, { alias: "c" });
    const { paths } = condition;
    // Proves that no parameter lacks its value.
    condition.matches({}, parameters);
    return {
      where,
      parameters,
      matches: (document) => condition.matches(document, parameters),
      reads: paths === "whole" ? paths : [...new Set(paths.flatMap((path) => path.slice(0, 1)))],
    };
  } catch (cause) {
    throw new CosmigError(
      "operation-refused",
      `Cannot use the condition \`${where}\` as this tool has to evaluate it by itself: ${messageOf(cause)}`,
      {
        hint: "Write it without that, or leave `where` out and use `mark: true` or `isDone`",
        details: { where },
        cause,
      },
    );
  }
}

/** The query that reads what is selected; `read` as in {@linkcode Pass.read}. */
export function queryOf(selection: Selection, read: "whole" | readonly string[]): string {
  return `SELECT ${projection(read)} FROM c${whereClause(selection.where)}`;
}

/** The query that counts what is selected; its rows have `count`. */
export function countQueryOf(where: string | undefined): string {
  return `SELECT COUNT(1) AS count FROM c${whereClause(where)}`;
}

/** An object, and not a list of columns: members without a value fall out, and every name can be written. */
function projection(read: "whole" | readonly string[]): string {
  if (read === "whole") return "*";
  const members = read.map((name) => `${JSON.stringify(name)}: c[${JSON.stringify(name)}]`);
  return `VALUE {${members.join(", ")}}`;
}

/** The line break ends a comment that the condition may end with. */
function whereClause(where: string | undefined): string {
  return where === undefined ? "" : ` WHERE (${where}\n)`;
}
