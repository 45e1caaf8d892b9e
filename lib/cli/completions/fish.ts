import { allCommands, type CommandWords, isFile, nameOf } from "./command_tree.ts";

/** A completion for fish. */
export function fishCompletion(name: string, tree: CommandWords): string {
  const lines = allCommands(tree).flatMap((command) => [
    ...command.commands.map((child) =>
      `complete -c ${name} -n ${quote(conditionOf(command))} -f -a ${quote(nameOf(child))} -d ${
        quote(child.help)
      }`
    ),
    ...command.choices.map((choice) =>
      `complete -c ${name} -n ${quote(conditionOf(command))} -f -a ${quote(choice)}`
    ),
    ...command.options.map(({ names, help, value }) =>
      [
        `complete -c ${name} -n ${quote(conditionOf(command))}`,
        ...names.map((option) => option.startsWith("--") ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`),
        ...(value === undefined ? [] : [isFile(value) ? "-r -F" : "-x"]),
        `-d ${quote(help)}`,
      ].join(" ")
    ),
  ]);
  return `# Completion of ${name} for fish: ${name} completions fish | source\n${lines.join("\n")}\n`;
}

/** Whether a command is the one that is being typed. */
function conditionOf({ path, commands }: CommandWords): string {
  const words = path.split(" ").filter((word) => word !== "");
  if (words.length === 0) return "__fish_use_subcommand";
  const inside = words.map((word) => `__fish_seen_subcommand_from ${word}`);
  const outside = commands.map((child) => `not __fish_seen_subcommand_from ${nameOf(child)}`);
  return [...inside, ...outside].join("; and ");
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
