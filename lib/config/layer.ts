import type { ConfigurationIssue } from "../base/errors.ts";
import type { SettingKey } from "./settings.ts";

/** A value that was found, and where. */
export interface Found {
  readonly text: string;
  /** The setting as the user wrote it: `--database`, `COSMOSDB__DATABASENAME`, `CosmosDb:DatabaseName`. */
  readonly setting: string;
  /** `flag`, `environment`, or a file with its line. */
  readonly source: string;
}

/** What a value is found under: a setting, or the file that holds a secret one. */
export type LayerKey = SettingKey | `${SettingKey}File` | "httpsProxy" | "noProxy";

/** What one source says, without having looked at the values. */
export interface Layer {
  readonly values: ReadonlyMap<LayerKey, Found>;
  readonly issues: readonly ConfigurationIssue[];
  readonly warnings: readonly string[];
  /** Nobody knows what it says, so that nothing can be called missing. */
  readonly isUnreadable?: boolean | undefined;
}

/** A source that says nothing. */
export const EMPTY_LAYER: Layer = { values: new Map(), issues: [], warnings: [] };
