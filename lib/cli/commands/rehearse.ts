import type { RunEvent } from "../../base/events.ts";
import { EXIT } from "../../base/exit_code.ts";
import { examplesFor, type RegisterCommand } from "../command.ts";
import { readSeed } from "../embedded_database.ts";
import { withToolSettings } from "../session.ts";
import { addSettings } from "../setting_options.ts";
import { markEmbedded } from "../views/embedded_view.ts";
import { describeRehearsal, rehearsalToJson } from "../views/rehearsal_view.ts";

const EXAMPLES = `
Examples:
  $ cosmig rehearse --from seed.json
  $ cosmig rehearse --from seed.json --json
`;

/** `rehearse`: up, down and up again on an embedded database. Reaches no account. */
export const registerRehearse: RegisterCommand = (created, invoke) => {
  const command = created.optionsGroup("Embedded database:")
    .option("--from, --seed <file>", "JSON file with the containers and documents at the start")
    .optionsGroup("Result:")
    .option("--json", "print JSON");
  addSettings(command, [])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((options) =>
      invoke(
        "rehearse",
        options,
        (context) =>
          markEmbedded(context, { emulator: true, json: options.json }, () =>
            withToolSettings(context, options, async () => {
              const { io, output, registry, signal } = context;
              const seed = options.seed === undefined ? undefined : await readSeed(io, options.seed);
              const { rehearse } = await import("../../testing/rehearse.ts");
              const onEvent = (event: RunEvent) => {
                if (/^(migration|step)-/.test(event.type)) {
                  output.emit(event);
                }
              };
              const rehearsal = await rehearse({ registry, seed, signal, onEvent });
              output.endEvents();
              if (options.json) {
                output.json(rehearsalToJson(rehearsal));
              } else output.result(...describeRehearsal(rehearsal, output.style));
              return { exitCode: rehearsal.findings.length === 0 ? EXIT.done : EXIT.check };
            })),
      )
    );
};
