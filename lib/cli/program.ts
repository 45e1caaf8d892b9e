import { Command, Option } from "@commander-js/extra-typings";
import type { Invoke, RegisterCommand } from "./command.ts";
import { registerBaseline } from "./commands/baseline.ts";
import { registerCompletions } from "./commands/completions.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerEmulator } from "./commands/emulator.ts";
import { registerList } from "./commands/list.ts";
import { registerLock } from "./commands/lock.ts";
import { registerPlan } from "./commands/plan.ts";
import { registerRehearse } from "./commands/rehearse.ts";
import { registerRepair } from "./commands/repair.ts";
import { registerRollback } from "./commands/rollback.ts";
import { registerStatus } from "./commands/status.ts";
import { registerUp } from "./commands/up.ts";
import { registerVerify } from "./commands/verify.ts";
import { registerVersion } from "./commands/version.ts";
import { registerWait } from "./commands/wait.ts";
import type { Output } from "./output.ts";

/** In the order of `--help`. A new command is one line here. */
const COMMANDS: readonly RegisterCommand[] = [
  registerUp,
  registerRollback,
  registerStatus,
  registerList,
  registerPlan,
  registerVerify,
  registerWait,
  registerBaseline,
  registerRepair,
  registerLock,
  registerRehearse,
  registerDoctor,
  registerEmulator,
  registerCompletions,
  registerVersion,
];

const AFTER_HELP = `
Without a command, up is run.

Settings come from flags, else from variables (CosmosDb__ConnectionString, CosmosDb__DatabaseName,
COSMIG_LOCK_TIMEOUT …), else from the file that --config names.

New migrations are written in the project that this program is built from:
deno task new NAME, edit the file, deno task index (docs/getting-started.md).

Exit codes: 0 done, 1 a migration failed, 2 usage or configuration, 3 a person has to decide,
4 a check did not hold, 75 try again later, 130 and 143 interrupted.

Examples:
  $ %name% plan                 what up would do
  $ %name%                      apply what is pending
  $ %name% status               what is applied
  $ %name% rollback --steps 1   undo the last one
`;

/** The whole command line. Nothing is run by creating it. */
export function createProgram(
  { name, version, output }: { readonly name: string; readonly version: string; readonly output: Output },
  invoke: Invoke,
): Command {
  const program = new Command(name);
  program
    .description("Migrates Azure Cosmos DB for NoSQL: each migration exactly once, under a lease, resumable.")
    .optionsGroup("General:")
    .version(`${name} ${version}`, "-V, --version", "print the version")
    .addHelpOption(new Option("-h, --help", "print help").helpGroup("General:"))
    .helpCommand("help [command]", "print help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.result(text.replace(/\n$/, "")),
      writeErr: () => {},
      outputError: () => {},
    })
    .configureHelp({ helpWidth: 100, styleTitle: (text) => output.style.bold(text) })
    .addHelpText("after", AFTER_HELP.replaceAll("%name%", name));
  for (const register of COMMANDS) register(program, invoke);
  return program as unknown as Command;
}
