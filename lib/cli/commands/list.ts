import { EXIT } from "../../base/exit_code.ts";
import { formatAmount } from "../../reporting/format.ts";
import { formatTable } from "../../reporting/table.ts";
import { examplesFor, type RegisterCommand } from "../command.ts";
import { addSettings } from "../setting_options.ts";

/** `list`: the migrations of this binary. Connects to nothing. */
export const registerList: RegisterCommand = (created, invoke) => {
  const command = created.optionsGroup("Result:")
    .option("--json", "print JSON");
  addSettings(command, [])
    .addHelpText("after", examplesFor(created, "\nExamples:\n  $ cosmig list\n  $ cosmig list --json\n"))
    .action((options) =>
      invoke("list", options, ({ registry, output }) => {
        const { entries, digest } = registry;
        if (options.json) {
          const migrations = entries.map(({ id, name, checksum, migration }) => ({
            id,
            name,
            checksum,
            description: migration.description,
            phase: migration.phase ?? null,
            operations: migration.up.map(({ kind, step, description }) => ({ kind, step, description })),
          }));
          output.json({ version: 1, digest, migrations });
        } else if (entries.length === 0) {
          output.result("This binary contains no migrations");
        } else {
          const rows = entries.map(({ id, name, migration }) =>
            [id, name, migration.description].map((text) => ({ text }))
          );
          const [head = "", ...lines] = formatTable([{ title: "ID" }, { title: "NAME" }, {
            title: "DESCRIPTION",
          }], rows);
          output.result(output.style.dim(head), ...lines, "", formatAmount(entries.length, "migration"));
        }
        return Promise.resolve({ exitCode: EXIT.done });
      })
    );
};
