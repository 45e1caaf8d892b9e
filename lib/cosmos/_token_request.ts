import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type HttpMethods,
} from "@azure/core-rest-pipeline";
import { type Clock, withTimeLimit } from "../base/clock.ts";
import { CosmosError, messageOf } from "../base/errors.ts";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import { redact } from "./_redact.ts";
import { type RouteOptions, Routes } from "./_routes.ts";

/** An access token. */
export interface AccessToken {
  readonly token: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresOnTimestamp: number;
}

/** How tokens are fetched. */
export interface TokenRequestOptions extends RouteOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** A request for a token, and which authority it goes to, in words. */
export interface TokenRequest {
  readonly authority: string;
  readonly hint: string;
  readonly method: HttpMethods;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a token, through the same proxy and with the same trust as everything else.
 *
 * @throws {CosmosError} (retryable) whatever goes wrong: identities and their roles arrive late in a starting pod
 */
export async function requestToken(
  request: TokenRequest,
  options: TokenRequestOptions,
): Promise<AccessToken> {
  const { clock, timeoutMs } = options;
  const routes = new Routes(options);
  try {
    return await withTimeLimit(clock, {
      ms: timeoutMs,
      signal: request.signal,
      action: async (abortSignal) => {
        const { method, url, body } = request;
        const headers = createHttpHeaders(request.headers);
        const message = createPipelineRequest({ method, url, body, headers, abortSignal });
        await routes.apply(message);
        const { status, bodyAsText } = await createDefaultHttpClient().sendRequest(message);
        return tokenFrom(status, bodyAsText ?? "", clock);
      },
    });
  } catch (error) {
    throw refused(request, redact(messageOf(error)));
  } finally {
    routes.close();
  }
}

function tokenFrom(status: number, text: string, clock: Clock): AccessToken {
  const body: unknown = JSON.parse(text);
  if (!isJsonObject(body)) throw new Error(`answered ${status} without an object`);
  const token = body["access_token"];
  if (status !== 200 || typeof token !== "string") throw new Error(`answered ${status}, ${reasonOf(body)}`);
  const expiresOnMs = body["expires_on"] === undefined
    ? clock.wallMs() + Number(body["expires_in"]) * 1_000
    : Number(body["expires_on"]) * 1_000;
  return { token, expiresOnTimestamp: expiresOnMs };
}

function reasonOf(body: JsonObject): string {
  const reason = body["error_description"] ?? body["message"] ?? body["error"] ?? "without a reason";
  return String(reason).split(/\r?\n/)[0] ?? "";
}

function refused({ authority, hint }: TokenRequest, reason: string): CosmosError {
  const operation = `get an access token from ${authority}`;
  return new CosmosError(
    `Cannot ${operation}: ${reason}`,
    { status: 0, operation, retryable: true, ambiguous: false },
    { hint },
  );
}
