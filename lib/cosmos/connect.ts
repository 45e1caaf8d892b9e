/**
 * Talks to Cosmos DB: connections, signatures, retries, errors. Owns everything about the service and its SDK, and nothing of what is stored there.
 *
 * Opening a connection is one request, the read of the account. Every failure is a CosmosError that says what was asked, what came back, whether it
 * may have taken effect, and what to do; keys, tokens and signatures are in none of them.
 *
 * @module
 */
import { CosmosError } from "../base/errors.ts";
import { delayNotice, exponentialBackoff, retry } from "../base/retry.ts";
import { type Account, accountFrom } from "./account.ts";
import { Gateway } from "./_gateway.ts";
import { RequestMeter } from "./_request_meter.ts";
import type { Answer } from "./_outcome.ts";
import { ACCOUNT } from "./_resource.ts";
import { Routes } from "./_routes.ts";
import { tokenScopeOf, withFallbackScope } from "./_token_scope.ts";
import { Transport } from "./_transport.ts";
import type { ConnectOptions } from "./connect_options.ts";
import { OpenConnection } from "./connection.ts";
import type { CosmosConnection } from "./port.ts";
import { isTemporaryAnswer, toCosmosError } from "./to_cosmos_error.ts";

export type { ConnectOptions, CosmosCredential } from "./connect_options.ts";

/**
 * Opens a connection: reads the account once, and again while that fails in a way that passes (a name that is not known yet, a service that is not
 * up yet). Ends before `connectTimeoutMs` whatever happens.
 *
 * @throws {CosmosError} with status 0 when there was no answer, 401 or 403 when the credential is refused; the hint says what to do
 * @throws the abort reason of `signal`
 */
export async function connect(options: ConnectOptions): Promise<CosmosConnection> {
  const routes = new Routes(options);
  const meter = new RequestMeter();
  const transport = new Transport({ routes, meter, supportsSession: () => false });
  const gateway = new Gateway({ ...commonGatewayOptions(options), transport, session: false });
  try {
    const account = await readAccountPatiently(gateway, options);
    return new OpenConnection({
      ...options,
      account,
      routes,
      meter,
      gatewayOptions: commonGatewayOptions(options),
    });
  } catch (error) {
    routes.close();
    throw error;
  } finally {
    gateway.close();
  }
}

function commonGatewayOptions(options: ConnectOptions) {
  const { endpoint, credential, userAgentSuffix, clock, requestTimeoutMs } = options;
  const secret = credential.kind === "key"
    ? { key: credential.key }
    : { tokenCredential: withFallbackScope(credential.credential) };
  return {
    endpoint,
    ...secret,
    tokenScope: tokenScopeOf(endpoint),
    userAgentSuffix,
    clock,
    requestTimeoutMs,
  };
}

async function readAccountPatiently(gateway: Gateway, options: ConnectOptions): Promise<Account> {
  const { clock, random, signal, connectTimeoutMs, requestTimeoutMs, onDelay } = options;
  const isTemporary = (error: unknown) => error instanceof CosmosError && error.failure.retryable;
  const tellDelay = delayNotice({ patienceMs: connectTimeoutMs, onDelay });
  const strategy = exponentialBackoff({
    random,
    initialMs: 250,
    isTemporary,
    retryAfterMs: (error) => error instanceof CosmosError ? error.failure.retryAfterMs : undefined,
  });
  let telling: unknown;
  const attempt = async (leftMs: number) => {
    try {
      return await readAccount(gateway, { ...options, timeoutMs: Math.min(leftMs, requestTimeoutMs) });
    } catch (error) {
      // The last attempt may be cut short, which says nothing; what failed before it does.
      const isCutShort = error instanceof CosmosError && error.details["cause"] === "timeout";
      if (telling === undefined || !isCutShort) telling = error;
      if (isTemporary(error)) tellDelay(telling, connectTimeoutMs - leftMs);
      throw telling;
    }
  };
  return await retry(attempt, { strategy, clock, patienceMs: connectTimeoutMs, signal });
}

async function readAccount(
  gateway: Gateway,
  { endpoint, databaseId, signal, timeoutMs, clock }: ConnectOptions & { readonly timeoutMs: number },
): Promise<Account> {
  const { host } = new URL(endpoint);
  const asked = {
    operation: `open a connection to ${host}`,
    isWrite: false,
    names: { host, database: databaseId },
  };
  const sentAtMs = clock.wallMs();
  const outcome = await gateway.send({
    resource: ACCOUNT,
    action: { kind: "account" },
    signal,
    timeoutMs,
  });
  if (outcome.kind !== "answered") {
    signal?.throwIfAborted();
    throw toCosmosError(outcome, asked);
  }
  const { answer } = outcome;
  if (answer.status >= 400 && !isFromSomethingElse(answer)) throw toCosmosError(outcome, asked);
  const account = accountFrom(answer.body);
  if (account !== undefined) {
    const clockOffsetMs = clockOffset(answer, { fromMs: sentAtMs, toMs: clock.wallMs() });
    return { ...account, facts: { ...account.facts, clockOffsetMs } };
  }
  throw new CosmosError(
    `Cannot ${asked.operation} as it does not answer like an account of Cosmos DB: it answered ${answer.status}`,
    {
      status: answer.status,
      operation: asked.operation,
      retryable: false,
      ambiguous: false,
    },
    {
      hint: "Check CosmosDb__AccountEndpoint; it looks like https://<account>.documents.azure.com:443/",
      details: { notAnAccount: true },
    },
  );
}

/** The service names every answer; what refuses for good without that is a proxy, or another server. A refused credential or a server that is down may pass. */
function isFromSomethingElse(answer: Answer): boolean {
  const { status, headers } = answer;
  return headers["x-ms-activity-id"] === undefined && status !== 401 && status !== 403 &&
    !isTemporaryAnswer(answer);
}

/** The service's time lies between the two of this machine; it is given in whole seconds, rounded down. */
function clockOffset(
  { headers }: Answer,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): number | undefined {
  const serverMs = Date.parse(headers["date"] ?? "");
  if (Number.isNaN(serverMs)) return undefined;
  if (serverMs + 1_000 < fromMs) return serverMs + 1_000 - fromMs;
  return serverMs > toMs ? serverMs - toMs : 0;
}
