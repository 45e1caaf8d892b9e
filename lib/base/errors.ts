/**
 * Every error that the tool raises on purpose. An error is named by the situation that the user is in, says what to do next
 * in `hint`, and carries what a program needs in `details` (JSON-safe and free of secrets).
 *
 * @module
 */
import type { JsonObject } from "./json.ts";

/** What happened, for programs. {@linkcode exitCodeOf} maps each to the exit code of the process. */
export type ErrorCode =
  | "usage" // wrong command line
  | "configuration" // wrong or missing setting
  | "registry" // the migrations of this binary contradict themselves or their files
  | "ledger-unusable" // wrong shape of the ledger container, an endpoint that cannot fence
  | "resource-missing" // database or container missing
  | "history-conflict" // a person must decide; see ConflictError
  | "lease-held"
  | "lease-lost"
  | "cosmos" // an answer of the service; see CosmosError
  | "timeout"
  | "interrupted"
  | "temporary" // "try again" said by the code of a migration
  | "operation-refused" // an operation cannot be carried out as it is written
  | "documents-failed" // documents could not be changed
  | "migration-failed"
  | "check-failed"
  | "emulator" // wrong seed or options of the embedded database
  | "sql-syntax"
  | "internal";

/** Common options of the errors below. */
export interface ErrorOptions {
  /** What to do next, one sentence. */
  readonly hint?: string | undefined;
  /** Facts for programs; JSON-safe, no secrets. */
  readonly details?: JsonObject | undefined;
  readonly cause?: unknown;
}

/** Base class of all errors of the tool. */
export class CosmigError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: JsonObject;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** One wrong setting. */
export interface ConfigurationIssue {
  /** Name of the setting as the user writes it. */
  readonly setting: string;
  /** Where the value came from: a flag, a variable, or a file with its line. */
  readonly source: string;
  /** What is wrong; never the value of a secret. */
  readonly message: string;
}

/** The configuration is wrong; all problems at once. */
export class ConfigurationError extends CosmigError {
  readonly issues: readonly ConfigurationIssue[];
  /** What was ignored, which may be why something is missing. */
  readonly warnings: readonly string[];

  constructor(
    issues: readonly ConfigurationIssue[],
    { warnings = [], ...options }: ErrorOptions & { readonly warnings?: readonly string[] } = {},
  ) {
    const lines = issues.map(({ setting, source, message }) => `${setting}: ${message} (${source})`);
    super(
      "configuration",
      lines.length === 1 ? lines[0]! : `${lines.length} settings are wrong:\n  ${lines.join("\n  ")}`,
      {
        ...options,
        details: { issues: issues.map((issue) => ({ ...issue })) },
      },
    );
    this.issues = issues;
    this.warnings = warnings;
  }
}

/** The registry of migrations contradicts itself or its files. */
export class RegistryError extends CosmigError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("registry", message, options);
  }
}

/** Why a person has to decide before the tool goes on. */
export type ConflictKind =
  | "drift" // a migration that is to run or to be rolled back was changed after it was applied
  | "gap" // a pending migration is older than the newest applied one
  | "missing" // the history names a migration that this binary does not contain, where it is needed
  | "parked" // failed too often
  | "ahead" // the database is ahead of this binary and the policy refuses that
  | "irreversible" // no way to undo
  | "unfinished" // a changed migration lacks the step that alone can complete what was begun
  | "unknown-history" // no ledger on a database that holds documents
  | "newer-format" // the ledger was written by a newer version
  | "digest-mismatch" // history and lease contradict each other
  | "unreadable" // a ledger document is not what the tool writes
  | "refused" // destructive or offline operations without consent
  | "lease-changed"; // another term than the one that was to be released by force

/** History and registry do not fit together in a way that only a person can resolve. */
export class ConflictError extends CosmigError {
  readonly kind: ConflictKind;

  constructor(kind: ConflictKind, message: string, options: ErrorOptions = {}) {
    super("history-conflict", message, { ...options, details: { kind, ...options.details } });
    this.kind = kind;
  }
}

/** Somebody else holds the lease, and did so until the time to wait for it was over. */
export class LeaseHeldError extends CosmigError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("lease-held", message, options);
  }
}

/** The lease was lost, or could not be renewed before its deadline; nothing was written after that. */
export class LeaseLostError extends CosmigError {
  readonly term: number;

  constructor(term: number, message: string, options: ErrorOptions = {}) {
    super("lease-lost", message, { ...options, details: { term, ...options.details } });
    this.term = term;
  }
}

/** What the service answered, and to what. */
export interface CosmosFailure {
  /** HTTP status, or 0 when there was no answer. */
  readonly status: number;
  readonly substatus?: number | undefined;
  /** What was asked, in words: `replace document "lease" in "__migrations"`. */
  readonly operation: string;
  /** Request units. */
  readonly charge?: number | undefined;
  readonly activityId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The same request may succeed later. */
  readonly retryable: boolean;
  /** The request may have taken effect although its answer is an error or was lost. */
  readonly ambiguous: boolean;
}

/** A request to Cosmos DB failed. */
export class CosmosError extends CosmigError {
  readonly failure: CosmosFailure;

  constructor(message: string, failure: CosmosFailure, options: ErrorOptions = {}) {
    super("cosmos", message, { ...options, details: { ...failure, ...options.details } });
    this.failure = failure;
  }

  get status(): number {
    return this.failure.status;
  }
}

/** A wait ended because its time was over. */
export class TimeoutError extends CosmigError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("timeout", message, options);
  }
}

/** The process was asked to stop. */
export class InterruptedError extends CosmigError {
  readonly signal: "SIGINT" | "SIGTERM";

  constructor(signal: "SIGINT" | "SIGTERM", options: ErrorOptions = {}) {
    super(
      "interrupted",
      `Stopped by ${signal}; what is finished is recorded and the next run goes on from there`,
      options,
    );
    this.signal = signal;
  }
}

/** Thrown by the code of a migration for "not now, try again later": the process exits with 75 and no attempt is counted. */
export class TemporaryError extends CosmigError {
  constructor(message: string, options: ErrorOptions = {}) {
    super("temporary", message, options);
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
