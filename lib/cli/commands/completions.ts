import { Argument } from "@commander-js/extra-typings";
import { EXIT } from "../../base/exit_code.ts";
import { examplesFor, programOf, type RegisterCommand } from "../command.ts";
import { bashCompletion } from "../completions/bash.ts";
import { commandTree } from "../completions/command_tree.ts";
import { fishCompletion } from "../completions/fish.ts";
import { zshCompletion } from "../completions/zsh.ts";
import { addSettings } from "../setting_options.ts";

const EXAMPLES = `
Examples:
  $ cosmig completions bash   source <(cosmig completions bash)
  $ cosmig completions zsh    source <(cosmig completions zsh)
  $ cosmig completions fish   cosmig completions fish | source
`;

const WRITERS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `completions`: what a shell needs to complete commands and options. */
export const registerCompletions: RegisterCommand = (created, invoke) => {
  const program = programOf(created);
  const command = created.addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]));
  addSettings(command, [])
    .addHelpText("after", examplesFor(created, EXAMPLES).replaceAll("(cosmig", `(${program.name()}`))
    .action((shell, options) =>
      invoke("completions", options, ({ output }) => {
        const tree = commandTree(program);
        output.result(WRITERS[shell](program.name(), tree).trimEnd());
        return Promise.resolve({ exitCode: EXIT.done });
      })
    );
};
