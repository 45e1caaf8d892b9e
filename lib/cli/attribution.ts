import type { Command } from "@commander-js/extra-typings";
import type { Attribution } from "../maintenance/repair.ts";
import type { CommandContext } from "./command.ts";

/** Options of every command that leaves an entry in the audit trail. */
export type AttributionOptions = {
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
};

/** Adds who does something by hand, and why. */
export function addAttribution<Options extends Record<string, unknown>>(
  command: Command<[], Options>,
): Command<[], Options & AttributionOptions> {
  const plain = command as unknown as Command;
  plain.optionsGroup("Audit trail:")
    .option("--reason <text>", "why it is done; kept in the audit trail")
    .option("--by <name>", "who does it (default: the user of this system)");
  return plain as unknown as Command<[], Options & AttributionOptions>;
}

/** Who asks for it: the name that was given, else the user, and always the host. No secret gets into the trail with it. */
export function attributionOf(
  { by, reason }: AttributionOptions,
  { io: { environment, host }, output }: CommandContext,
): Attribution {
  const user = by ?? environment["USER"] ?? environment["LOGNAME"] ?? environment["USERNAME"];
  return {
    by: output.redact(user === undefined || user === "" ? host : `${user}@${host}`),
    reason: reason === undefined ? undefined : output.redact(reason),
  };
}
