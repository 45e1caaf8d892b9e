import { Command, type CommandUnknownOpts, Help, Option } from "@commander-js/extra-typings";
import { textWidth } from "../reporting/text_width.ts";
import { COMMANDS, isNamed, nameIn } from "./command_table.ts";
import type { Invoke } from "./command.ts";
import type { Output } from "./output.ts";

const AFTER_HELP = `
Without a command, up is run.

Settings come from flags, else from variables (CosmosDb__ConnectionString, CosmosDb__DatabaseName,
COSMIG_LOCK_TIMEOUT …), else from the file that --config names.

New migrations are written in the project that this program is built from:
deno task new NAME, edit the file, deno task index (docs/getting-started.md).

Exit codes: 0 done, 1 a migration failed, 2 usage or configuration, 3 a person has to decide,
4 a check did not hold, 75 try again later, 130 and 143 interrupted.

Examples:
  $ %name% plan                 what up would do
  $ %name%                      apply what is pending
  $ %name% status               what is applied
  $ %name% rollback --steps 1   undo the last one
`;

/**
 * The command line. Nothing is run by creating it.
 *
 * Every command has its line in `--help`, but options and action only when its name is among `words`: the parser
 * runs no command that is not named, and the others would take longer to load than most commands to run.
 *
 * @param options `words`: what is going to be parsed
 */
export async function createProgram(
  { name, version, output, words }: {
    readonly name: string;
    readonly version: string;
    readonly output: Output;
    readonly words: readonly string[];
  },
  invoke: Invoke,
): Promise<Command> {
  const program = new Command(name);
  program
    .description("Migrates Azure Cosmos DB for NoSQL: each migration exactly once, under a lease, resumable.")
    .optionsGroup("General:")
    .version(`${name} ${version}`, "-V, --version", "print the version")
    .addHelpOption(new Option("-h, --help", "print help").helpGroup("General:"))
    .helpCommand("help [command]", "print help")
    .exitOverride()
    .configureOutput({
      // The parser would open the streams of the process to find these out.
      getOutHasColors: () => true,
      getOutHelpWidth: () => Math.min(100, output.style.columns),
      writeOut: (text) => output.result(text.replace(/\n$/, "")),
      writeErr: () => {},
      outputError: () => {},
    })
    .configureHelp({
      styleTitle: (text) => output.style.bold(text),
      subcommandTerm: termOf,
      // The parser's own loads a module of the runtime.
      displayWidth: textWidth,
    })
    .addHelpText("after", AFTER_HELP.replaceAll("%name%", name));
  for (const entry of COMMANDS) {
    const command = program.command(nameIn(entry.term)).description(entry.help);
    if (!isNamed(entry, words)) continue;
    const register = await entry.load();
    register(command as unknown as Command, invoke);
  }
  return program as unknown as Command;
}

/** How a command is listed. One that is not loaded does not know its options. */
function termOf(command: CommandUnknownOpts): string {
  const entry = command.parent?.parent === null
    ? COMMANDS.find(({ term }) => nameIn(term) === command.name())
    : undefined;
  return entry?.term ?? new Help().subcommandTerm(command);
}
