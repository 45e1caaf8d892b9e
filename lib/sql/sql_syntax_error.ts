import { CosmigError, type ErrorOptions } from "../base/errors.ts";

/** A place in the text of a query. */
export interface TextPosition {
  /** UTF-16 code units from the start. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Where and why a query is refused. */
export interface SqlProblem {
  /** The whole query or condition. */
  readonly text: string;
  readonly offset: number;
  /** What is required there, to be read after "as". */
  readonly requirement: string;
  /** What stands there. */
  readonly found: string;
}

/** The text of a query is not Cosmos SQL, or is Cosmos SQL that this evaluator does not have. */
export class SqlSyntaxError extends CosmigError {
  readonly position: TextPosition;
  readonly requirement: string;

  constructor(problem: SqlProblem, options: ErrorOptions = {}) {
    const { text, offset, requirement, found } = problem;
    const position = positionOf(text, offset);
    super(
      "sql-syntax",
      `Cannot read the query at line ${position.line}, column ${position.column} as ${requirement}: ` +
        `current value is ${found}`,
      {
        ...options,
        details: { query: text, position: { ...position }, requirement, found, ...options.details },
      },
    );
    this.position = position;
    this.requirement = requirement;
  }
}

function positionOf(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { offset, line: before.split("\n").length, column: offset - lineStart + 1 };
}
