import type { Command } from "@commander-js/extra-typings";
import { formatDuration } from "../../base/duration.ts";
import { CosmigError } from "../../base/errors.ts";
import { EXIT } from "../../base/exit_code.ts";
import type { ForceReleaseReport } from "../../maintenance/force_release.ts";
import { formatHolder } from "../../base/format_holder.ts";
import { addAttribution, attributionOf } from "../attribution.ts";
import { examplesFor, type Invoke, type RegisterCommand } from "../command.ts";
import { withSession } from "../session.ts";
import { addSettings } from "../setting_options.ts";
import { describeLease, leaseToJson } from "../views/lease_view.ts";
import { describePlace } from "../views/place_view.ts";

const SHOW_EXAMPLES = "\nExamples:\n  $ cosmig lock show\n";
const RELEASE_EXAMPLES = `
Examples:
  $ cosmig lock release --term 7 --reason "node lost"
  $ cosmig lock release --term 7 --holder-is-dead

A holder that died releases by itself when its lease runs out, 30s by default. The term is what
"lock show" prints; when it changed since, nothing is released.
`;

/** `lock show` and `lock release`. */
export const registerLock: RegisterCommand = (created, invoke) => {
  const group = created.helpCommand(false) as unknown as Command;
  registerShow(group, { invoke, examples: examplesFor(created, SHOW_EXAMPLES) });
  registerRelease(group, { invoke, examples: examplesFor(created, RELEASE_EXAMPLES) });
};

interface Registration {
  readonly invoke: Invoke;
  readonly examples: string;
}

function registerShow(group: Command, { invoke, examples }: Registration): void {
  const command = group.command("show")
    .description("show who holds the lease; reads only")
    .optionsGroup("Result:")
    .option("--json", "print JSON");
  addSettings(command, ["account"])
    .addHelpText("after", examples)
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
}

function registerRelease(group: Command, { invoke, examples }: Registration): void {
  const command = group.command("release")
    .description("take the lease from its holder, who stops with its next write to the ledger")
    .optionsGroup("Which lease (flags only, never from the environment):")
    .requiredOption("--term <n>", "the term that lock show printed; another one is left alone", toTerm)
    .option("--holder-is-dead", "no request of the holder can still arrive: the next one need not pause");
  addSettings(addAttribution(command), ["account"])
    .addHelpText("after", examples)
    .action((options) =>
      invoke("lock release", options, (context) =>
        withSession(context, { options }, async ({ read }) => {
          const { forceRelease } = await import("../../maintenance/force_release.ts");
          const { io, output } = context;
          const report = await forceRelease({ ...read, newNonce: io.newNonce }, {
            term: options.term,
            holderIsDead: options.holderIsDead === true,
            ...attributionOf(options, context),
          });
          output.endEvents();
          output.result(describeRelease(report, { holderIsDead: options.holderIsDead === true }));
          return { exitCode: EXIT.done };
        }))
    );
}

function describeRelease(
  { outcome, before: { holder, term, durationMs } }: ForceReleaseReport,
  { holderIsDead }: { readonly holderIsDead: boolean },
): string {
  if (outcome === "free" || holder === null) return `Nothing to do: the lease is free, last term ${term}`;
  const next = holderIsDead
    ? "the next holder goes on at once"
    : `the next holder pauses ${formatDuration(durationMs)} or more before its first change`;
  return `Released term ${term} of ${formatHolder(holder)}; ${next}`;
}

function toTerm(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CosmigError(
    "usage",
    `Cannot use --term as it has to be a whole number: current value is "${text}"`,
    { hint: '"lock show" prints it' },
  );
}
