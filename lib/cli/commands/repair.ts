import { EXIT } from "../../base/exit_code.ts";
import type { RepairKind, RepairRequest } from "../../maintenance/plan_repair.ts";
import { addAttribution, attributionOf } from "../attribution.ts";
import { refuseTogether } from "../choices.ts";
import { examplesFor, type RegisterCommand } from "../command.ts";
import { withSession } from "../session.ts";
import { addSettings } from "../setting_options.ts";
import { describePlace } from "../views/place_view.ts";
import { describeRepair, describeRepairs } from "../views/repair_view.ts";

const EXAMPLES = `
Examples:
  $ cosmig repair                                   list what could be repaired
  $ cosmig repair --retry 20240101_090000 --reason "index limit raised"
  $ cosmig repair --accept-checksum all --reason "reformatted before checksums ignored that"
  $ cosmig repair --release 20240101_090000         apply again what rollback --hold undid
`;

interface Choices {
  readonly acceptChecksum?: string | undefined;
  readonly retry?: string | undefined;
  readonly markApplied?: string | undefined;
  readonly release?: string | undefined;
}

/** `repair`: decisions about the history that only a person can take. Without a choice it reads only. */
export const registerRepair: RegisterCommand = (created, invoke) => {
  const command = created.optionsGroup("What to repair:")
    .option("--accept-checksum <id|all>", "accept an applied migration as this binary has it")
    .option("--retry <id>", "try a parked migration again, or its rollback")
    .option("--mark-applied <id>", "record it as applied without running it: its work was done by hand")
    .option("--release <id>", "let a held migration be applied again")
    .optionsGroup("Result:")
    .option("--json", "print JSON");
  addSettings(addAttribution(command), ["account", "pace", "run", "lease"])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((options) =>
      invoke("repair", options, (context) => {
        const request = requestOf(options);
        const { output } = context;
        return withSession(context, { options }, async ({ read, run, place }) => {
          if (request === undefined) {
            const { readSnapshot } = await import("../../runner/snapshot.ts");
            const { listRepairs } = await import("../../maintenance/list_repairs.ts");
            const { records } = await readSnapshot(read);
            const repairs = listRepairs({ ...read, records });
            output.endEvents();
            if (options.json) output.json({ version: 1, repairs });
            else {
              output.result(
                output.style.dim(describePlace(place)),
                "",
                ...describeRepairs(repairs, context),
              );
            }
            return { exitCode: EXIT.done };
          }
          const { repair } = await import("../../maintenance/repair.ts");
          const report = await repair(run({ command: "repair", unsafeNoFence: false }), {
            request,
            ...attributionOf(options, context),
          });
          output.endEvents();
          if (options.json) output.json({ version: 1, ...report });
          else output.result(...describeRepair(report));
          return { exitCode: EXIT.done };
        });
      })
    );
};

function requestOf({ acceptChecksum, retry, markApplied, release }: Choices): RepairRequest | undefined {
  const given: Readonly<Record<RepairKind, string | undefined>> = {
    "accept-checksum": acceptChecksum,
    "retry": retry,
    "mark-applied": markApplied,
    "release": release,
  };
  refuseTogether(Object.fromEntries(Object.entries(given).map(([kind, id]) => [`--${kind}`, id])));
  for (const [kind, id] of Object.entries(given)) {
    if (id !== undefined) return { kind: kind as RepairKind, id };
  }
  return undefined;
}
