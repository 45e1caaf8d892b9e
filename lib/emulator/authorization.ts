import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { GatewayError } from "./gateway_error.ts";
import type { Headers, OperationKind, Route } from "./route.ts";

/** What the holder of a bearer token may do, as the built-in data plane roles of the service. */
export type DataRole = "reader" | "contributor" | "none";

/** Who may use the emulator. */
export interface Credentials {
  /** Master key, base 64. */
  readonly key: string;
  /** Bearer tokens with their roles. */
  readonly tokens: Readonly<Record<string, DataRole>>;
}

const MAX_SKEW_MS = 15 * 60_000;
const READS: readonly OperationKind[] = ["read", "list", "query", "query-plan", "change-feed"];

/**
 * Checks the credential of a request.
 *
 * @throws GatewayError (401) for a wrong one, (403) for one of another time, (403/5300) for what bearer tokens can never do, (403/5301) for a missing role
 */
export function authorize(
  request: { readonly method: string; readonly route: Route; readonly headers: Headers },
  options: { readonly credentials: Credentials; readonly nowMs: number },
): void {
  const { route, headers } = request;
  if (route.resource === "admin") return;
  const token = parseAuthorization(headers.authorization);
  if (token.type === "aad") return authorizeRole(options.credentials.tokens[token.signature], route);
  if (token.type !== "master") throw unauthorized(`Authorization type "${token.type}" is not supported`);
  const date = headers["x-ms-date"] ?? headers.date ?? "";
  const skewMs = Math.abs(Date.parse(date) - options.nowMs);
  if (Number.isNaN(skewMs)) throw unauthorized("Required header 'x-ms-date' is missing or invalid");
  if (skewMs > MAX_SKEW_MS) {
    throw new GatewayError(403, "The authorization token is not valid at the current time");
  }
  const key = Buffer.from(options.credentials.key, "base64");
  const isSigned = route.signed.links.some((link) =>
    equals(signature(key, { method: request.method, type: route.signed.type, link, date }), token.signature)
  );
  if (!isSigned) {
    throw unauthorized(
      "The MAC signature found in the HTTP request is not the same as the computed signature",
    );
  }
}

function authorizeRole(role: DataRole | undefined, route: Route): void {
  if (role === undefined) throw unauthorized("The bearer token is not known");
  const action = dataAction(route);
  if (action === undefined) {
    throw new GatewayError(
      403,
      `Request for ${route.operation} ${route.resource} cannot be authorized by AAD token in data plane`,
      { substatus: 5300 },
    );
  }
  const isRead = READS.includes(route.operation);
  if (role === "contributor" || (role === "reader" && isRead)) return;
  throw new GatewayError(
    403,
    `Request blocked by Auth: the principal does not have required RBAC permissions to perform action ` +
      `[Microsoft.DocumentDB/databaseAccounts/${action}] on any scope`,
    { substatus: 5301 },
  );
}

/** The data action that covers a request; none for the management of databases, containers, throughput and scripts. */
function dataAction({ resource, operation }: Route): string | undefined {
  switch (resource) {
    case "account":
    case "range":
      return "readMetadata";
    case "database":
    case "container":
      return READS.includes(operation) ? "readMetadata" : undefined;
    case "document":
      return documentAction(operation);
    default:
      return undefined;
  }
}

function documentAction(operation: OperationKind): string {
  switch (operation) {
    case "query":
    case "query-plan":
      return "sqlDatabases/containers/executeQuery";
    case "change-feed":
      return "sqlDatabases/containers/readChangeFeed";
    case "batch":
    case "bulk":
      return "sqlDatabases/containers/items/*";
    default:
      return `sqlDatabases/containers/items/${operation}`;
  }
}

function parseAuthorization(
  header: string | undefined,
): { readonly type: string; readonly signature: string } {
  if (header === undefined) throw unauthorized("Required header 'authorization' is missing");
  const text = header.includes("=") ? header : decode(header);
  const match = /^type=([^&]*)&ver=[^&]*&sig=(.*)$/s.exec(text);
  if (match === null) throw unauthorized("The authorization header has an invalid format");
  return { type: match[1]!, signature: match[2]! };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unauthorized("The authorization header has an invalid format");
  }
}

function signature(
  key: Buffer,
  request: { readonly method: string; readonly type: string; readonly link: string; readonly date: string },
): string {
  const text =
    `${request.method.toLowerCase()}\n${request.type}\n${request.link}\n${request.date.toLowerCase()}\n\n`;
  return createHmac("sha256", key).update(text).digest("base64");
}

function equals(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function unauthorized(message: string): GatewayError {
  return new GatewayError(401, message);
}
