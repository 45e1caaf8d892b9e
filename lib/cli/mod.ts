/**
 * The command line: parses, wires, prints, and gives an exit code. Owns no domain logic. Whatever goes wrong
 * ends as one message with a hint and the next command, never as a stack trace; nothing is thrown to the
 * caller.
 *
 * Modules that cost time to load (the SDK, the validator, the embedded database) are imported by the commands
 * that need them.
 *
 * @module
 */
import { EXIT } from "../base/exit_code.ts";
import { readEarlyVariable } from "../config/environment.ts";
import type { Registry } from "../definition/registry.ts";
import { oneOf } from "./choices.ts";
import type { CommandContext, Invoke } from "./command.ts";
import { commandNamed } from "./command_table.ts";
import { commandIn, withDefaultCommand, withoutHelpForNothing } from "./default_command.ts";
import { describeFailure, printFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import { LOG_FORMATS, type LogFormat, Output } from "./output.ts";
import { processIo } from "./process_io.ts";
import { createProgram } from "./program.ts";
import { onStopSignals } from "./stop_signals.ts";
import { failedTermination, leaveTermination } from "./termination.ts";
import { toParseEnd } from "./usage_error.ts";
import { VERSION } from "./version.ts";

/** What makes a program of it. */
export interface CliOptions {
  /** The registry of `migrations/mod.ts`. */
  readonly migrations: Registry;
  /**
   * Name of the program in help and messages.
   *
   * @default {"cosmig"}
   */
  readonly name?: string | undefined;
  /**
   * What `--version` prints.
   *
   * @default the version of the tool
   */
  readonly version?: string | undefined;
  /**
   * Streams, environment and signals.
   *
   * @default those of the process
   */
  readonly io?: Io | undefined;
}

/**
 * Runs the command that the arguments of the process ask for; without one, `up`. Then it ends the process, with its exit code, as soon as all that was
 * written has left it. What a program has to do behind that calls for {@linkcode runCli}.
 *
 * @example
 * ```ts ignore
 * import { runMain } from "./lib/mod.ts";
 * import { migrations } from "./migrations/mod.ts";
 *
 * await runMain({ migrations });
 * ```
 */
export async function runMain(options: Omit<CliOptions, "io">): Promise<void> {
  const io = processIo();
  io.end(await run(io.args, { ...options, io }));
}

/**
 * Runs the command that `argv` asks for; without one, `up`. The process ends within two seconds after that, also
 * when the code of a migration left a timer or a connection open.
 *
 * @param argv the arguments after the name of the program
 * @returns the exit code; see `base/exit_code.ts`
 */
export async function runCli(argv: readonly string[], options: CliOptions): Promise<number> {
  const io = options.io ?? processIo();
  const exitCode = await run(argv, { ...options, io });
  io.leave(exitCode);
  return exitCode;
}

async function run(
  argv: readonly string[],
  { name = "cosmig", version = VERSION, io, migrations }: CliOptions & { readonly io: Io },
): Promise<number> {
  const output = new Output(io);
  const controller = new AbortController();
  const words = withDefaultCommand(argv);
  let running = "";
  let expectsStop = false;
  let verbose = argv.includes("--verbose");

  const fail = (error: unknown): number => {
    output.endEvents();
    const command = running === "" ? commandNamed(words) : running;
    const failure = describeFailure(error, { name, command, argv });
    printFailure(error, { failure, output, verbose, time: new Date(io.clock.wallMs()).toISOString() });
    leaveTermination({ io, output }, failedTermination(error, { failure, command }));
    return failure.exitCode;
  };
  const ignoreCrashes = io.onCrash((error) => io.exit(fail(error)));
  const ignoreSignals = onStopSignals(io, {
    first: (reason) => {
      if (running !== "" && !expectsStop) {
        if (reason.signal === "SIGINT") output.endTypedLine();
        output.warn(`${reason.signal} received: finishing in an orderly way; send it again to stop at once`);
      }
      controller.abort(reason);
    },
    second: (reason) => io.exit(fail(reason)),
  });

  const context: CommandContext = {
    io,
    output,
    registry: migrations,
    name,
    version,
    signal: controller.signal,
    expectStop: () => void (expectsStop = true),
    stop: (reason) => controller.abort(reason),
  };
  let exitCode: number = EXIT.done;
  const invoke: Invoke = async (command, given, action) => {
    running = command;
    verbose = given.verbose === true;
    if (given.logFormat !== undefined) output.setLogFormat(logFormatOf(given.logFormat));
    const result = await action(context);
    output.endEvents();
    leaveTermination({ io, output }, { command, outcome: "done", ...result });
    exitCode = result.exitCode;
  };
  output.setLogFormat(toLogFormat(readEarlyVariable(io.environment, "COSMIG_LOG_FORMAT")));
  const program = await createProgram({ name, version, output, words }, invoke);
  try {
    await program.parseAsync(withoutHelpForNothing(words, program), { from: "user" });
    return exitCode;
  } catch (error) {
    const end = toParseEnd(error);
    if (end.kind === "shown") return EXIT.done;
    if (running === "") running = commandIn(argv, program);
    return fail(end.error);
  } finally {
    output.endEvents();
    ignoreSignals();
    ignoreCrashes();
  }
}

/** Checked for every command, also for those that load no configuration. */
const logFormatOf = oneOf("--log-format", LOG_FORMATS);

/**
 * Errors are printed before the configuration is known to be right, so a wrong format counts as none here.
 */
function toLogFormat(text: string | undefined): LogFormat {
  return text === "plain" || text === "json" ? text : "auto";
}
