import { parseDuration } from "../../base/duration.ts";
import { CosmigError } from "../../base/errors.ts";
import { EXIT } from "../../base/exit_code.ts";
import type { FaultRule } from "../../emulator/mod.ts";
import { positiveInteger } from "../choices.ts";
import { type CommandContext, examplesFor, type RegisterCommand } from "../command.ts";
import { readFaults, readSeed } from "../embedded_database.ts";
import { addSettings } from "../setting_options.ts";

const EXAMPLES = `
Examples:
  $ cosmig emulator --seed seed.json
  $ cosmig emulator --port 8081 --latency 10ms
  $ cosmig emulator --seed seed.json --faults faults.json
`;

/** `emulator`: serves the embedded database until it is interrupted. */
export const registerEmulator: RegisterCommand = (created, invoke) => {
  const command = created.optionsGroup("Embedded database:")
    .option("--port <port>", "port to listen at (default: a free one)", toPort)
    .option("--hostname <name>", "address to listen at; others than 127.0.0.1 let others in", "127.0.0.1")
    .option("--seed <file>", "JSON file with the containers and documents at the start")
    .option(
      "--faults <file>",
      "JSON file with rules of what is to fail; rules that never fired are reported at the end",
    )
    .option("--partitions <n>", "physical partitions of each container", positiveInteger("--partitions"), 4)
    .option("--latency <duration>", "time that every request takes", toLatency, 0);
  addSettings(command, [])
    .addHelpText("after", examplesFor(created, EXAMPLES))
    .action((options) =>
      invoke("emulator", options, async (context) => {
        const { startEmulator } = await import("../../emulator/mod.ts");
        const seed = options.seed === undefined
          ? { containers: {} }
          : await readSeed(context.io, options.seed);
        const faults = options.faults === undefined ? [] : await readFaults(context.io, options.faults);
        const emulator = await startEmulator({
          seed,
          faults,
          port: options.port,
          hostname: options.hostname,
          partitions: options.partitions,
          latencyMs: options.latency,
        }).catch((error: unknown) => {
          throw refusedToListen(error, options);
        });
        context.expectStop();
        try {
          announce(context, {
            connectionString: emulator.connectionString,
            database: seed.database ?? "cosmig",
          });
          await interruption(context.signal);
          for (const rule of emulator.unfiredRules()) {
            context.output.warn(`Fault rule ${nameOf(rule, faults)} never fired`);
          }
        } finally {
          await emulator.close();
        }
        return { exitCode: EXIT.done };
      })
    );
};

/** The key is the public one that all emulators share. */
function announce(
  { output }: CommandContext,
  { connectionString, database }: { readonly connectionString: string; readonly database: string },
): void {
  output.resultWithPublicKey(
    output.style.bold("The embedded database listens; it is gone when this ends"),
    "",
    `export CosmosDb__ConnectionString='${connectionString}'`,
    `export CosmosDb__DatabaseName='${database}'`,
    "",
    output.style.dim("Stop it with Ctrl+C"),
  );
}

/** As its author calls it, or where it stands in the file. */
function nameOf(rule: FaultRule, rules: readonly FaultRule[]): string {
  return rule.name === undefined ? `/rules/${rules.indexOf(rule)}` : `"${rule.name}"`;
}

/** Being interrupted is how this command ends well. */
function interruption(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function toPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new CosmigError(
    "usage",
    `Cannot use --port as it has to be a whole number up to 65535: current value is "${text}"`,
  );
}

function toLatency(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new CosmigError(
    "usage",
    `Cannot use --latency as it has to be a duration such as "10ms": current value is "${text}"`,
  );
}

function refusedToListen(
  error: unknown,
  { hostname, port }: { readonly hostname: string; readonly port?: number | undefined },
): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL") return error;
  const why = {
    EADDRINUSE: "the port is in use",
    EACCES: "permission was denied",
    EADDRNOTAVAIL: "this machine has no such address",
  }[code];
  return new CosmigError("emulator", `Cannot listen at ${hostname}:${port ?? "a free port"} as ${why}`, {
    hint: "Choose another one with --port and --hostname",
    cause: error,
  });
}
