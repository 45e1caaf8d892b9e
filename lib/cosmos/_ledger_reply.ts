import type { CosmosError } from "../base/errors.ts";
import type { Answer, Outcome } from "./_outcome.ts";
import type { LedgerReply } from "./port.ts";
import {
  type Asked,
  isAmbiguousAnswer,
  isOwnerMissing,
  isTemporaryAnswer,
  toCosmosError,
} from "./to_cosmos_error.ts";

/** How a ledger request is to be understood: an answer to read, a reply for the caller, or an error that no caller can handle. */
export type Verdict =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "reply"; readonly reply: LedgerReply<never> }
  | { readonly kind: "failure"; readonly error: CosmosError; readonly ownerMissing: boolean };

/** Classifies what became of a ledger request. The order matters: what is certain comes before what is doubtful. */
export function judge(outcome: Outcome, asked: Asked): Verdict {
  if (outcome.kind !== "answered") {
    const error = toCosmosError(outcome, asked);
    return error.failure.ambiguous ? ambiguous(error) : unavailable(error);
  }
  const { answer } = outcome;
  const isPartial = answer.status === 207 || answer.status < 400 && resultsOf(answer).some(isFailed);
  if (answer.status < 400 && !isPartial) return { kind: "answer", answer };
  return judgeAnswer(isPartial ? failedOperation(answer) : answer, asked);
}

function judgeAnswer(answer: Answer, asked: Asked): Verdict {
  const error = toCosmosError({ kind: "answered", answer }, asked);
  if (isOwnerMissing(answer)) return { kind: "failure", error, ownerMissing: true };
  if (asked.isWrite && isAmbiguousAnswer(answer)) return ambiguous(error);
  if (isTemporaryAnswer(answer)) return unavailable(error);
  switch (answer.status) {
    case 404:
      return { kind: "reply", reply: { kind: "not-found" } };
    case 409:
      return { kind: "reply", reply: { kind: "conflict" } };
    case 412:
      return { kind: "reply", reply: { kind: "precondition-failed" } };
    default:
      return { kind: "failure", error, ownerMissing: false };
  }
}

/**
 * The operation that failed an atomic batch; the others carry 424. A batch that reports no failure of its own, but is not a success either, tells
 * nothing, so it counts as an error of the service.
 */
function failedOperation(answer: Answer): Answer {
  const failed = resultsOf(answer).find((result) => isFailed(result) && result.statusCode !== 424);
  return {
    ...answer,
    body: undefined,
    status: failed?.statusCode ?? 500,
    substatus: failed?.subStatusCode ?? 0,
    retryAfterMs: failed?.retryAfterMilliseconds ?? answer.retryAfterMs,
  };
}

interface OperationResult {
  readonly statusCode: number;
  readonly subStatusCode?: number;
  readonly retryAfterMilliseconds?: number;
}

function resultsOf({ body }: Answer): readonly OperationResult[] {
  return Array.isArray(body) ? body : [];
}

function isFailed({ statusCode }: OperationResult): boolean {
  return statusCode >= 400;
}

function ambiguous(error: CosmosError): Verdict {
  return { kind: "reply", reply: { kind: "ambiguous", error } };
}

function unavailable(error: CosmosError): Verdict {
  const retryAfterMs = error.failure.retryAfterMs ?? 0;
  return { kind: "reply", reply: { kind: "unavailable", error, retryAfterMs } };
}
