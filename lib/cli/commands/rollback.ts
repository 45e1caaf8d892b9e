import type { RollbackSelection } from "../../planner/plan_rollback.ts";
import { EXIT } from "../../base/exit_code.ts";
import { positiveInteger, refuseTogether } from "../choices.ts";
import { examplesFor, type RegisterCommand } from "../command.ts";
import { withSession } from "../session.ts";
import { addSettings } from "../setting_options.ts";
import { printRollbackPreview } from "../views/plan_view.ts";
import { printReport } from "../views/report_view.ts";

const EXAMPLES = `
Examples:
  $ cosmig rollback                        the last applied one
  $ cosmig rollback --to 20240101_090000   everything applied after it
  $ cosmig rollback --steps 2 --hold       in a cluster: no pod applies them again
`;

/** `rollback`: undoes in reverse order of application. */
export const registerRollback: RegisterCommand = (created, invoke) => {
  const command = created.optionsGroup("Which migrations:")
    .option("--steps <n>", "how many to undo; 1 without a selector", positiveInteger("--steps"))
    .option("--to <id>", "undo everything applied after this one, which stays applied")
    .option("--all", "undo everything")
    .option("--hold", "leave what is undone held, so that no pod applies it again")
    .option("--dry-run", "say what would be done, change nothing")
    .optionsGroup("Consent (flags only, never from the environment):")
    .option("--allow-destructive", "carry out operations that lose data for good")
    .option("--allow-offline", "carry out operations that need stopped writers")
    .option(
      "--unsafe-no-fence",
      "go on with an endpoint that ignores conditions in a transaction (some emulators)",
    );
  addSettings(command, ["account", "pace", "run", "lease"])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((options) =>
      invoke("rollback", options, async (context) => {
        const selection = selectionOf(options);
        return await withSession(context, { options }, async ({ read, run, place }) => {
          if (options.dryRun) {
            const { previewRollback } = await import("../../runner/preview.ts");
            printRollbackPreview(context, { preview: await previewRollback(read, { selection }), place });
            return { exitCode: EXIT.done };
          }
          const { runRollback } = await import("../../runner/run_rollback.ts");
          const report = await runRollback(
            run({ command: "rollback", unsafeNoFence: options.unsafeNoFence === true }),
            {
              selection,
              hold: options.hold === true,
              allowDestructive: options.allowDestructive === true,
              allowOffline: options.allowOffline === true,
            },
          );
          printReport(context, report);
          if (report.finished.length > 0 && !options.hold) {
            context.output.warn(
              "Whatever starts next with a binary that contains them applies them again; --hold prevents that",
            );
          }
          return { exitCode: EXIT.done, finished: report.finished.map(({ id }) => id) };
        });
      })
    );
};

function selectionOf(
  { steps, to, all }: {
    readonly steps?: number | undefined;
    readonly to?: string | undefined;
    readonly all?: true | undefined;
  },
): RollbackSelection {
  refuseTogether({ "--steps": steps, "--to": to, "--all": all });
  if (all) return { kind: "all" };
  return to === undefined ? { kind: "steps", steps: steps ?? 1 } : { kind: "to", id: to };
}
