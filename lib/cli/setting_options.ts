import type { Command } from "@commander-js/extra-typings";
import { CosmigError } from "../base/errors.ts";
import type { FlagValues } from "../config/flags.ts";
import { type SettingGroup, type SettingKey, settingOf, SETTINGS } from "../config/settings.ts";

/** Options that every command has. */
export interface GeneralOptions {
  readonly verbose?: true | undefined;
  readonly logFormat?: string | undefined;
  readonly config?: string | undefined;
  readonly env?: string | undefined;
}

const HEADINGS: Readonly<Record<SettingGroup, string>> = {
  account: "Connection:",
  pace: "Document work:",
  run: "Document work:",
  lease: "Lease:",
  limit: "General:",
  general: "General:",
};

/**
 * Adds the flags of settings, and those that every command has. What connects has a time limit. The values stay text: `config/` checks them
 * together with the other sources.
 */
export function addSettings<Args extends unknown[], Options extends Record<string, unknown>>(
  command: Command<Args, Options>,
  groups: readonly SettingGroup[],
): Command<Args, Options & GeneralOptions> {
  const plain = command as unknown as Command;
  const limit = groups.includes("account") ? ["limit"] as const : [];
  for (const group of [...groups, ...limit, "general"] as const) {
    plain.optionsGroup(HEADINGS[group]);
    for (const { flag, help, defaultText } of SETTINGS.filter((setting) => setting.group === group)) {
      if (flag === undefined) continue;
      const shown = defaultText === undefined ? "" : ` (default: ${defaultText})`;
      plain.option(`${flag.name} <${flag.value}>`, `${help}${shown}`);
    }
  }
  if (groups.includes("account")) {
    plain.option("--config <file>", "settings file in JSON; a file:// URL is accepted")
      .option("--env <name>", "part of the settings file that is laid over the rest");
  }
  plain.option("--verbose", "show the causes of an error");
  return plain as unknown as Command<Args, Options & GeneralOptions>;
}

/** The values of the flags of settings. */
export function flagValues(options: object): FlagValues {
  const given = new Map<string, unknown>(Object.entries(options));
  const values: Partial<Record<SettingKey, string>> = {};
  for (const { key, flag } of SETTINGS) {
    const value = flag && given.get(attributeOf(flag.name));
    if (typeof value === "string") values[key] = value;
  }
  return values;
}

/**
 * Refuses flags of settings that the other options leave nothing to do for. Variables and files may have them: they are for more than one command.
 *
 * @throws {CosmigError} with code `usage`
 */
export function refuseIdle(
  options: object,
  { keys, why }: { readonly keys: readonly SettingKey[]; readonly why: string },
): void {
  const values = flagValues(options);
  const given = keys.filter((key) => values[key] !== undefined).map((key) => settingOf(key).flag?.name);
  if (given.length > 0) throw new CosmigError("usage", `Cannot use ${given.join(" and ")} ${why}`);
}

/** `--lock-timeout` is `lockTimeout` in the options of a command. */
function attributeOf(flag: string): string {
  return flag.slice(2).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
