import type { JsonValue } from "../base/json.ts";
import type { Exchange, WireAnswer } from "./_exchange.ts";
import { isUndelivered, type NetworkCause, networkCauseOf } from "./_network_cause.ts";

/** An answer, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly substatus: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined` when there is none, or when an error came without JSON. */
  readonly body: JsonValue | undefined;
  /** Request units. */
  readonly charge: number;
  readonly retryAfterMs: number | undefined;
}

/** What became of one request. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** Certainly never reached the service. */
  | { readonly kind: "undelivered"; readonly cause: NetworkCause; readonly error: Error }
  /** Sent, and nothing or nothing readable came back. */
  | { readonly kind: "lost"; readonly cause: NetworkCause; readonly error: Error };

/** Reads the outcome from what the transport noted; `thrown` and the caller's signal count only where that is silent. */
export function outcomeOf(
  exchange: Exchange,
  options: { readonly thrown: unknown; readonly signal: AbortSignal | undefined },
): Outcome {
  if (exchange.answer !== undefined) return outcomeOfAnswer(exchange.answer);
  const { thrown, signal } = options;
  const failure = exchange.failure ?? thrown;
  const isOver = exchange.failure === undefined && exchange.sent || networkCauseOf(failure) === "aborted";
  const kind = exchange.sent && !isUndelivered(networkCauseOf(failure)) ? "lost" : "undelivered";
  if (signal?.aborted && (isOver || failure === signal.reason)) {
    return { kind, cause: "aborted", error: errorFrom(signal.reason) };
  }
  if (isOver) return { kind, cause: "timeout", error: new Error("No answer in time") };
  const neverTried = !exchange.sent && exchange.failure === undefined &&
    networkCauseOf(failure) !== "timeout";
  return {
    kind,
    cause: neverTried ? "credential" : networkCauseOf(failure),
    error: errorFrom(failure),
  };
}

function errorFrom(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function outcomeOfAnswer({ status, headers, text }: WireAnswer): Outcome {
  let body: JsonValue | undefined;
  try {
    body = text === "" ? undefined : JSON.parse(text);
  } catch (error) {
    // A proxy's page in place of an error is still that error; in place of a success it proves nothing.
    if (status < 400) return { kind: "lost", cause: "unreadable", error: error as Error };
  }
  const answer = {
    status,
    headers,
    body,
    substatus: numberOf(headers["x-ms-substatus"]) ?? 0,
    charge: numberOf(headers["x-ms-request-charge"]) ?? 0,
    retryAfterMs: numberOf(headers["x-ms-retry-after-ms"]),
  };
  return { kind: "answered", answer };
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text ?? NaN);
  return Number.isFinite(value) ? value : undefined;
}
