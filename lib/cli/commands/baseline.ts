import { CosmigError } from "../../base/errors.ts";
import { EXIT } from "../../base/exit_code.ts";
import { formatAmount } from "../../reporting/format.ts";
import type { BaselineReport, BaselineSource } from "../../maintenance/baseline.ts";
import { refuseTogether } from "../choices.ts";
import { type CommandContext, examplesFor, type RegisterCommand } from "../command.ts";
import { withSession } from "../session.ts";
import { addSettings } from "../setting_options.ts";

const EXAMPLES = `
Examples:
  $ cosmig baseline 20240101_090000     everything up to it counts as applied
  $ cosmig baseline --from-cosmigrator  take the history of Cosmigrator over
`;

/** `baseline`: records migrations as applied without running them. */
export const registerBaseline: RegisterCommand = (created, invoke) => {
  const command = created.argument("[id]", "the last one that the database has already")
    .optionsGroup("Which migrations:")
    .option("--from-cosmigrator", "those in the container __MigrationHistory, with their times and states")
    .option(
      "--unsafe-no-fence",
      "go on with an endpoint that ignores conditions in a transaction (some emulators)",
    );
  addSettings(command, ["account", "lease"])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((id, options) =>
      invoke("baseline", options, (context) => {
        const source = sourceOf(id, options.fromCosmigrator);
        return withSession(context, { options }, async ({ run }) => {
          const { runBaseline } = await import("../../maintenance/baseline.ts");
          const report = await runBaseline(
            run({ command: "baseline", unsafeNoFence: options.unsafeNoFence === true }),
            source,
          );
          print(context, report);
          return { exitCode: EXIT.done, finished: report.recorded.map((migration) => migration.id) };
        });
      })
    );
};

function sourceOf(id: string | undefined, fromCosmigrator: true | undefined): BaselineSource {
  refuseTogether({ "an id": id, "--from-cosmigrator": fromCosmigrator });
  if (fromCosmigrator) return { kind: "cosmigrator" };
  if (id !== undefined) return { kind: "up-to", id };
  throw new CosmigError("usage", "Cannot record a baseline as it is not said up to which migration", {
    hint: "Give the id of the last migration that the database has already, or --from-cosmigrator",
  });
}

function print({ output }: CommandContext, report: BaselineReport): void {
  output.endEvents();
  if (output.format === "json") {
    output.result(JSON.stringify({ version: 1, command: "baseline", ...report }));
    return;
  }
  const { recorded, kept } = report;
  for (const { id, name, status } of recorded) {
    output.result(`${id} ${name}${status === "reverted" ? "  (rolled back)" : ""}`);
  }
  const known = kept.length === 0 ? "" : `; ${formatAmount(kept.length, "migration")} known already`;
  output.result(
    output.style.bold(
      recorded.length === 0
        ? `Nothing to record${known}`
        : `Recorded ${formatAmount(recorded.length, "migration")} without running ${
          recorded.length === 1 ? "it" : "them"
        }${known}`,
    ),
  );
}
