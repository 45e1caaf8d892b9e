import { ConfigurationError, CosmigError, TimeoutError } from "../base/errors.ts";
import { formatDuration } from "../base/duration.ts";
import { readEarlyVariable } from "../config/environment.ts";
import type {
  AccountConfiguration,
  ConfigurationInput,
  ToolConfiguration,
} from "../config/load_configuration.ts";
import type { CosmosConnection } from "../cosmos/port.ts";
import type { ReadContext, RunContext } from "../runner/context.ts";
import type { CommandContext } from "./command.ts";
import { openConnection } from "./connection.ts";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "./embedded_database.ts";
import { flagValues, type GeneralOptions } from "./setting_options.ts";

/** An open connection with everything that a command does over it. */
export interface Session {
  readonly connection: CosmosConnection;
  readonly tool: ToolConfiguration;
  /** What reading needs. */
  readonly read: ReadContext & { readonly maxAttempts: number };
  /** What running needs. */
  run(options: { readonly command: string; readonly unsafeNoFence: boolean }): RunContext;
  /** Names the place for people. */
  readonly place: Place;
}

/** Where the history is. */
export interface Place {
  readonly endpoint: string;
  readonly database: string;
  readonly scope: string;
  readonly historyContainer: string;
}

/** How a session is opened. */
export interface SessionOptions {
  readonly options: GeneralOptions;
  /** Use the embedded database: `true` for an empty one, else the file of its seed. */
  readonly emulator?: string | true | undefined;
}

/** Loads the configuration, connects, runs `action` and closes. `--timeout` is the limit of it all. */
export async function withSession<Result>(
  context: CommandContext,
  { options, emulator }: SessionOptions,
  action: (session: Session) => Promise<Result>,
): Promise<Result> {
  const input = configurationInput(context, options);
  const { loadConfiguration, loadToolConfiguration } = await import("../config/load_configuration.ts");
  if (emulator === undefined) {
    const { tool, account, warnings } = await warned(context, loadConfiguration(input));
    return await withTimeout(
      context,
      tool,
      () => connectAndRun(context, { tool, account, warnings }, action),
    );
  }
  const { tool, warnings } = await warned(context, loadToolConfiguration(input));
  await using database: EmbeddedDatabase = await startEmbeddedDatabase(context.io, emulator);
  return await withTimeout(
    context,
    tool,
    () => connectAndRun(context, { tool, account: database.account, warnings }, action),
  );
}

/**
 * Loads the settings of the tool and runs `action`, for commands that reach no account. `--timeout` is the
 * limit of it all.
 */
export async function withToolSettings<Result>(
  context: CommandContext,
  options: GeneralOptions,
  action: (tool: ToolConfiguration) => Promise<Result>,
): Promise<Result> {
  const { loadToolConfiguration } = await import("../config/load_configuration.ts");
  const { tool, warnings } = await warned(
    context,
    loadToolConfiguration(configurationInput(context, options)),
  );
  context.output.setLogFormat(tool.logFormat);
  for (const warning of warnings) context.output.warn(warning);
  return await withTimeout(context, tool, () => action(tool));
}

/**
 * Loads all settings and runs `action`, which opens the connection by itself. `--timeout` is the limit of it
 * all.
 */
export async function withAccountSettings<Result>(
  context: CommandContext,
  options: GeneralOptions,
  action: (
    loaded: { readonly tool: ToolConfiguration; readonly account: AccountConfiguration },
  ) => Promise<Result>,
): Promise<Result> {
  const { loadConfiguration } = await import("../config/load_configuration.ts");
  const { tool, account, warnings } = await warned(
    context,
    loadConfiguration(configurationInput(context, options)),
  );
  context.output.setLogFormat(tool.logFormat);
  for (const warning of warnings) context.output.warn(warning);
  return await withTimeout(context, tool, () => action({ tool, account }));
}

/** What was ignored may be why a configuration is wrong: a misspelt name. */
async function warned<Loaded>({ output }: CommandContext, loading: Promise<Loaded>): Promise<Loaded> {
  try {
    return await loading;
  } catch (error) {
    if (error instanceof ConfigurationError) { for (const warning of error.warnings) output.warn(warning); }
    throw error;
  }
}

