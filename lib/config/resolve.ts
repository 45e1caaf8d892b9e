import type { ConfigurationIssue } from "../base/errors.ts";
import type { Found, Layer, LayerKey } from "./layer.ts";
import { pathOf, type ReadText, reasonOf } from "./settings_file.ts";
import { SETTINGS } from "./settings.ts";

/** A value with its precedence. */
export interface Resolved extends Found {
  /** Position of its layer; a smaller one wins. */
  readonly rank: number;
}

/** The winning value of every setting that has one. */
export type ResolvedSettings = ReadonlyMap<LayerKey, Resolved>;

/** The first layer that has a value wins; secrets are read from the files that hold them. */
export async function resolveLayers(
  layers: readonly Layer[],
  readText: ReadText,
): Promise<{ readonly settings: ResolvedSettings; readonly issues: readonly ConfigurationIssue[] }> {
  const settings = new Map<LayerKey, Resolved>();
  const issues: ConfigurationIssue[] = [];
  for (const [rank, layer] of layers.entries()) {
    const values = new Map(layer.values);
    issues.push(...layer.issues, ...await readSecretFiles(values, readText));
    for (const [key, found] of values) if (!settings.has(key)) settings.set(key, { ...found, rank });
  }
  return { settings, issues };
}

/** Replaces the names of files by what they hold. */
async function readSecretFiles(
  values: Map<LayerKey, Found>,
  readText: ReadText,
): Promise<ConfigurationIssue[]> {
  const issues: ConfigurationIssue[] = [];
  for (const setting of SETTINGS) {
    if (!setting.fromFile) continue;
    const { key } = setting;
    const named = values.get(`${key}File`);
    if (named === undefined) continue;
    const { setting: name, source } = named;
    const issue = (message: string) => issues.push({ setting: name, source, message });
    try {
      // Editors of some systems begin a file with a byte order mark, and end it with a line feed.
      const text = (await readText(pathOf(named.text))).replace(/^\uFEFF/, "").replace(/\r?\n$/, "");
      const direct = values.get(key);
      if (text.trim() === "") issue(`the file ${named.text} is empty`);
      else if (direct !== undefined && direct.text !== text) {
        issue(`contradicts ${direct.setting}, which has another value`);
      } else values.set(key, { text, setting: name, source: `file ${named.text}` });
    } catch (error) {
      issue(`cannot read ${named.text}: ${reasonOf(error)}`);
    }
  }
  return issues;
}
