import { CosmigError, CosmosError, messageOf } from "../base/errors.ts";
import { exitCodeOf } from "../base/exit_code.ts";
import { withoutControls } from "../reporting/text_width.ts";
import { type FailedCommand, nextCommand } from "./next_command.ts";
import type { Output } from "./output.ts";

/** What is said about a failure. */
export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** Status, substatus and activity id of the answer of the service that led to it. */
  readonly answer: string | undefined;
  /** Messages of the causes, the nearest first. */
  readonly causes: readonly string[];
  readonly next: string;
}

const UNEXPECTED_HINT =
  "This was not foreseen: it is a defect of the tool or of the code of a migration; --verbose shows where it came from";

/** Takes an error apart for people. */
export function describeFailure(error: unknown, command: FailedCommand): Failure {
  const foreseen = error instanceof CosmigError && error.code !== "internal";
  return {
    exitCode: exitCodeOf(error),
    code: error instanceof CosmigError ? error.code : "internal",
    message: messageOf(error),
    hint: hintOf(error) ?? (foreseen ? undefined : UNEXPECTED_HINT),
    answer: answerOf(error),
    causes: causesOf(error).map(messageOf),
    next: nextCommand(error, command),
  };
}

/** What to do: about the cause that knows it, which is nearest to what happened, then about the whole. */
function hintOf(error: unknown): string | undefined {
  const [own, ...ofCauses] = [error, ...causesOf(error)].map((candidate) =>
    candidate instanceof CosmigError ? candidate.hint : undefined
  );
  const ofCause = ofCauses.find((hint) => hint !== undefined && hint !== own);
  const hints = [ofCause, own].filter((hint) => hint !== undefined);
  return hints.length === 0 ? undefined : hints.join("\n");
}

/**
 * Prints a failure: what failed and why, what to do about it, and as the last line the command to type next.
 */
export function printFailure(
  error: unknown,
  options: {
    readonly failure: Failure;
    readonly output: Output;
    readonly verbose: boolean;
    readonly time: string;
  },
): void {
  const { failure, output, verbose, time } = options;
  if (output.format === "json") {
    const { causes, ...facts } = failure;
    const details = error instanceof CosmigError ? { details: error.details } : {};
    const shown = { time, level: "error", text: failure.message, type: "failed", ...facts, ...details };
    return output.errorText(JSON.stringify(verbose ? { ...shown, causes } : shown));
  }
  const { errorStyle: style } = output;
  const lines = [`${style.red(style.bold("Error:"))} ${withoutControls(failure.message)}`];
  if (failure.hint !== undefined) lines.push(withoutControls(failure.hint));
  if (failure.answer !== undefined) lines.push(style.dim(failure.answer));
  if (verbose) {
    lines.push(...failure.causes.map((cause) => style.dim(`Caused by: ${withoutControls(cause)}`)));
    if (failure.code === "internal") lines.push(style.dim(stackOf(error)));
  }
  lines.push(`Next: ${style.bold(failure.next)}`);
  output.error(...lines);
}

function answerOf(error: unknown): string | undefined {
  const answer = [error, ...causesOf(error)].find((candidate) => candidate instanceof CosmosError);
  if (answer === undefined) return undefined;
  const { status, substatus, activityId } = answer.failure;
  return [
    `Cosmos DB: ${status === 0 ? "no answer" : `status ${status}`}`,
    ...(substatus ? [`substatus ${substatus}`] : []),
    ...(activityId === undefined ? [] : [`activity id ${activityId}`]),
  ].join(", ");
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  let current = error;
  while (current instanceof Error && current.cause !== undefined && !causes.includes(current.cause)) {
    current = current.cause;
    causes.push(current);
  }
  return causes;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
