import { EXIT } from "../../base/exit_code.ts";
import { examplesFor, type RegisterCommand } from "../command.ts";
import { withSession } from "../session.ts";
import { addSettings } from "../setting_options.ts";
import { describeLease, leaseToJson } from "../views/lease_view.ts";
import { describePlace } from "../views/place_view.ts";

/** `lock show`: the lease. Reads only. */
export const registerLock: RegisterCommand = (program, invoke) => {
  const group = program.command("lock").description("the lease that lets one process migrate at a time")
    .helpCommand(false);
  const command = group.command("show")
    .description("show who holds the lease; reads only")
    .optionsGroup("Result:")
    .option("--json", "print JSON");
  addSettings(command, ["account"])
    .addHelpText("after", examplesFor(program, "\nExamples:\n  $ cosmig lock show\n"))
    .action((options) =>
      invoke(
        "lock show",
        options,
        (context) =>
          withSession(context, { options }, async ({ connection, read, place }) => {
            const { readLease } = await import("../../history/read_history.ts");
            const lease = await readLease(connection.ledger, read);
            const { output } = context;
            if (options.json) output.json({ version: 1, ...leaseToJson(lease) });
            else {
              output.endEvents();
              output.result(output.style.dim(describePlace(place)), "", ...describeLease(lease));
            }
            return { exitCode: EXIT.done };
          }),
      )
    );
};
