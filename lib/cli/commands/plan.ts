import { EXIT } from "../../base/exit_code.ts";
import { oneOf } from "../choices.ts";
import { examplesFor, type RegisterCommand } from "../command.ts";
import { withSession } from "../session.ts";
import { addSettings, refuseIdle } from "../setting_options.ts";
import { addUpPolicy, toUpPolicy } from "../up_policy.ts";
import { markEmbedded } from "../views/embedded_view.ts";
import { printUpPreview, upPreviewToJson } from "../views/plan_view.ts";

const EXAMPLES = `
Examples:
  $ cosmig plan
  $ cosmig plan --check           exit code 4 when something is pending
  $ cosmig plan --count exact --json
  $ cosmig plan --count exact --ru-limit 400
`;

/** `plan`: what `up` would do. Reads only. */
export const registerPlan: RegisterCommand = (created, invoke) => {
  const command = addUpPolicy(created)
    .option(
      "--count <how>",
      "how to count documents: sampled, exact or none",
      oneOf("--count", ["sampled", "exact", "none"]),
      "sampled" as const,
    )
    .optionsGroup("Result:")
    .option("--check", "exit code 4 when something is pending")
    .option("--json", "print JSON");
  addSettings(command, ["account", "pace"])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((options) =>
      invoke("plan", options, async (context) => {
        const policy = toUpPolicy(options);
        if (options.count === "none") {
          refuseIdle(options, { keys: ["ruLimit"], why: "with --count none as no document is read then" });
        }
        return await markEmbedded(context, options, () =>
          withSession(context, { options, emulator: options.emulator }, async ({ read, tool, place }) => {
            const { previewUp } = await import("../../runner/preview.ts");
            const preview = await previewUp(read, { policy, count: options.count, limit: tool });
            if (options.json) {
              context.output.json(upPreviewToJson(preview));
            } else printUpPreview(context, { preview, place });
            const holds = preview.plan.pending.length === 0;
            return { exitCode: options.check && !holds ? EXIT.check : EXIT.done };
          }));
      })
    );
};
