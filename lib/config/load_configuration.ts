/**
 * One frozen, validated configuration out of flags, environment, file and defaults, in this order of
 * precedence. Owns the names of all settings and their validation; knows nothing of selectors and overrides,
 * which are flags only. Fails with one ConfigurationError that lists every problem with where its value came
 * from, and never shows the value of a secret.
 *
 * @module
 */
import { ConfigurationError, type ConfigurationIssue } from "../base/errors.ts";
import { type AccountAddress, resolveAccount } from "./account.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { type FlagValues, readFlags } from "./flags.ts";
import { EMPTY_LAYER } from "./layer.ts";
import { resolveProxy } from "./proxy.ts";
import { type ResolvedSettings, resolveLayers } from "./resolve.ts";
import { ACCOUNT_SCHEMA, TOOL_SCHEMA } from "./schema.ts";
import type { Secret } from "./secret.ts";
import { type FileChoice, pathOf, readSettingsFile, type ReadText, reasonOf } from "./settings_file.ts";
import { settingOf } from "./settings.ts";
import { validate } from "./validate.ts";

/** Settings of the tool itself. */
export interface ToolConfiguration {
  readonly scope: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number | undefined;
  readonly patienceMs: number;
  readonly timeoutMs: number | undefined;
  readonly ruPerSecond: number | undefined;
  /** From 0 to 1, of what is provisioned for the container; instead of `ruPerSecond`. */
  readonly ruShare: number | undefined;
  readonly concurrency: number;
  readonly pageSize: number;
  readonly priority: "normal" | "low";
  readonly throughputBucket: number | undefined;
  readonly maxAttempts: number;
  readonly maxFailures: number;
  readonly leaseMs: number;
  readonly lockTimeoutMs: number;
  readonly settleMs: number | undefined;
  readonly waitMs: number;
  readonly logFormat: "auto" | "plain" | "json";
}

/** Which database, and how to reach it. */
export interface AccountConfiguration extends AccountAddress {
  readonly database: string;
  readonly historyContainer: string;
  /** PEM text. */
  readonly ca: string | undefined;
  readonly endpointDiscovery: "auto" | "on" | "off";
  readonly preferredRegion: string | undefined;
  readonly proxy: { readonly url: Secret; readonly noProxy: string | undefined } | undefined;
}

/** Where settings come from. */
export interface ConfigurationInput {
  readonly flags: FlagValues;
  readonly environment: Environment;
  readonly file?: FileChoice | undefined;
  readonly readText: ReadText;
  /** Told every secret as soon as it is known, before anything can be printed. */
  readonly onSecret: (secret: string) => void;
}

/** What was loaded. */
export interface Loaded<Account> {
  readonly tool: ToolConfiguration;
  readonly account: Account;
  readonly warnings: readonly string[];
}

/**
 * Loads everything that a command needs that connects.
 *
 * @throws {ConfigurationError} with all problems
 */
export async function loadConfiguration(input: ConfigurationInput): Promise<Loaded<AccountConfiguration>> {
  const { settings, issues, warnings, isComplete } = await collect(input);
  const tool = validate(TOOL_SCHEMA, settings);
  const rest = validate(ACCOUNT_SCHEMA, settings);
  const address = resolveAccount(settings);
  const proxy = resolveProxy(settings);
  const ca = await readCa(settings, input.readText);
  const all = [...issues, ...address.issues, ...rest.issues, ...ca.issues, ...proxy.issues, ...tool.issues];
  if (
    all.length > 0 || tool.value === undefined || rest.value === undefined || address.address === undefined
  ) throw refuse(isComplete ? all : all.filter((issue) => !isMissing(issue)), warnings);
  return Object.freeze({
    tool: toToolConfiguration(tool.value),
    account: Object.freeze({
      database: rest.value.database,
      historyContainer: rest.value.historyContainer,
      endpointDiscovery: rest.value.endpointDiscovery,
      preferredRegion: rest.value.preferredRegion,
      ...address.address,
      ca: ca.text,
      proxy: proxy.proxy,
    }),
    warnings: [...warnings, ...address.warnings],
  });
}

