import type { CommandContext, CommandResult } from "../command.ts";
import { EMBEDDED_NOTICE } from "../embedded_database.ts";

/** Runs `action`; on the embedded database the first and the last line of the result say so. */
export async function markEmbedded(
  { output }: CommandContext,
  { emulator, json = false, logFormat }: {
    readonly emulator?: string | true | undefined;
    readonly json?: boolean | undefined;
    readonly logFormat?: string | undefined;
  },
  action: () => Promise<CommandResult>,
): Promise<CommandResult> {
  if (emulator === undefined) return await action();
  const isJson = json || logFormat === "json";
  if (logFormat === "json") output.setLogFormat("json");
  const notice = () => {
    output.endEvents();
    if (isJson) output.warn(EMBEDDED_NOTICE);
    else output.result(output.style.yellow(EMBEDDED_NOTICE));
  };
  notice();
  const result = await action();
  notice();
  return result;
}
