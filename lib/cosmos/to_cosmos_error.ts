import { CosmosError } from "../base/errors.ts";
import { isJsonObject } from "../base/json.ts";
import { hintFor, type ResourceNames } from "./hints.ts";
import type { NetworkCause } from "./_network_cause.ts";
import type { Answer, Outcome } from "./_outcome.ts";
import { redact, withoutRequest } from "./_redact.ts";

/** What was asked, for the text of an error and its consequences. */
export interface Asked {
  /** In words: `replace document "lease" in "__migrations"`. */
  readonly operation: string;
  /** Whether the request may change something. */
  readonly isWrite: boolean;
  readonly names: ResourceNames;
  /** What a 404 says to be missing, where that is known. */
  readonly missing?: "database" | "container" | undefined;
}

/** Substatus of 410 with which the service names a partition that it did not look into. */
const NOT_EXECUTED_GONE = new Set([1000, 1002, 1007, 1008]);
/** The session token names a state that this replica has not reached. */
export const READ_SESSION_NOT_AVAILABLE = 1002;
const TEMPORARY = new Set([408, 410, 429, 449, 500, 502, 503, 504]);
const MESSAGE_LIMIT = 300;

/** The error for a request that was not answered, or with a status that its caller cannot use. */
export function toCosmosError(outcome: Outcome, asked: Asked): CosmosError {
  return outcome.kind === "answered"
    ? errorOfAnswer(outcome.answer, asked)
    : errorWithoutAnswer(outcome, asked);
}

/** Whether an answer leaves open if a write took effect, now or later. */
export function isAmbiguousAnswer({ status, substatus }: Pick<Answer, "status" | "substatus">): boolean {
  if (status === 410) return !NOT_EXECUTED_GONE.has(substatus);
  return status === 408 || status >= 500;
}

/** Whether the same request may succeed later. */
export function isTemporaryAnswer({ status, substatus }: Pick<Answer, "status" | "substatus">): boolean {
  if (status === 403) return substatus === 3 || substatus === 1008;
  if (status === 404) return substatus === READ_SESSION_NOT_AVAILABLE;
  return TEMPORARY.has(status);
}

/** Whether a 404 says that what the resource would be in does not exist. */
export function isOwnerMissing(answer: Answer): boolean {
  return answer.status === 404 &&
    (answer.substatus === 1003 || /owner resource does not exist/i.test(serviceMessage(answer)));
}

function errorOfAnswer(answer: Answer, asked: Asked): CosmosError {
  const { status, substatus, charge, retryAfterMs, headers } = answer;
  const { operation, isWrite, names, missing } = asked;
  const code = substatus === 0 ? `${status}` : `${status}/${substatus}`;
  const reason = serviceMessage(answer);
  const why = missing === undefined
    ? `Cosmos DB answered ${code}${reason === "" ? "" : `, ${reason}`}`
    : `the ${missing} "${missing === "database" ? names.database : names.container}" does not exist`;
  const message = `Cannot ${operation}: ${why}`;
  return new CosmosError(message, {
    status,
    substatus,
    operation,
    charge,
    activityId: headers["x-ms-activity-id"],
    retryAfterMs,
    retryable: isTemporaryAnswer(answer),
    ambiguous: isWrite && isAmbiguousAnswer(answer),
  }, {
    hint: hintFor({ status, substatus, missing, reason, names }),
    details: {
      ...(missing === undefined ? {} : { missing }),
      ...(status === 401 || status === 403 ? { serverTime: headers["date"] } : {}),
    },
  });
}

function errorWithoutAnswer(
  { kind, cause, error }: Exclude<Outcome, { kind: "answered" }>,
  { operation, isWrite, names }: Asked,
): CosmosError {
  if (error instanceof CosmosError) return error;
  const safe = withoutRequest(error);
  const why = SPEAKS_FOR_ITSELF.has(cause) ? IN_WORDS[cause] : `${IN_WORDS[cause]} (${safe.message})`;
  return new CosmosError(`Cannot ${operation}: ${why}`, {
    status: 0,
    operation,
    retryable: cause !== "tls-trust" && cause !== "tls-protocol",
    ambiguous: isWrite && kind === "lost",
  }, {
    hint: hintFor({ status: 0, substatus: 0, cause, names }),
    details: { cause },
    cause: safe,
  });
}

const IN_WORDS: Readonly<Record<NetworkCause, string>> = {
  "dns": "the host name is unknown",
  "refused": "the connection was refused",
  "tls-trust": "the certificate is not trusted",
  "tls-protocol": "the other side does not speak TLS",
  "timeout": "there was no answer in time",
  "aborted": "the request was aborted",
  "connection": "the connection failed",
  "unreadable": "the answer is not readable",
  "credential": "no access token could be had",
};

/** What the runtime says about these tells people nothing; `--verbose` shows it. */
const SPEAKS_FOR_ITSELF: ReadonlySet<NetworkCause> = new Set([
  "dns",
  "refused",
  "tls-protocol",
  "timeout",
  "aborted",
]);

/** The service packs its sentence into JSON, and adds addresses and timings that tell people nothing. */
function serviceMessage({ body }: Answer): string {
  const text = isJsonObject(body) && typeof body["message"] === "string" ? body["message"] : "";
  const packed = /"Errors":\["((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const sentence = (packed ?? text).split(/\r?\n|\\r\\n/)[0]?.replace(/^Message:\s*/, "").trim() ?? "";
  return redact(sentence).slice(0, MESSAGE_LIMIT).replace(/\.$/, "");
}
