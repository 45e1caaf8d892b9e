import { type CommandWords, isFile, nameOf } from "./command_tree.ts";

/** A completion for zsh. */
export function zshCompletion(name: string, tree: CommandWords): string {
  const fn = `_${name.replaceAll(/\W/g, "_")}`;
  return `#compdef ${name}
# Completion of ${name} for zsh: source <(${name} completions zsh)
${functionsOf(fn, tree).join("\n")}
if [[ "$funcstack[1]" = "${fn}" ]]; then ${fn} "$@"; else compdef ${fn} ${name}; fi
`;
}

function functionsOf(fn: string, tree: CommandWords): readonly string[] {
  const { commands, choices } = tree;
  const specs = tree.options.flatMap(({ names, help, value }) =>
    names.map((option) => quote(`${option}[${escape(help)}]${valueSpec(value)}`))
  );
  if (commands.length === 0) {
    const rest = choices.length === 0 ? "'*: :_files'" : quote(`1: :(${choices.join(" ")})`);
    return [`${fn}() {\n  _arguments ${[...specs, rest].join(" \\\n    ")}\n}`];
  }
  const described = commands.map((child) => quote(`${nameOf(child)}:${child.help}`)).join(" ");
  const cases = commands.map((child) => `    ${nameOf(child)}) ${fn}_${wordOf(child)} ;;`).join("\n");
  return [
    ...commands.flatMap((child) => functionsOf(`${fn}_${wordOf(child)}`, child)),
    `${fn}() {
  local state line
  _arguments -C ${[...specs, "'1: :->command'", "'*:: :->rest'"].join(" \\\n    ")}
  case "$state" in
  command) local -a commands=(${described}); _describe command commands ;;
  rest) case "$line[1]" in
${cases}
  esac ;;
  esac
}`,
  ];
}

function valueSpec(value: string | undefined): string {
  if (value === undefined) return "";
  return isFile(value) ? `:${value}:_files` : `:${escape(value)}: `;
}

function wordOf(command: CommandWords): string {
  return nameOf(command).replaceAll(/\W/g, "_");
}

function escape(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
