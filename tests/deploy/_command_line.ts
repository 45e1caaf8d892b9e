import type { IContainer } from "kubernetes-models/v1/Container";
import type { Command } from "@commander-js/extra-typings";
import { CommanderError } from "@commander-js/extra-typings";
import { COMMANDS, nameIn } from "../../lib/cli/command_table.ts";
import { withDefaultCommand } from "../../lib/cli/default_command.ts";
import type { OutputStream } from "../../lib/cli/io.ts";
import { processIo } from "../../lib/cli/process_io.ts";
import { Output } from "../../lib/cli/output.ts";
import { createProgram } from "../../lib/cli/program.ts";
import { flagValues, type GeneralOptions } from "../../lib/cli/setting_options.ts";
import type { Environment } from "../../lib/config/environment.ts";
import { loadConfiguration } from "../../lib/config/load_configuration.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import type { KubernetesObject } from "./_documents.ts";

/** What the real parser made of the arguments. */
export interface ParsedCommand {
  readonly command: string;
  readonly options: GeneralOptions;
}

/** The words after the name of the program, as the real parser understands them. Nothing is run. @throws {Error} for whatever it refuses */
export async function parseCommandLine(args: readonly string[]): Promise<ParsedCommand> {
  let parsed: ParsedCommand | undefined;
  const words = withDefaultCommand(args);
  const program = await createProgram(
    { name: "cosmig", version: "0", output: silentOutput(), words },
    (command, options) => {
      parsed = { command, options };
      return Promise.resolve();
    },
  );
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
    return { command: "help", options: {} };
  }
  if (parsed === undefined) throw new Error(`no command was run by: ${args.join(" ")}`);
  return parsed;
}

/** The command that these words begin with: `rollback`, `lock release`. */
export function commandOf(args: readonly string[]): string {
  const [first = "", second = ""] = withDefaultCommand(args);
  return first === "lock" ? `${first} ${second}` : first;
}

/** Whether the program has that command by now. Some come with a later release. */
export function commandExists(name: string): boolean {
  let commands: readonly Command[] = WHOLE_PROGRAM.commands as unknown as readonly Command[];
  for (const word of name.split(" ")) {
    const found = commands.find((command) => command.name() === word);
    if (found === undefined) return false;
    commands = found.commands as unknown as readonly Command[];
  }
  return true;
}

/** The files and variables that a pod gives to a container. */
export interface Surroundings {
  readonly environment: Environment;
  readonly files: ReadonlyMap<string, string>;
}

const ENDPOINT = "https://shop.documents.azure.com:443/";
const KEY = "cGxhY2Vob2xkZXI=";
/** What a referenced Secret would hold, by the last part of the variable. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  connectionstring: `AccountEndpoint=${ENDPOINT};AccountKey=${KEY}`,
  accountkey: KEY,
  accountendpoint: ENDPOINT,
  databasename: "shop",
};

/** Which of the objects around a container hold the values that it refers to; what none of them holds becomes a placeholder. */
export function surroundingsOf(
  container: IContainer,
  { volumes = [], objects = [] }: {
    readonly volumes?:
      | readonly { readonly name: string; readonly secret?: { readonly secretName?: string } }[]
      | undefined;
    readonly objects?: readonly KubernetesObject[];
  } = {},
): Surroundings {
  const environment: Record<string, string> = {};
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    const held = dataOf(objects, secretRef?.name ?? configMapRef?.name ?? "");
    Object.assign(
      environment,
      held ?? {
        CosmosDb__ConnectionString: PLACEHOLDERS["connectionstring"],
        CosmosDb__DatabaseName: PLACEHOLDERS["databasename"],
      },
    );
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    environment[name] = valueFrom === undefined ? value ?? "" : placeholderFor(name);
  }
  const files = new Map<string, string>();
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const secret = volumes.find((volume) => volume.name === name)?.secret?.secretName ?? "";
    for (const [key, text] of Object.entries(dataOf(objects, secret) ?? {})) {
      files.set(`${mountPath}/${key}`, text);
    }
  }
  return { environment, files };
}

/**
 * Loads the configuration as the command would.
 *
 * @returns its warnings
 * @throws {ConfigurationError} for what it refuses
 */
export async function loadSettings(
  { options }: ParsedCommand,
  { environment, files }: Surroundings,
): Promise<readonly string[]> {
  const file = options.config ?? environment["COSMIG_CONFIG"];
  const { warnings } = await loadConfiguration({
    flags: flagValues(options),
    environment,
    file: file === undefined ? undefined : {
      file,
      fileFrom: "test",
      environment: options.env ?? environment["COSMIG_ENV"],
      environmentFrom: "test",
    },
    readText: (path) => {
      const text = files.get(path);
      return text === undefined
        ? Promise.reject(new Error(`no volume holds ${path}`))
        : Promise.resolve(text);
    },
    onSecret: () => {},
  });
  return warnings;
}

/** Variables that cosmig itself does not own, but reads. */
const FOREIGN = ["HTTPS_PROXY", "NO_PROXY", "NO_COLOR"];
const EARLY = ["COSMIG_CONFIG", "COSMIG_ENV", "COSMIG_TERMINATION_MESSAGE_PATH"];

/** Whether a variable is a setting in the spelling that is documented. */
export function isDocumentedVariable(name: string): boolean {
  return [...FOREIGN, ...EARLY].includes(name) ||
    SETTINGS.some((setting) =>
      name === setting.variable || name === setting.path.join("__") ||
      (setting.fromFile === true && name === `${setting.variable}File`)
    );
}

/** Whether a variable holds a secret. */
export function isSecretVariable(name: string): boolean {
  return SETTINGS.some((setting) => setting.secret === true && setting.variable === name);
}

function placeholderFor(variable: string): string {
  const last = variable.split("__").at(-1)?.toLowerCase() ?? "";
  const text = PLACEHOLDERS[last];
  if (text === undefined) throw new Error(`no placeholder for ${variable}`);
  return text;
}

function dataOf(
  objects: readonly KubernetesObject[],
  name: string,
): Readonly<Record<string, string>> | undefined {
  const found = objects.find(({ kind, metadata }) =>
    (kind === "Secret" || kind === "ConfigMap") && metadata.name === name
  );
  return found && { ...textsIn(found["data"]), ...textsIn(found["stringData"]) };
}

const silentStream: OutputStream = { write: () => {}, isTty: false, columns: () => 0 };
const processOfTests = processIo();

function silentOutput(): Output {
  return new Output({ ...processOfTests, out: silentStream, err: silentStream, environment: {} });
}

function textsIn(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, text]) => [key, String(text)]));
}

const WHOLE_PROGRAM = await createProgram(
  { name: "cosmig", version: "0", output: silentOutput(), words: COMMANDS.map(({ term }) => nameIn(term)) },
  () => Promise.resolve(),
);
