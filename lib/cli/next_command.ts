import { ConflictError, type ConflictKind, CosmigError, type ErrorCode } from "../base/errors.ts";
import { withoutControls } from "../reporting/text_width.ts";
import { withDefaultCommand } from "./default_command.ts";

/** The command that failed, as it is to be shown. */
export interface FailedCommand {
  /** Name of the program. */
  readonly name: string;
  /** `up`, `lock show`; empty for the program itself. */
  readonly command: string;
  /** What was typed after the name of the program. */
  readonly argv: readonly string[];
}

const BY_CONFLICT: Readonly<Record<ConflictKind, string>> = {
  "drift": "repair",
  "gap": "plan --order allow-gaps",
  "missing": "status",
  "parked": "status",
  "ahead": "status",
  "irreversible": "status",
  "unfinished": "status",
  "unknown-history": "status",
  "newer-format": "--version",
  "digest-mismatch": "status",
  "unreadable": "status",
  "refused": "plan",
  "lease-changed": "lock show",
};

/** `again` is what was typed, `help` the help of its command. */
const BY_CODE: Readonly<Record<Exclude<ErrorCode, "history-conflict">, string>> = {
  "usage": "help",
  "configuration": "help",
  "registry": "list",
  "ledger-unusable": "help",
  "resource-missing": "again",
  "lease-held": "lock show",
  "lease-lost": "again",
  "cosmos": "again",
  "timeout": "status",
  "interrupted": "again",
  "temporary": "again",
  "operation-refused": "plan",
  "documents-failed": "status",
  "migration-failed": "status",
  "check-failed": "plan",
  "emulator": "help",
  "sql-syntax": "plan",
  "internal": "again --verbose",
};

/** What to type next after a failure: one command that exists. */
export function nextCommand(error: unknown, { name, command, argv }: FailedCommand): string {
  const next = suggestion(error)
    .replace(/^again/, () => typedAgain(argv, command))
    .replace(/^plan$/, command === "rollback" ? "rollback --dry-run" : "plan")
    .replace(/^help$/, () => `${command} --help`.trim());
  return `${name} ${next}`.trim();
}

/** A longer line is not copied by anybody. */
const LONGEST_LINE = 200;

/** What was typed, for a shell, but for `--verbose`; the command alone where it says too much. */
function typedAgain(argv: readonly string[], command: string): string {
  const words = withDefaultCommand(argv).filter((word) => word !== "--verbose");
  const line = words.map(quoted).join(" ");
  const isSecret = words.some((word) => word.startsWith("--connection-string"));
  // Text that could move the cursor is not shown again.
  const isText = withoutControls(line) === line && !line.includes("\n");
  return command === "" || isSecret || !isText || line.length > LONGEST_LINE ? command : line;
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function suggestion(error: unknown): string {
  if (error instanceof ConflictError) {
    const isCosmigrator = error.kind === "unknown-history" &&
      error.details["container"] === "__MigrationHistory";
    return isCosmigrator
      ? "baseline --from-cosmigrator"
      : withId(BY_CONFLICT[error.kind], error.details["id"]);
  }
  if (!(error instanceof CosmigError)) return "again --verbose";
  if (error.code === "history-conflict") return "status";
  const { failed, held, next } = error.details;
  if (typeof next === "string") return next;
  return held === undefined ? withId(BY_CODE[error.code], failed) : withId("status", held);
}

function withId(command: string, id: unknown): string {
  return command === "status" && typeof id === "string" ? `status ${id}` : command;
}
