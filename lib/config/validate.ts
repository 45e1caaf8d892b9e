import type * as z from "zod/mini";
import type { ConfigurationIssue } from "../base/errors.ts";
import type { ResolvedSettings } from "./resolve.ts";
import { type SettingKey, SETTINGS } from "./settings.ts";

/**
 * Checks the settings that a schema names.
 *
 * @returns the value, or every problem with where its text came from
 */
export function validate<Schema extends z.ZodMiniObject>(
  schema: Schema,
  settings: ResolvedSettings,
): { readonly value: z.output<Schema> | undefined; readonly issues: readonly ConfigurationIssue[] } {
  const keys = SETTINGS.map(({ key }) => key).filter((key) => key in schema.shape);
  const texts = Object.fromEntries(
    keys.flatMap((key) => {
      const text = settings.get(key)?.text;
      return text === undefined ? [] : [[key, text]];
    }),
  );
  // Nothing is checked twice, and to compile the checks takes longer than to make them.
  const parsed = schema.safeParse(texts, { jitless: true });
  if (parsed.success) return { value: parsed.data, issues: [] };
  return {
    value: undefined,
    issues: parsed.error.issues.map(({ path, message }) =>
      issueOf(keys.find((key) => key === path[0]), message, settings)
    ),
  };
}

function issueOf(
  key: SettingKey | undefined,
  message: string,
  settings: ResolvedSettings,
): ConfigurationIssue {
  const found = key && settings.get(key);
  if (found) return { setting: found.setting, source: found.source, message };
  const setting = SETTINGS.find((candidate) => candidate.key === key);
  return { setting: setting?.variable ?? "configuration", source: "not set", message: "is missing" };
}
