import { CosmigError } from "../base/errors.ts";
import { readEarlyVariable } from "../config/environment.ts";
import { reasonOf } from "../config/settings_file.ts";
import { type Termination, terminationMessage } from "../reporting/termination_message.ts";
import type { Failure } from "./failure.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

const TERMINATION_LOG = "/dev/termination-log";

/**
 * Writes the summary that Kubernetes shows, where there is a place for it. It is never the reason why a
 * command fails.
 */
export function leaveTermination(
  { io, output }: { readonly io: Io; readonly output: Output },
  termination: Termination,
): void {
  const chosen = readEarlyVariable(io.environment, "COSMIG_TERMINATION_MESSAGE_PATH");
  const redact = (text: string | undefined) => text && output.redact(text);
  const text = terminationMessage({
    ...termination,
    message: redact(termination.message),
    hint: redact(termination.hint),
  });
  try {
    io.overwrite(chosen ?? TERMINATION_LOG, { text, create: chosen !== undefined });
  } catch (error) {
    if (chosen !== undefined) output.warn(`Cannot write ${chosen}: ${reasonOf(error)}`);
  }
}

/** The summary of a failure, with what a failed run had done before. */
export function failedTermination(
  error: unknown,
  { failure, command }: { readonly failure: Failure; readonly command: string },
): Termination {
  const { exitCode, code, message, hint, next } = failure;
  const { finished, failed } = error instanceof CosmigError ? error.details : {};
  return {
    command,
    exitCode,
    outcome: "failed",
    finished: Array.isArray(finished) ? finished.map(String) : undefined,
    failed: typeof failed === "string" ? failed : undefined,
    code,
    message,
    hint,
    next,
  };
}
