import { EXIT } from "../../base/exit_code.ts";
import { examplesFor, type RegisterCommand } from "../command.ts";
import { withSession } from "../session.ts";
import { addSettings, refuseIdle } from "../setting_options.ts";
import { describePlace } from "../views/place_view.ts";
import { describeVerification, verificationToJson } from "../views/verification_view.ts";

const EXAMPLES = `
Examples:
  $ cosmig verify               exit code 4 when the history does not fit to this binary
  $ cosmig verify --documents   and when finished operations do not hold any more
  $ cosmig verify --documents --ru-limit 400
`;

/** `verify`: whether history, binary and database fit together. Reads only. */
export const registerVerify: RegisterCommand = (created, invoke) => {
  const command = created.optionsGroup("What is checked:")
    .option(
      "--documents",
      "also whether finished operations still hold: old applications may have written since",
    )
    .optionsGroup("Result:")
    .option("--json", "print JSON");
  addSettings(command, ["account", "pace"])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((options) =>
      invoke("verify", options, async (context) => {
        if (options.documents !== true) {
          refuseIdle(options, {
            keys: ["ruLimit", "priority", "throughputBucket"],
            why: "without --documents as no document is read then",
          });
        }
        return await withSession(context, { options }, async ({ read, tool, place }) => {
          const { verify } = await import("../../maintenance/verify.ts");
          const verification = await verify(read, { documents: options.documents === true, limit: tool });
          const { output } = context;
          if (options.json) output.json(verificationToJson(verification));
          else {
            output.endEvents();
            output.result(
              output.style.dim(describePlace(place)),
              "",
              ...describeVerification(verification, output.style),
            );
          }
          return { exitCode: verification.findings.length === 0 ? EXIT.done : EXIT.check };
        });
      })
    );
};
