import type { Found, Layer, LayerKey } from "./layer.ts";
import { type SettingKey, SETTINGS } from "./settings.ts";

/** The values of the flags that were given, by setting. */
export type FlagValues = Readonly<Partial<Record<SettingKey, string>>>;

/** What the command line says. */
export function readFlags(flags: FlagValues): Layer {
  const values = new Map<LayerKey, Found>();
  const issues = [];
  for (const { key, flag } of SETTINGS) {
    const text = flags[key];
    if (text === undefined || flag === undefined) continue;
    if (text === "") issues.push({ setting: flag.name, source: "flag", message: "needs a value" });
    else values.set(key, { text, setting: flag.name, source: "flag" });
  }
  const warnings = values.has("connectionString")
    ? [
      "--connection-string shows the account key in the list of processes; use CosmosDb__ConnectionString or CosmosDb__ConnectionStringFile",
    ]
    : [];
  return { values, issues, warnings };
}
