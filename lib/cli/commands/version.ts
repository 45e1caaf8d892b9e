import process from "node:process";
import { EXIT } from "../../base/exit_code.ts";
import { PACKED_COMMIT } from "../../base/packed_commit.ts";
import { formatAmount } from "../../reporting/format.ts";
import { type CommandContext, examplesFor, type RegisterCommand } from "../command.ts";
import { addSettings } from "../setting_options.ts";
import { VERSION } from "../version.ts";

/** `version`: what this binary is made of. Connects to nothing. */
export const registerVersion: RegisterCommand = (created, invoke) => {
  const command = created.optionsGroup("Result:")
    .option("--json", "print JSON");
  addSettings(command, [])
    .addHelpText("after", examplesFor(created, "\nExamples:\n  $ cosmig version --json\n"))
    .action((options) =>
      invoke("version", options, (context) => {
        const facts = factsOf(context);
        if (options.json) context.output.json({ version: 1, ...facts });
        else context.output.result(...inWords(facts, context));
        return Promise.resolve({ exitCode: EXIT.done });
      })
    );
};

interface Facts {
  readonly name: string;
  /** Of the program, which may be another one than of the tool in it. */
  readonly programVersion: string;
  readonly toolVersion: string;
  readonly commit: string | null;
  readonly runtime: { readonly name: "deno" | "node"; readonly version: string };
  readonly target: string;
  readonly migrations: { readonly count: number; readonly digest: string };
}

function factsOf({ name, version, registry }: CommandContext): Facts {
  const { deno, node } = process.versions as { readonly deno?: string; readonly node: string };
  return {
    name,
    programVersion: version,
    toolVersion: VERSION,
    commit: PACKED_COMMIT ?? null,
    runtime: deno === undefined ? { name: "node", version: node } : { name: "deno", version: deno },
    target: `${process.platform} ${process.arch}`,
    migrations: { count: registry.entries.length, digest: registry.digest },
  };
}

function inWords(
  { commit, runtime, target, migrations }: Facts,
  { name, version }: CommandContext,
): readonly string[] {
  return [
    `${name} ${version}`,
    `commit     ${
      commit ?? (PACKED_COMMIT === undefined ? "not packed: runs from its sources" : "not known")
    }`,
    `runtime    ${runtime.name} ${runtime.version}, ${target}`,
    `migrations ${formatAmount(migrations.count, "migration")}, digest ${migrations.digest}`,
  ];
}
