import {
  ConflictError,
  type ConflictKind,
  CosmigError,
  CosmosError,
  type ErrorCode,
  InterruptedError,
} from "./errors.ts";

/** What the process says when it ends. Documented for users; a Job's `podFailurePolicy` rests on it. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** Wrong command line or configuration. */
  usage: 2,
  /** History and registry do not fit together; a person must decide. */
  conflict: 3,
  /** A check did not hold. */
  check: 4,
  /** The same command may succeed later. */
  temporary: 75,
  sigint: 130,
  sigterm: 143,
} as const;

const BY_CODE: Readonly<Record<Exclude<ErrorCode, "history-conflict" | "cosmos" | "interrupted">, number>> = {
  "usage": EXIT.usage,
  "configuration": EXIT.usage,
  "registry": EXIT.usage,
  "ledger-unusable": EXIT.usage,
  "resource-missing": EXIT.usage,
  "lease-held": EXIT.temporary,
  "lease-lost": EXIT.temporary,
  "timeout": EXIT.temporary,
  "temporary": EXIT.temporary,
  "operation-refused": EXIT.failed,
  "documents-failed": EXIT.failed,
  "migration-failed": EXIT.failed,
  "check-failed": EXIT.check,
  "emulator": EXIT.usage,
  "sql-syntax": EXIT.failed,
  "internal": EXIT.failed,
};

const BY_CONFLICT: Readonly<Record<ConflictKind, number>> = {
  "drift": EXIT.conflict,
  "gap": EXIT.conflict,
  "missing": EXIT.conflict,
  "parked": EXIT.conflict,
  "ahead": EXIT.conflict,
  "irreversible": EXIT.conflict,
  "unfinished": EXIT.conflict,
  "unknown-history": EXIT.conflict,
  "newer-format": EXIT.conflict,
  "digest-mismatch": EXIT.conflict,
  "unreadable": EXIT.conflict,
  "refused": EXIT.conflict,
  "lease-changed": EXIT.conflict,
};

/** The exit code for whatever ended a command. The only place that decides about exit codes. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return error.signal === "SIGINT" ? EXIT.sigint : EXIT.sigterm;
  if (error instanceof CosmosError) return exitCodeOfAnswer(error);
  if (error instanceof ConflictError) return BY_CONFLICT[error.kind];
  if (!(error instanceof CosmigError)) return EXIT.failed;
  switch (error.code) {
    case "history-conflict":
      return EXIT.conflict;
    case "cosmos":
    case "interrupted":
      return EXIT.temporary;
    default:
      return BY_CODE[error.code];
  }
}

/**
 * Whether a refusal of the service may be over soon. Roles and secrets arrive late in a pod that starts, so a refused credential is worth another try; what
 * no token of Microsoft Entra ID can do on the data plane (403/5300) is not.
 */
export function isPassing({ failure: { retryable, status, substatus } }: CosmosError): boolean {
  return retryable || status === 401 || (status === 403 && substatus !== NEVER_WITH_A_TOKEN);
}

const NEVER_WITH_A_TOKEN = 5_300;

function exitCodeOfAnswer(error: CosmosError): number {
  const { failure, details } = error;
  if (isPassing(error)) return EXIT.temporary;
  // No answer, and none to be hoped for: an untrusted certificate, http against https.
  if (failure.status === 0 || failure.substatus === NEVER_WITH_A_TOKEN) return EXIT.usage;
  if (details["notAnAccount"] === true) return EXIT.usage;
  return failure.status === 404 && details["missing"] !== undefined ? EXIT.usage : EXIT.failed;
}
