/**
 * The commands that write migrations: `new` and `index`. They have an entry of their own, since a program that is shipped needs none of this. Reads and
 * writes the migrations' folder and asks git; connects to nothing. Fails with a usage error (2) or a check that did not hold (4).
 *
 * @module
 */
import { relative, resolve } from "node:path";
import { Command, CommanderError } from "@commander-js/extra-typings";
import type { Clock } from "../base/clock.ts";
import { CosmigError, messageOf } from "../base/errors.ts";
import { EXIT, exitCodeOf } from "../base/exit_code.ts";
import { checkIndex, type IndexResult, writeIndex } from "./index_command.ts";
import { createMigrationFile } from "./new_command.ts";
import type { Project } from "./project.ts";

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
  return cli;
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
