/** Flags that the program itself answers. */
const OWN_FLAGS = ["-h", "--help", "-V", "--version"];

/**
 * `up` is what a container without arguments does. Anything that is not a flag has to be a command, so that a
 * misspelt one is never an `up`.
 */
export function withDefaultCommand(argv: readonly string[]): readonly string[] {
  const [first] = argv;
  if (first === undefined || (first.startsWith("-") && !OWN_FLAGS.includes(first))) return ["up", ...argv];
  return argv;
}

/** The words of `argv` that name a command of `program`: `up`, `lock show`; empty when none does. */
export function commandIn(argv: readonly string[], program: CommandTree): string {
  const [first = "", ...rest] = withDefaultCommand(argv);
  const found = program.commands.find((command) => command.name() === first);
  return found === undefined ? "" : `${first} ${namedIn(rest, found)}`.trim();
}

/** The part of commander's command that is needed here. */
interface CommandTree {
  readonly commands: readonly CommandTree[];
  name(): string;
}

function namedIn(argv: readonly string[], { commands }: CommandTree): string {
  return commands.find((command) => command.name() === argv[0])?.name() ?? "";
}
