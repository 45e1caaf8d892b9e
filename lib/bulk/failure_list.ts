import { CosmigError, messageOf } from "../base/errors.ts";
import type { PartitionKey } from "../cosmos/port.ts";
import { partitionKeyAsJson } from "./document_key.ts";
import type { DocumentFailure } from "./pass.ts";

/** Failures that the text of an error names. */
const NAMED = 20;

/** What to do with documents that cannot be changed. */
export interface FailurePolicy {
  readonly container: string;
  readonly onError: "stop" | "collect";
  readonly maxFailures: number;
}

/** The documents of a pass that could not be changed. */
export class FailureList {
  readonly #policy: FailurePolicy;
  /** By document: after a split it is read again. */
  readonly #failures = new Map<string, DocumentFailure>();

  constructor(policy: FailurePolicy) {
    this.#policy = policy;
  }

  /**
   * Notes a document.
   *
   * @throws {CosmigError} with code `documents-failed` when the pass is to stop now
   */
  add(document: { readonly id: string; readonly partitionKey: PartitionKey; readonly cause: unknown }): void {
    const { id, partitionKey, cause } = document;
    const failure = { id, partitionKey: partitionKeyAsJson(partitionKey), message: messageOf(cause) };
    this.#failures.set(JSON.stringify([id, failure.partitionKey]), failure);
    const { onError, maxFailures } = this.#policy;
    if (onError === "stop" || this.#failures.size >= maxFailures) throw this.#toError(cause);
  }

  /** @throws {CosmigError} with code `documents-failed` when there are any */
  throwIfAny(): void {
    if (this.#failures.size > 0) throw this.#toError(undefined);
  }

  #toError(cause: unknown): CosmigError {
    const { container, onError } = this.#policy;
    const failures = [...this.#failures.values()];
    const [first] = failures;
    const listed = failures.slice(0, NAMED).map((failure) => `\n  ${inWords(failure)}`).join("");
    const more = failures.length - NAMED;
    const message = first !== undefined && failures.length === 1
      ? `Cannot change ${inWords(first)}`
      : `Cannot change ${failures.length} documents of "${container}":${listed}` +
        (more > 0 ? `\n  and ${more} more` : "");
    return new CosmigError("documents-failed", message, {
      hint: onError === "stop"
        ? 'Correct the document or the migration and run again; onError: "collect" lists more of them at once'
        : "Correct the documents or the migration and run again; documents that are finished are left alone",
      details: { container, failures: failures.map((failure) => ({ ...failure })) },
      cause,
    });
  }
}

function inWords({ id, partitionKey, message }: DocumentFailure): string {
  return `document ${JSON.stringify(id)} with partition key ${JSON.stringify(partitionKey)}: ${message}`;
}
