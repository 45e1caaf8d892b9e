import { allCommands, type CommandWords, isFile, nameOf } from "./command_tree.ts";

/** A completion for bash; needs nothing but bash itself. */
export function bashCompletion(name: string, tree: CommandWords): string {
  const commands = allCommands(tree);
  const fn = `_${name.replaceAll(/\W/g, "_")}`;
  return `# Completion of ${name} for bash: source <(${name} completions bash)
${fn}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
${
    commands.filter(({ path }) => path !== "").map(({ path }) =>
      `      ${quote(withSpace(path))}) command=${quote(path)} ;;`
    )
      .join("\n")
  }
    esac
  done
  case "$previous" in
    ${
    valueNames(commands, true).join("|")
  }) local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$current")); return ;;
    ${valueNames(commands, false).join("|")}) COMPREPLY=(); return ;;
  esac
  case "$command" in
${
    commands.map((command) => `    ${quote(command.path)}) words=${quote(wordsOf(command).join(" "))} ;;`)
      .join("\n")
  }
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F ${fn} ${name}
`;
}

function wordsOf({ commands, choices, options }: CommandWords): readonly string[] {
  return [...commands.map(nameOf), ...choices, ...options.flatMap(({ names }) => names)];
}

/** Options that take a value, which is the name of a file or is not. */
function valueNames(commands: readonly CommandWords[], file: boolean): readonly string[] {
  const options = commands.flatMap(({ options }) => options).filter(({ value }) =>
    value !== undefined && isFile(value) === file
  );
  return [...new Set(options.flatMap(({ names }) => names))];
}

/** What `$command $word` is when the last word of a path was typed. */
function withSpace(path: string): string {
  const words = path.split(" ");
  return `${words.slice(0, -1).join(" ")} ${words.at(-1)}`;
}

function quote(text: string): string {
  return `"${text.replaceAll(/["$`\\\\]/g, "\\\\$&")}"`;
}
