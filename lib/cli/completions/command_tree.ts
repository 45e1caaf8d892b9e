import type { Command } from "@commander-js/extra-typings";

/** One option as a completion offers it. */
export interface OptionWords {
  /** Spellings: `-h`, `--help`. */
  readonly names: readonly string[];
  readonly help: string;
  /** What stands for its value; `undefined` for a switch. */
  readonly value: string | undefined;
}

/** A command with everything that can be typed after it. */
export interface CommandWords {
  /** The words that lead to it, without the program's name: `lock show`. */
  readonly path: string;
  readonly help: string;
  readonly commands: readonly CommandWords[];
  readonly options: readonly OptionWords[];
  /** What its arguments may be, where that is a few words. */
  readonly choices: readonly string[];
}

/** Reads the commands and options of a program. */
export function commandTree(command: Command, path = ""): CommandWords {
  const help = command.createHelp();
  return {
    path,
    help: command.description(),
    commands: command.commands.map((child) =>
      commandTree(child as unknown as Command, `${path} ${child.name()}`.trim())
    ),
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    options: help.visibleOptions(command as never).map(({ short, long, description, flags }) => ({
      names: [short, long].filter((name) => name !== undefined),
      help: description,
      value: /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1],
    })),
  };
}

/** The command and all below it. */
export function allCommands(tree: CommandWords): readonly CommandWords[] {
  return [tree, ...tree.commands.flatMap(allCommands)];
}

/** The last word of a command's path. */
export function nameOf({ path }: CommandWords): string {
  return path.split(" ").at(-1) ?? "";
}

/** Whether a value is the name of a file. */
export function isFile(value: string | undefined): boolean {
  return value === "file" || value === "seed";
}
