import type { RegisterCommand } from "./command.ts";

/** A command as the list of all shows it. */
export interface CommandEntry {
  /** Its name and what can follow. */
  readonly term: string;
  /** One line. */
  readonly help: string;
  /** Brings its options and its action. */
  load(): Promise<RegisterCommand>;
}

/** In the order of `--help`. A new command is one entry here. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    term: "up [options]",
    help: "apply pending migrations (what is run without a command)",
    load: async () => (await import("./commands/up.ts")).registerUp,
  },
  {
    term: "rollback [options]",
    help: "undo applied migrations, the last applied first",
    load: async () => (await import("./commands/rollback.ts")).registerRollback,
  },
  {
    term: "status [options] [id]",
    help: "show what is applied, pending, failed, held, ahead or drifted; reads only",
    load: async () => (await import("./commands/status.ts")).registerStatus,
  },
  {
    term: "list [options]",
    help: "list the migrations in this binary; needs no connection",
    load: async () => (await import("./commands/list.ts")).registerList,
  },
  {
    term: "plan [options]",
    help: "say what up would do; reads only",
    load: async () => (await import("./commands/plan.ts")).registerPlan,
  },
  {
    term: "verify [options]",
    help: "check the history against this binary; exit code 4 when they do not fit; reads only",
    load: async () => (await import("./commands/verify.ts")).registerVerify,
  },
  {
    term: "wait [options]",
    help: "block until every migration in this binary is applied; reads only without --promote",
    load: async () => (await import("./commands/wait.ts")).registerWait,
  },
  {
    term: "baseline [options] [id]",
    help: "record migrations as applied without running them",
    load: async () => (await import("./commands/baseline.ts")).registerBaseline,
  },
  {
    term: "repair [options]",
    help: "list what a person could repair in the history, or repair it; recorded with who and why",
    load: async () => (await import("./commands/repair.ts")).registerRepair,
  },
  {
    term: "lock",
    help: "the lease that lets one process migrate at a time",
    load: async () => (await import("./commands/lock.ts")).registerLock,
  },
  {
    term: "rehearse [options]",
    help: "apply all migrations to an embedded database, undo them and apply them again; show what changes",
    load: async () => (await import("./commands/rehearse.ts")).registerRehearse,
  },
  {
    term: "doctor [options]",
    help: "check the way to the account, the credential, the database and the ledger; reads only",
    load: async () => (await import("./commands/doctor.ts")).registerDoctor,
  },
  {
    term: "emulator [options]",
    help: "serve an embedded database, in memory, until it is interrupted",
    load: async () => (await import("./commands/emulator.ts")).registerEmulator,
  },
  {
    term: "completions [options] <shell>",
    help: "print a script that completes commands and options in bash, zsh or fish",
    load: async () => (await import("./commands/completions.ts")).registerCompletions,
  },
  {
    term: "version [options]",
    help: "print what this binary is made of; needs no connection",
    load: async () => (await import("./commands/version.ts")).registerVersion,
  },
];

/** The name in a term. */
export function nameIn(term: string): string {
  return term.split(" ", 1)[0] ?? "";
}

/** Prints scripts about all commands, so it needs them all. */
const READS_ALL = "completions";

/** Whether a command can be run, or be asked about, by these words. */
export function isNamed({ term }: CommandEntry, words: readonly string[]): boolean {
  return words.includes(nameIn(term)) || words.includes(READS_ALL);
}

/** The command that these words begin with; empty when it is none. */
export function commandNamed([first]: readonly string[]): string {
  return COMMANDS.map(({ term }) => nameIn(term)).find((name) => name === first) ?? "";
}
