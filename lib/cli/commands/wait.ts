import { EXIT } from "../../base/exit_code.ts";
import { examplesFor, type RegisterCommand } from "../command.ts";
import { withSession } from "../session.ts";
import { addSettings } from "../setting_options.ts";
import { formatAmount } from "../../reporting/format.ts";

const EXAMPLES = `
Examples:
  $ cosmig wait                  an init container beside a Job that migrates
  $ cosmig wait --timeout 5m
  $ cosmig wait --promote        migrate when nobody else does

Waits for 30m unless --timeout, or COSMIG_WAIT, says otherwise; exit code 75 then.
`;

/** `wait`: blocks until everything in this binary is applied. Reads only, unless it is promoted. */
export const registerWait: RegisterCommand = (created, invoke) => {
  const command = created.optionsGroup("Waiting:")
    .option("--promote", "once there is a history: apply what is pending when nobody holds the lease");
  addSettings(command, ["account", "pace", "run", "lease"])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((options) =>
      invoke("wait", options, (context) =>
        withSession(context, { options }, async ({ tool, run }) => {
          const { waitUntilApplied } = await import("../../maintenance/wait.ts");
          const { output } = context;
          const { applied, drifted } = await waitUntilApplied(
            run({ command: "wait", unsafeNoFence: false }),
            { timeoutMs: tool.timeoutMs ?? tool.waitMs, promote: options.promote === true },
          );
          if (drifted.length > 0) {
            output.warn(`Applied, but in another version than this binary's: ${drifted.join(", ")}`);
          }
          output.endEvents();
          output.result(
            applied.length === 0
              ? "Everything in this binary is applied"
              : `Applied ${formatAmount(applied.length, "migration")}: nobody else did`,
          );
          return { exitCode: EXIT.done, finished: applied };
        }))
    );
};
