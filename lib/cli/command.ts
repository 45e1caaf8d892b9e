import type { Command } from "@commander-js/extra-typings";
import type { Registry } from "../definition/registry.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

/** What every command works with. */
export interface CommandContext {
  readonly io: Io;
  readonly output: Output;
  /** The migrations of this binary. */
  readonly registry: Registry;
  /** Name and version of the program. */
  readonly name: string;
  readonly version: string;
  /** Aborted when the process is to stop, with the error to end with. */
  readonly signal: AbortSignal;
  /** Says that being asked to stop is how this command ends well, which calls for no warning. */
  expectStop(): void;
  /** Aborts {@linkcode signal}. */
  stop(reason: Error): void;
}

/** How a command ended that did not fail. */
export interface CommandResult {
  readonly exitCode: number;
  /** Ids that were applied or rolled back, for the termination message. */
  readonly finished?: readonly string[] | undefined;
}

/** Runs the action of a command that was parsed. */
export type Invoke = (
  command: string,
  options: { readonly verbose?: true | undefined; readonly logFormat?: string | undefined },
  action: (context: CommandContext) => Promise<CommandResult>,
) => Promise<void>;

/**
 * Gives a command its options and its action. A new command is one file with such a function, and one entry in
 * `command_table.ts`.
 *
 * @param created the command of the program that has its name
 */
export type RegisterCommand = (created: Command, invoke: Invoke) => void;

/** The program that a command belongs to. */
export function programOf(command: Command): Command {
  return command.parent === null ? command : programOf(command.parent as unknown as Command);
}

/** Examples for `--help`, under the name that the program has. */
export function examplesFor(command: Command, examples: string): string {
  return examples.replaceAll("$ cosmig", `$ ${programOf(command).name()}`);
}
