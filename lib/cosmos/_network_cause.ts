/** Why a request got no answer, as far as the runtime tells. */
export type NetworkCause =
  | "dns"
  | "refused"
  | "tls-trust"
  | "tls-protocol"
  | "timeout"
  | "aborted"
  | "connection"
  | "unreadable"
  /** The request could not even be signed. */
  | "credential";

const CAUSE_BY_CODE: Readonly<Record<string, NetworkCause>> = {
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_NODATA: "dns",
  EAI_NONAME: "dns",
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
  TimeoutError: "timeout",
  EPROTO: "tls-protocol",
  ERR_SSL_WRONG_VERSION_NUMBER: "tls-protocol",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls-trust",
  SELF_SIGNED_CERT_IN_CHAIN: "tls-trust",
  UNABLE_TO_GET_ISSUER_CERT: "tls-trust",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls-trust",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls-trust",
  CERT_HAS_EXPIRED: "tls-trust",
  CERT_NOT_YET_VALID: "tls-trust",
  CERT_UNTRUSTED: "tls-trust",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls-trust",
  PARSE_ERROR: "unreadable",
  AbortError: "aborted",
};

/** Deno has one code for many failures of TLS and name resolution, so that only the text tells. */
const CAUSE_BY_TEXT: readonly (readonly [RegExp, NetworkCause])[] = [
  [/failed to lookup address|name or service not known|no such host|dns error/i, "dns"],
  [/connection refused/i, "refused"],
  [/invalid peer certificate|UnknownIssuer|certificate/i, "tls-trust"],
  [/corrupt message|InvalidContentType|wrong version number|packet length too long/i, "tls-protocol"],
];

/** The cause of a failed request. */
export function networkCauseOf(error: unknown): NetworkCause {
  if (!(error instanceof Error)) return "connection";
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const known = CAUSE_BY_CODE[code] ?? CAUSE_BY_CODE[error.name];
  if (known !== undefined) return known;
  return CAUSE_BY_TEXT.find(([pattern]) => pattern.test(error.message))?.[1] ?? "connection";
}

/** Whether a request that failed like this certainly never reached the service: there was no connection to send it on. */
export function isUndelivered(cause: NetworkCause): boolean {
  return cause === "dns" || cause === "refused" || cause === "tls-trust";
}