/**
 * Loads the settings of the tool alone, for a run on the embedded database. Those of an account are not
 * looked at.
 *
 * @throws {ConfigurationError} with all problems
 */
export async function loadToolConfiguration(input: ConfigurationInput): Promise<Loaded<undefined>> {
  const { settings, issues, warnings } = await collect(input);
  const tool = validate(TOOL_SCHEMA, settings);
  const all = [...issues, ...tool.issues];
  if (all.length > 0 || tool.value === undefined) throw refuse(all, warnings);
  return Object.freeze({ tool: toToolConfiguration(tool.value), account: undefined, warnings });
}

async function collect({ flags, environment, file, readText, onSecret }: ConfigurationInput) {
  const layers = [
    readFlags(flags),
    readEnvironment(environment),
    file === undefined ? EMPTY_LAYER : await readSettingsFile(file, readText),
  ];
  const { settings, issues } = await resolveLayers(layers, readText);
  for (const secret of secretsIn(settings)) onSecret(secret);
  return {
    settings,
    issues,
    warnings: layers.flatMap((layer) => layer.warnings),
    isComplete: layers.every((layer) => layer.isUnreadable !== true),
  };
}

/** Every text that must not be shown, also out of a connection string that is wrong. */
function secretsIn(settings: ResolvedSettings): string[] {
  const connectionString = settings.get("connectionString")?.text;
  const key = connectionString === undefined
    ? undefined
    : /AccountKey\s*=\s*([^;]+)/i.exec(connectionString)?.[1];
  const proxy = URL.parse(settings.get("httpsProxy")?.text ?? "")?.password;
  const texts = [
    connectionString,
    key,
    settings.get("accountKey")?.text,
    proxy,
    proxy && decodeLeniently(proxy),
  ];
  return texts.map((text) => text?.trim() ?? "").filter((text) => text !== "");
}

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function toToolConfiguration(
  value: NonNullable<ReturnType<typeof validate<typeof TOOL_SCHEMA>>["value"]>,
): ToolConfiguration {
  return Object.freeze({
    scope: value.scope,
    connectTimeoutMs: value.connectTimeout,
    requestTimeoutMs: value.requestTimeout,
    patienceMs: value.patience,
    timeoutMs: value.timeout,
    ruPerSecond: value.ruLimit !== undefined && "ruPerSecond" in value.ruLimit
      ? value.ruLimit.ruPerSecond
      : undefined,
    ruShare: value.ruLimit !== undefined && "ruShare" in value.ruLimit ? value.ruLimit.ruShare : undefined,
    concurrency: value.concurrency,
    pageSize: value.pageSize,
    priority: value.priority,
    throughputBucket: value.throughputBucket,
    maxAttempts: value.maxAttempts,
    maxFailures: value.maxFailures,
    leaseMs: value.lease,
    lockTimeoutMs: value.lockTimeout,
    settleMs: value.settle,
    waitMs: value.wait,
    logFormat: value.logFormat,
  });
}

async function readCa(
  settings: ResolvedSettings,
  readText: ReadText,
): Promise<{ readonly text: string | undefined; readonly issues: readonly ConfigurationIssue[] }> {
  const found = settings.get("caFile");
  if (found === undefined) return { text: undefined, issues: [] };
  const { setting, source } = found;
  const fail = (message: string) => ({ text: undefined, issues: [{ setting, source, message }] });
  try {
    const text = await readText(pathOf(found.text));
    return text.includes("-----BEGIN CERTIFICATE-----")
      ? { text, issues: [] }
      : fail(`${found.text} has to be a PEM file with certificates`);
  } catch (error) {
    return fail(`cannot read ${found.text}: ${reasonOf(error)}`);
  }
}

function refuse(issues: readonly ConfigurationIssue[], warnings: readonly string[]): ConfigurationError {
  const missing = issues.find(isMissing);
  return new ConfigurationError(issues, {
    hint: missing === undefined
      ? "Correct what is listed"
      : `Set ${missing.setting}${flagHint(missing.setting)}, or name a file with --config`,
    warnings,
  });
}

function isMissing({ source }: ConfigurationIssue): boolean {
  return source === "not set";
}

function flagHint(variable: string): string {
  if (variable === settingOf("database").variable) return " or give --database";
  return "";
}
