import { ConflictError, type ConflictKind, CosmigError, type ErrorCode } from "../base/errors.ts";

/** The command that failed, as it is to be shown. */
export interface FailedCommand {
  /** Name of the program. */
  readonly name: string;
  /** `up`, `lock show`; empty for the program itself. */
  readonly command: string;
}

const BY_CONFLICT: Readonly<Record<ConflictKind, string>> = {
  "drift": "status",
  "gap": "plan --order allow-gaps",
  "missing": "status",
  "parked": "status",
  "ahead": "status",
  "irreversible": "status",
  "unknown-history": "status",
  "newer-format": "--version",
  "digest-mismatch": "status",
  "unreadable": "status",
  "refused": "plan",
  "lease-changed": "lock show",
};

/** `again` is the command itself, `help` its help. */
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
export function nextCommand(error: unknown, { name, command }: FailedCommand): string {
  const next = suggestion(error)
    .replace(/^again/, command)
    .replace(/^plan$/, command === "rollback" ? "rollback --dry-run" : "plan")
    .replace(/^help$/, `${command} --help`.trim());
  return `${name} ${next}`.trim();
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
  return withId(BY_CODE[error.code], error.details["failed"] ?? error.details["held"]);
}

function withId(command: string, id: unknown): string {
  return command === "status" && typeof id === "string" ? `status ${id}` : command;
}
