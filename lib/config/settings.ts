/** Where a setting belongs in `--help`. */
export type SettingGroup = "account" | "pace" | "run" | "lease" | "limit" | "general";

/**
 * One setting as data: its names and words. What values it takes is in `schema.ts`, so that `--help` does not
 * load the validator.
 */
export interface Setting {
  /** Names it inside the program. */
  readonly key: string;
  /** Path in the file; joined with `__` also a variable. */
  readonly path: readonly [section: "CosmosDb" | "Cosmig", name: string];
  /** The documented variable. */
  readonly variable: string;
  /** What stands for the value in `--help`; absent for what is no flag. */
  readonly flag?: { readonly name: string; readonly value: string } | undefined;
  readonly group: SettingGroup;
  /** One line. */
  readonly help: string;
  /** Shown in `--help`. */
  readonly defaultText?: string | undefined;
  /** Its value must not be shown. */
  readonly secret?: boolean | undefined;
  /** Also read from the file that this setting, with `File` behind its name, names. */
  readonly fromFile?: boolean | undefined;
}

const TABLE = [
  {
    ...account("connectionString", "ConnectionString", "connection string with the account key"),
    flag: { name: "--connection-string", value: "text" },
    secret: true,
    fromFile: true,
  },
  {
    ...account("endpoint", "AccountEndpoint", "endpoint of the account, instead of a connection string"),
    flag: { name: "--endpoint", value: "url" },
  },
  {
    ...account("accountKey", "AccountKey", "account key; Microsoft Entra ID without it"),
    secret: true,
    fromFile: true,
  },
  {
    ...account("database", "DatabaseName", "name of the database"),
    flag: { name: "--database", value: "name" },
  },
  {
    ...account("historyContainer", "HistoryContainer", "container that holds the history"),
    flag: { name: "--history-container", value: "name" },
    defaultText: "__migrations",
  },
  {
    ...tool("scope", "Scope", "keeps several services in one database apart"),
    group: "account",
    flag: { name: "--scope", value: "name" },
    defaultText: "default",
  },
  {
    ...account("caFile", "CaFile", "PEM file of the authority that signed the endpoint's certificate"),
    flag: { name: "--ca-file", value: "file" },
  },
  {
    ...account(
      "endpointDiscovery",
      "EndpointDiscovery",
      "use the regional endpoints that the account names: auto, on or off",
    ),
    flag: { name: "--endpoint-discovery", value: "mode" },
    defaultText: "auto",
  },
  {
    ...account("preferredRegion", "PreferredRegion", "region to read from"),
    flag: { name: "--preferred-region", value: "name" },
  },
  {
    ...tool("connectTimeout", "ConnectTimeout", "how long to try to reach the account"),
    group: "account",
    ...duration("connect-timeout", "60s"),
  },
  {
    ...tool("requestTimeout", "RequestTimeout", "time limit of one request; at most a third of the lease"),
    group: "account",
    ...duration("request-timeout", "10s"),
  },
  {
    ...tool("patience", "Patience", "how long to go on while the service is busy or does not answer"),
    group: "account",
    ...duration("patience", "60s"),
  },
  {
    ...tool("timeout", "Timeout", "time limit of the whole command"),
    group: "limit",
    ...duration("timeout", "none"),
  },
  {
    ...tool("ruLimit", "RuLimit", "RU/s that document work may use, or a share such as 50%"),
    group: "pace",
    flag: { name: "--ru-limit", value: "ru" },
    defaultText: "none",
  },
  {
    ...tool("priority", "Priority", "priority of document work at the service: normal or low"),
    group: "pace",
    flag: { name: "--priority", value: "level" },
    defaultText: "normal",
  },
  {
    ...tool("throughputBucket", "ThroughputBucket", "throughput bucket of document work, 1 to 5"),
    group: "pace",
    flag: { name: "--throughput-bucket", value: "n" },
    defaultText: "none",
  },
  {
    ...tool("concurrency", "Concurrency", "physical partitions worked on at the same time"),
    group: "run",
    flag: { name: "--concurrency", value: "n" },
    defaultText: "4",
  },
  {
    ...tool("pageSize", "PageSize", "documents a page"),
    group: "run",
    flag: { name: "--page-size", value: "n" },
    defaultText: "500",
  },
  {
    ...tool("maxAttempts", "MaxAttempts", "failed attempts after which a migration is parked"),
    group: "run",
    flag: { name: "--max-attempts", value: "n" },
    defaultText: "5",
  },
  {
    ...tool("maxFailures", "MaxFailures", "document errors that are collected before a pass gives up"),
    group: "run",
    flag: { name: "--max-failures", value: "n" },
    defaultText: "100",
  },
  {
    ...tool("lease", "Lease", "how long the lease lasts without a renewal"),
    group: "lease",
    ...duration("lease", "30s"),
  },
  {
    ...tool("lockTimeout", "LockTimeout", "how long to wait for another process that migrates"),
    group: "lease",
    ...duration("lock-timeout", "10m"),
  },
  {
    ...tool("settle", "Settle", "pause before the first change when the last holder did not end cleanly"),
    group: "lease",
    ...duration("settle", "request timeout + 10s"),
  },
  {
    ...tool("wait", "Wait", "how long the command wait waits"),
    group: "lease",
    flag: undefined,
    defaultText: "30m",
  },
  {
    ...tool("logFormat", "LogFormat", "auto, plain or json"),
    group: "general",
    flag: { name: "--log-format", value: "format" },
    defaultText: "auto",
  },
] as const satisfies readonly Setting[];

/** Key of a setting. */
export type SettingKey = typeof TABLE[number]["key"];

/**
 * Every setting. Selectors (`--to`) and overrides (`--allow-destructive`) are not settings: a leftover
 * variable must not undo a database.
 */
export const SETTINGS: readonly (Setting & { readonly key: SettingKey })[] = TABLE;

/** A setting by its key. */
export function settingOf(key: SettingKey): Setting {
  const found = SETTINGS.find((setting) => setting.key === key);
  if (found === undefined) {
    throw new TypeError(`Cannot find the setting "${key}" as there is none of that key`);
  }
  return found;
}

function account<Key extends string>(key: Key, name: string, help: string) {
  return { key, path: ["CosmosDb", name], variable: `CosmosDb__${name}`, group: "account", help } as const;
}

function tool<Key extends string>(key: Key, name: string, help: string) {
  const variable = `COSMIG${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  return { key, path: ["Cosmig", name], variable, help } as const;
}

function duration(name: string, defaultText: string) {
  return { flag: { name: `--${name}`, value: "duration" }, defaultText } as const;
}
