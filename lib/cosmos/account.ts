import { isJsonObject, type JsonValue } from "../base/json.ts";
import { isLoopback } from "./_no_proxy.ts";
import type { AccountFacts } from "./port.ts";

/** Whether the regional endpoints that the account names are used, instead of the one that was configured. */
export type EndpointDiscovery = "auto" | "on" | "off";

/** What the account's answer says. */
export interface Account {
  readonly facts: AccountFacts;
  /** Where the write region answers. */
  readonly writeEndpoint: string | undefined;
  /** The answer itself, for clients of the SDK that ask again. */
  readonly json: string;
}

/** Reads the answer to `GET /`; `undefined` when it is none of a Cosmos DB account. */
export function accountFrom(body: JsonValue | undefined): Account | undefined {
  if (!isJsonObject(body)) return undefined;
  const [write] = Array.isArray(body["writableLocations"]) ? body["writableLocations"] : [];
  const consistency = body["userConsistencyPolicy"];
  if (!isJsonObject(write) || !isJsonObject(consistency)) return undefined;
  const endpoint = write["databaseAccountEndpoint"];
  return {
    facts: {
      writeRegion: String(write["name"]),
      defaultConsistency: String(consistency["defaultConsistencyLevel"]),
      multipleWriteLocations: body["enableMultipleWriteLocations"] === true,
    },
    writeEndpoint: typeof endpoint === "string" ? endpoint : undefined,
    json: JSON.stringify(body),
  };
}

/**
 * Where requests go. `auto` keeps the configured endpoint where the account cannot know better: without TLS, on this machine, or when it names an
 * address of its own machine, as emulators behind a mapped port do.
 */
export function endpointFor(
  account: Account,
  options: { readonly endpoint: string; readonly discovery: EndpointDiscovery },
): string {
  const { endpoint, discovery } = options;
  const { writeEndpoint } = account;
  if (discovery === "off" || writeEndpoint === undefined) return endpoint;
  if (discovery === "on") return writeEndpoint;
  const configured = new URL(endpoint);
  const isLocal = configured.protocol === "http:" || isLoopback(configured.hostname) ||
    isLoopback(new URL(writeEndpoint).hostname);
  return isLocal ? endpoint : writeEndpoint;
}

/**
 * Whether to ask for session consistency, which makes the SDK carry session tokens. Only on accounts whose default it is: on a weaker account the
 * request is an error, and a stronger one gives more without it.
 */
export function usesSession(facts: AccountFacts): boolean {
  return facts.defaultConsistency === "Session";
}

/** Whether an account accepts requests for session consistency. */
export function supportsSession(facts: AccountFacts): boolean {
  return ["Session", "BoundedStaleness", "Strong"].includes(facts.defaultConsistency);
}
