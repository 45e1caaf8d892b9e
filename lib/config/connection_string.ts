import { Secret } from "./secret.ts";

/** What a connection string says. */
export interface ConnectionString {
  readonly endpoint: string;
  readonly key: Secret;
  /** Names of parts that this tool does not use. */
  readonly ignored: readonly string[];
}

/** The outcome of {@linkcode parseConnectionString}; a problem never contains a part of the value. */
export type ParsedConnectionString =
  | { readonly kind: "ok"; readonly value: ConnectionString }
  | { readonly kind: "wrong"; readonly problems: readonly string[] };

const BASE64_REGEXP = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const SHAPE = '"AccountEndpoint=https://<account>.documents.azure.com:443/;AccountKey=<key>;"';

/** Takes a connection string apart, with every problem at once. */
export function parseConnectionString(text: string): ParsedConnectionString {
  const parts = new Map<string, string>();
  const problems: string[] = [];
  for (const [index, part] of text.split(";").map((item) => item.trim()).entries()) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals < 1) {
      problems.push(`has to look like ${SHAPE}: part ${index + 1} is not "name=value"`);
      continue;
    }
    const name = part.slice(0, equals).trim().toLowerCase();
    if (parts.has(name)) problems.push(`has the part ${part.slice(0, equals).trim()} twice`);
    parts.set(name, part.slice(equals + 1).trim());
  }
  if (problems.length > 0) return { kind: "wrong", problems };
  const endpoint = parts.get("accountendpoint") ?? "";
  const key = parts.get("accountkey") ?? "";
  problems.push(
    ...(endpoint === ""
      ? [`lacks AccountEndpoint; it has to look like ${SHAPE}`]
      : problemsOfEndpoint(endpoint)),
    ...(key === "" ? [`lacks AccountKey; it has to look like ${SHAPE}`] : problemsOfKey(key)),
  );
  if (problems.length > 0) return { kind: "wrong", problems };
  const ignored = [...parts.keys()].filter((name) => name !== "accountendpoint" && name !== "accountkey");
  return { kind: "ok", value: { endpoint: normaliseEndpoint(endpoint), key: new Secret(key), ignored } };
}

/** What is wrong with an account key; empty when nothing is. */
export function problemsOfKey(key: string): readonly string[] {
  return key !== "" && BASE64_REGEXP.test(key) ? [] : [
    "the account key has to be base64, as the portal shows it; was it cut off, or is it a template that was never filled in?",
  ];
}

/**
 * What is wrong with an endpoint; empty when nothing is. The value is not shown: people paste keys into the
 * wrong variable.
 */
export function problemsOfEndpoint(endpoint: string): readonly string[] {
  const url = URL.parse(endpoint);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return ["the endpoint has to be a URL such as https://<account>.documents.azure.com:443/"];
  }
  if (url.username !== "" || url.password !== "") {
    return ["the endpoint must not contain a user name or password"];
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    return ["the endpoint must not have a path: it ends with the port"];
  }
  return [];
}

/** One spelling for the same endpoint. */
export function normaliseEndpoint(endpoint: string): string {
  return URL.parse(endpoint)?.href ?? endpoint;
}