/** Where the settings of a command come from. */
export function configurationInput(
  { io, output }: CommandContext,
  options: GeneralOptions,
): ConfigurationInput {
  const file = options.config ?? readEarlyVariable(io.environment, "COSMIG_CONFIG");
  const environment = options.env ?? readEarlyVariable(io.environment, "COSMIG_ENV");
  if (file === undefined && options.env !== undefined) {
    throw new CosmigError(
      "usage",
      "Cannot use --env without --config as it names a part of the settings file",
    );
  }
  if (file === undefined && environment !== undefined) {
    output.warn("COSMIG_ENV has no effect without a settings file (--config or COSMIG_CONFIG)");
  }
  if (file === "") throw new CosmigError("usage", "Cannot use --config as it names no file");
  return {
    flags: flagValues(options),
    environment: io.environment,
    file: file === undefined ? undefined : {
      file,
      fileFrom: options.config === undefined ? "COSMIG_CONFIG" : "--config",
      environment,
      environmentFrom: options.env === undefined ? "COSMIG_ENV" : "--env",
    },
    readText: io.readText,
    onSecret: output.addSecret,
  };
}

async function withTimeout<Result>(
  { io, stop }: CommandContext,
  { timeoutMs }: ToolConfiguration,
  action: () => Promise<Result>,
): Promise<Result> {
  if (timeoutMs === undefined) return await action();
  const cancel = io.clock.schedule(() => {
    stop(
      new TimeoutError(`The command did not end within --timeout ${formatDuration(timeoutMs)}`, {
        hint: "What is finished is recorded; the next run goes on from there",
      }),
    );
  }, timeoutMs);
  try {
    return await action();
  } finally {
    cancel();
  }
}

async function connectAndRun<Result>(
  context: CommandContext,
  loaded: {
    readonly tool: ToolConfiguration;
    readonly account: AccountConfiguration;
    readonly warnings: readonly string[];
  },
  action: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { tool, account } = loaded;
  const { io, output, registry, signal } = context;
  output.setLogFormat(tool.logFormat);
  for (const warning of loaded.warnings) output.warn(warning);
  const { leaseTimings } = await import("../lock/timings.ts");
  const timings = leaseTimings({
    durationMs: tool.leaseMs,
    requestTimeoutMs: tool.requestTimeoutMs,
    settleMs: tool.settleMs,
  });
  const { entries } = registry;
  const connection = await openConnection(context, {
    tool,
    account,
    requestTimeoutMs: timings.requestTimeoutMs,
  });
  const read = {
    connection,
    registry: entries,
    clock: io.clock,
    random: io.random,
    signal,
    patienceMs: tool.patienceMs,
    maxAttempts: tool.maxAttempts,
    onDelay: (message: string) => output.warn(message),
  };
  try {
    return await action({
      connection,
      tool,
      read,
      place: {
        endpoint: account.endpoint,
        database: account.database,
        scope: tool.scope,
        historyContainer: account.historyContainer,
      },
      run: ({ command, unsafeNoFence }) => ({
        ...read,
        // What is started together with its database waits for it; commands that only look say at once that
        // it is missing.
        databasePatienceMs: tool.connectTimeoutMs,
        newNonce: io.newNonce,
        timings,
        lockTimeoutMs: tool.lockTimeoutMs,
        unsafeNoFence,
        redact: output.redact,
        emit: output.emit,
        holder: {
          host: io.host,
          pid: io.pid,
          version: context.version,
          command,
          since: new Date(io.clock.wallMs()).toISOString(),
        },
        settings: {
          ruPerSecond: tool.ruPerSecond,
          ruShare: tool.ruShare,
          concurrency: tool.concurrency,
          pageSize: tool.pageSize,
          maxFailures: tool.maxFailures,
          patienceMs: tool.patienceMs,
        },
      }),
    });
  } finally {
    connection.close();
  }
}
