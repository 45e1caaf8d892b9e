/** Flags that the program itself answers. */
const HELP_FLAGS = ["-h", "--help"];
const OWN_FLAGS = [...HELP_FLAGS, "-V", "--version"];

/**
 * `up` is what a container without arguments does. Anything that is not a flag has to be a command, so that a
 * misspelt one is never an `up`.
 */
export function withDefaultCommand(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  // As if it were asked of the command itself, which finds commands in commands, and misspelt ones.
  if (first === "help") return [...rest.filter((word) => !OWN_FLAGS.includes(word)), "--help"];
  if (first === undefined || (first.startsWith("-") && !OWN_FLAGS.includes(first))) return ["up", ...argv];
  return argv;
}

/** The words of `argv` that name a command of `program`: `up`, `lock show`; empty when none does. */
export function commandIn(argv: readonly string[], program: CommandTree): string {
  const [first = "", ...rest] = withDefaultCommand(argv);
  const found = program.commands.find((command) => command.name() === first);
  return found === undefined ? "" : `${first} ${namedIn(rest, found)}`.trim();
}

/**
 * Leaves out the wish for help where no command is named, so that a misspelt one is refused instead of answered
 * with the help of something else.
 */
export function withoutHelpForNothing(argv: readonly string[], program: CommandTree): readonly string[] {
  let current = program;
  for (const word of argv) {
    if (word.startsWith("-") || current.commands.length === 0) return argv;
    const found = current.commands.find((command) => command.name() === word);
    if (found === undefined) return argv.filter((other) => !HELP_FLAGS.includes(other));
    current = found;
  }
  return argv;
}

/** The part of commander's command that is needed here. */
interface CommandTree {
  readonly commands: readonly CommandTree[];
  name(): string;
}

function namedIn(argv: readonly string[], { commands }: CommandTree): string {
  return commands.find((command) => command.name() === argv[0])?.name() ?? "";
}
