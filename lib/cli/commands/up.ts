import { examplesFor, type RegisterCommand } from "../command.ts";
import { EXIT } from "../../base/exit_code.ts";
import { type SessionOptions, withSession } from "../session.ts";
import { addSettings } from "../setting_options.ts";
import { addUpPolicy, toUpPolicy } from "../up_policy.ts";
import { printUpPreview } from "../views/plan_view.ts";
import { printReport } from "../views/report_view.ts";
import { markEmbedded } from "../views/embedded_view.ts";

const EXAMPLES = `
Examples:
  $ cosmig up --dry-run
  $ cosmig up --to 20240101_090000
  $ cosmig up --emulator=seed.json
  $ cosmig up --lock-timeout 20m --ru-limit 2000 --log-format json
`;

/** `up`: applies what is pending. */
export const registerUp: RegisterCommand = (created, invoke) => {
  const command = addUpPolicy(created)
    .option("--dry-run", "say what would be done, change nothing (the same as plan)")
    .optionsGroup("Consent (flags only, never from the environment):")
    .option("--init", "start a history on a database that already holds documents")
    .option("--allow-destructive", "carry out operations that lose data for good")
    .option("--allow-offline", "carry out operations that need stopped writers")
    .option(
      "--unsafe-no-fence",
      "go on with an endpoint that ignores conditions in a transaction (some emulators)",
    );
  addSettings(command, ["account", "pace", "run", "lease"])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((options) =>
      invoke("up", options, async (context) => {
        const policy = toUpPolicy(options);
        const session: SessionOptions = { options, emulator: options.emulator };
        return await markEmbedded(context, options, () =>
          withSession(context, session, async ({ read, run, tool, place }) => {
            if (options.dryRun) {
              const { previewUp } = await import("../../runner/preview.ts");
              printUpPreview(context, {
                preview: await previewUp(read, { policy, count: "sampled", limit: tool }),
                place,
              });
              return { exitCode: EXIT.done };
            }
            const { runUp } = await import("../../runner/run_up.ts");
            const report = await runUp(
              run({ command: "up", unsafeNoFence: options.unsafeNoFence === true }),
              {
                policy,
                // Whoever brings a seed knows what is in it.
                init: options.init === true || options.emulator !== undefined,
                allowDestructive: options.allowDestructive === true,
                allowOffline: options.allowOffline === true,
              },
            );
            printReport(context, report);
            return {
              exitCode: EXIT.done,
              finished: report.finished.map(({ id }) =>
                id
              ),
            };
          }));
      })
    );
};
