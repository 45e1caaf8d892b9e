import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import http from "node:http";
import https from "node:https";
import type { JsonObject } from "../../../lib/base/json.ts";

/** A request by hand, for what the SDK cannot say. */
export interface RawRequest {
  readonly method: string;
  /** Begins with a slash; names are percent-encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Text is sent as it is, everything else as JSON. */
  readonly body?: unknown;
  /** Instead of a valid signature: a whole header, or `null` for none. */
  readonly authorization?: string | null | undefined;
  /** Of the signature. */
  readonly dateMs?: number | undefined;
}

/** Its answer. */
export interface RawAnswer {
  /** `"412"`, or `"410/1002"` with a substatus. */
  readonly outcome: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** The body; `{}` when it is no JSON object. */
  readonly json: JsonObject;
}

/** Whom to ask. */
export interface Target {
  readonly endpoint: string;
  readonly key: string;
  readonly agent: http.Agent;
}

/** Connections that are kept for further requests. */
export function keepAliveAgent(endpoint: string): http.Agent {
  return endpoint.startsWith("https:")
    ? new https.Agent({ keepAlive: true, rejectUnauthorized: !isLocal(endpoint) })
    : new http.Agent({ keepAlive: true });
}

/** Sends a request, signed unless it says otherwise. @throws {Error} when there is no answer */
export function sendSigned(target: Target, request: RawRequest): Promise<RawAnswer> {
  const { endpoint, key, agent } = target;
  const { method, path, headers = {}, body, dateMs = Date.now() } = request;
  const date = new Date(dateMs).toUTCString();
  const authorization = request.authorization === undefined
    ? masterAuthorization({ method, path, date, key })
    : request.authorization;
  const url = new URL(endpoint);
  const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const send = url.protocol === "https:" ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const outgoing = send({
      hostname: url.hostname,
      port: url.port,
      method,
      path,
      agent,
      headers: {
        "x-ms-date": date,
        "x-ms-version": "2020-07-15",
        ...text !== undefined && { "content-type": "application/json" },
        ...authorization !== null && { authorization },
        ...headers,
      },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve(answerOf(response, Buffer.concat(chunks).toString())));
    });
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}

/**
 * The authorization header for a master key, as the service documents it; written anew here, so that the code under test is not its own judge.
 *
 * See https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources
 */
export function masterAuthorization(
  request: { readonly method: string; readonly path: string; readonly date: string; readonly key: string },
): string {
  const segments = request.path.split("/").filter((segment) => segment !== "").map(decodeURIComponent);
  const isFeed = segments.length % 2 === 1;
  const type = (isFeed ? segments.at(-1) : segments.at(-2)) ?? "";
  const owner = isFeed ? segments.slice(0, -1) : segments;
  // A path of resource ids is signed by its last id in lower case.
  const isByRid = /^[\w+-]{6}==$/.test(segments[1] ?? "");
  const link = isByRid ? (owner.at(-1) ?? "").toLowerCase() : owner.join("/");
  const text = `${request.method.toLowerCase()}\n${type}\n${link}\n${request.date.toLowerCase()}\n\n`;
  const signature = createHmac("sha256", Buffer.from(request.key, "base64")).update(text).digest("base64");
  return encodeURIComponent(`type=master&ver=1.0&sig=${signature}`);
}

function answerOf(response: http.IncomingMessage, text: string): RawAnswer {
  const substatus = Number(response.headers["x-ms-substatus"] ?? 0);
  return {
    outcome: `${response.statusCode}${substatus > 0 ? `/${substatus}` : ""}`,
    headers: response.headers,
    text,
    json: parseObject(text),
  };
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as JsonObject : {};
  } catch {
    return {};
  }
}

function isLocal(endpoint: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(endpoint).hostname);
}
