/**
 * The commands that write and pack migrations: `new`, `index` and `compile`. They have an entry of their own, since a program that is shipped needs none of this. Reads and
 * writes the migrations' folder and asks git; connects to nothing. Fails with a usage error (2) or a check that did not hold (4).
 *
 * @module
 */
import { relative, resolve } from "node:path";
import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import type { Clock } from "../base/clock.ts";
import { CosmigError, messageOf } from "../base/errors.ts";
import { EXIT, exitCodeOf } from "../base/exit_code.ts";
import { checkIndex, type IndexResult, writeIndex } from "./index_command.ts";
import { createMigrationFile } from "./new_command.ts";
import type { Project } from "./project.ts";
import type { Target } from "./compile_target.ts";

/** What the commands need of the process. */
export interface AuthoringContext {
  /** The current folder. */
  readonly directory: string;
  readonly clock: Clock;
  /** Receives results, each a line without its end. */
  out(line: string): void;
  /** Receives errors and usage texts. */
  err(text: string): void;
}

/**
 * Runs an authoring command.
 *
 * @param args the command line without program and script
 * @returns the exit code
 */
export async function runAuthoring(args: readonly string[], context: AuthoringContext): Promise<number> {
  try {
    await program(context).parseAsync([...args], { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    context.err(`${messageOf(error)}\n`);
    if (error instanceof CosmigError && error.hint !== undefined) context.err(`Hint: ${error.hint}\n`);
    return exitCodeOf(error);
  }
}

function program(context: AuthoringContext) {
  const cli = new Command("cosmig-authoring")
    .description("Write migrations")
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => context.out(text.trimEnd()),
      writeErr: (text) => context.err(text),
    });
  const shared = () =>
    new Command()
      .option("--folder <path>", "folder of the migrations", "migrations")
      .option("--library <specifier>", "how migrations import the library", "../lib/mod.ts")
      .copyInheritedSettings(cli);
  cli.addCommand(
    shared().name("new").argument("<name...>", "what it does, in words")
      .description("write the file of a new migration and list it in the registry")
      .action(async (words, options) => {
        const path = await createMigrationFile(projectOf(context, options), {
          name: words.join(" "),
          clock: context.clock,
        });
        context.out(`Wrote ${relative(context.directory, path)}`);
      }),
  );
  cli.addCommand(
    shared().name("index")
      .description("write the registry of the migrations, migrations/mod.ts")
      .option("--check", "write nothing; exit 4 when it is not up to date")
      .option(
        "--base <ref>",
        "with --check: also when a new migration sorts before the newest one on this branch",
      )
      .action(async ({ check, base, ...options }) => {
        if (base !== undefined && check !== true) {
          throw new CosmigError("usage", "Cannot use --base without --check");
        }
        const project = projectOf(context, options);
        const result = check ? await checkIndex(project, { base }) : await writeIndex(project);
        context.out(inWords(result, check === true));
      }),
  );
  cli.addCommand(
    new Command("compile").copyInheritedSettings(cli)
      .description("pack the program and its migrations into one executable")
      .option("--entry <file>", "main file of the program", "main.ts")
      .option("--output <file>", "the executable; other files are written beside it", "dist/cosmig")
      .addOption(
        new Option(
          "--runtime <name>",
          "what runs it; auto takes deno where its runtime is at hand, else node",
        )
          .choices(["auto", "deno", "node"]).default("auto" as const),
      )
      .addOption(
        new Option("--target <processor>", "what it runs on (default: this machine)")
          .choices(["x86_64", "aarch64"]),
      )
      .option("--image-root <folder>", "also write the file system of an image with nothing else in it")
      .option("--allow-read <paths...>", "files that it may read: settings, secrets, certificates", ["*"])
      .option("--allow-write <paths...>", "files that it may write", ["/dev/termination-log"])
      .option("--no-code-cache", "leave out compiled code: smaller, starts more slowly")
      .option("--commit <id>", "the commit that it says it is from (default: what git says)")
      .action((options) => runCompile(context, options)),
  );
  return cli;
}

interface CompileFlags {
  readonly entry: string;
  readonly output: string;
  readonly runtime: "auto" | "deno" | "node";
  readonly target?: Target | undefined;
  readonly imageRoot?: string | undefined;
  readonly allowRead: readonly string[];
  readonly allowWrite: readonly string[];
  readonly codeCache: boolean;
  readonly commit?: string | undefined;
}

/** Its modules, a bundler among them, are loaded for this command only. */
async function runCompile({ directory, out }: AuthoringContext, flags: CompileFlags): Promise<void> {
  const [{ compile, compileInWords }, { hostTarget }] = await Promise.all([
    import("./compile_command.ts"),
    import("./compile_target.ts"),
  ]);
  const { entry, output, imageRoot, allowRead, allowWrite, target, runtime, codeCache, commit } = flags;
  const result = await compile({
    entry: resolve(directory, entry),
    output: resolve(directory, output),
    imageRoot: imageRoot === undefined ? undefined : resolve(directory, imageRoot),
    target: target ?? hostTarget(),
    permissions: { read: allowRead, write: allowWrite },
    runtime,
    codeCache,
    commit: commit === "" ? undefined : commit,
  });
  for (const line of compileInWords(result, { directory })) out(line);
}

function projectOf(
  { directory }: AuthoringContext,
  { folder, library }: { readonly folder: string; readonly library: string },
): Project {
  const path = resolve(directory, folder);
  const isFile = /^\.{1,2}\//.test(library);
  return {
    folder: path,
    librarySpecifier: library,
    library: isFile ? { specifiers: [], file: resolve(path, library) } : { specifiers: [library] },
  };
}

function inWords({ migrations, changed }: IndexResult, isCheck: boolean): string {
  const count = migrations === 1 ? "1 migration" : `${migrations} migrations`;
  return isCheck || !changed ? `The registry is up to date: ${count}` : `Wrote the registry: ${count}`;
}
