import {
  type ClientContext,
  CosmosClient,
  type CosmosClientOptions,
  CosmosDbDiagnosticLevel,
  DiagnosticNodeInternal,
  type FeedOptions,
  type PartitionKey as SdkPartitionKey,
} from "@azure/cosmos";
import { type Clock, withTimeLimit } from "../base/clock.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { Exchange, runInExchange } from "./_exchange.ts";
import { type Outcome, outcomeOf } from "./_outcome.ts";
import type { Resource } from "./_resource.ts";
import type { Transport } from "./_transport.ts";
import type { PartitionKey, PartitionKeyRange } from "./port.ts";

/** Anything that gives access tokens of Microsoft Entra ID, such as a credential of `@azure/identity`. */
export interface TokenCredential {
  getToken(
    scopes: string | string[],
    options?: { abortSignal?: AbortSignal },
  ): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

/** What a client of the SDK is built from. */
export interface GatewayOptions {
  readonly endpoint: string;
  readonly key?: string | undefined;
  readonly tokenCredential?: TokenCredential | undefined;
  /** The scope of access tokens, from the account's global endpoint. */
  readonly tokenScope: string;
  readonly transport: Transport;
  /** Makes the SDK keep session tokens and send them. */
  readonly session: boolean;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly userAgentSuffix: string;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
}

/** What a request does; each is one HTTP request. */
export type RequestAction =
  | { readonly kind: "account" | "read" | "delete" }
  | { readonly kind: "create" | "replace"; readonly body: JsonObject }
  | {
    readonly kind: "query";
    readonly query: string;
    readonly parameters?: Readonly<Record<string, JsonValue>> | undefined;
    readonly maxItems: number;
    readonly continuation?: string | undefined;
    readonly range?: PartitionKeyRange | undefined;
    readonly bounds?: { readonly minInclusive: string; readonly maxExclusive: string } | undefined;
  }
  /** All or nothing, in one logical partition. */
  | { readonly kind: "batch"; readonly body: readonly JsonObject[] }
  /** Each operation for itself, in one physical partition. */
  | { readonly kind: "bulk"; readonly range: PartitionKeyRange; readonly body: readonly JsonObject[] };

/** One request to the gateway. */
export interface GatewayRequest {
  readonly resource: Resource;
  readonly action: RequestAction;
  readonly partitionKey?: PartitionKey | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @default the gateway's own */
  readonly timeoutMs?: number | undefined;
  readonly beforeSend?: (() => void) | undefined;
}

/**
 * Sends single requests through the SDK: its signatures, session tokens and wire format, without its iterators, caches and retries. The SDK's public
 * methods cannot do that (a query also sends a query plan, a create reads the container first, a bulk ticks and retries), so this file, and no
 * other, uses the context below them. The compiler holds it against the pinned version.
 */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #client: CosmosClient;
  readonly #context: ClientContext;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#client = new CosmosClient(clientOptions(options));
    this.#context = this.#client["clientContext"];
  }

  /**
   * Sends one request and says what became of it; only refusals by a guard are thrown. Bounded by the request timeout, whatever happens below.
   */
  async send(request: GatewayRequest): Promise<Outcome> {
    const exchange = new Exchange(request.beforeSend);
    let thrown: unknown;
    try {
      await withTimeLimit(this.#options.clock, {
        ms: request.timeoutMs ?? this.#options.requestTimeoutMs,
        signal: request.signal,
        action: (signal) =>
          untilAborted(signal, () => runInExchange(exchange, () => this.#dispatch(request, signal))),
      });
    } catch (error) {
      thrown = error;
    }
    if (exchange.refusal !== undefined) throw exchange.refusal.error;
    return outcomeOf(exchange, { thrown, signal: request.signal });
  }

  /** Forgets the session of a container by its name: the SDK would go on with that of an earlier container of the name, which the service cannot serve. */
  forgetSession(container: Resource): void {
    this.#context.clearSessionToken(container.path);
  }

  close(): void {
    this.#client.dispose();
  }

  #dispatch(request: GatewayRequest, signal: AbortSignal): Promise<unknown> {
    const { action } = request;
    const { path, type: resourceType, link: resourceId } = request.resource;
    const diagnosticNode = new DiagnosticNodeInternal();
    diagnosticNode.diagnosticLevel = CosmosDbDiagnosticLevel.info;
    const options = { abortSignal: signal, initialHeaders: { ...request.headers } };
    const partitionKey = request.partitionKey as SdkPartitionKey;
    const common = { path, resourceType, resourceId, options, partitionKey, diagnosticNode };
    switch (action.kind) {
      case "account":
        return this.#context.getDatabaseAccount(diagnosticNode, options);
      case "read":
        return this.#context.read(common);
      case "delete":
        return this.#context.delete(common);
      case "create":
        return this.#context.create({ ...common, body: action.body });
      case "replace":
        return this.#context.replace({ ...common, body: action.body });
      case "batch":
        return this.#context.batch({
          ...common,
          options: { ...options, contentResponseOnWriteEnabled: false },
          body: action.body,
        });
      case "bulk":
        return this.#context.bulk({
          ...common,
          options: { ...options, contentResponseOnWriteEnabled: false },
          body: action.body,
          partitionKeyRangeId: action.range.id,
        });
      case "query":
        return this.#context.queryFeed({
          ...common,
          options: {
            ...options,
            maxItemCount: action.maxItems,
            continuationToken: action.continuation,
          } as FeedOptions,
          query: { query: action.query, parameters: sqlParameters(action.parameters) },
          resultFn: () => [],
          ...(action.range && { partitionKeyRangeId: action.range.id }),
          startEpk: action.bounds?.minInclusive,
          endEpk: action.bounds?.maxExclusive,
        });
    }
  }
}

/** The options of a client that never repeats a request, never waits and never reads the account by itself. */
export function clientOptions(options: GatewayOptions): CosmosClientOptions {
  const { endpoint, key, tokenCredential, tokenScope, transport, session, headers, userAgentSuffix } =
    options;
  return {
    endpoint,
    ...(key === undefined ? { aadCredentials: tokenCredential, aadScope: tokenScope } : { key }),
    httpClient: transport,
    ...(session ? { consistencyLevel: "Session" } : {}),
    defaultHeaders: { ...headers },
    userAgentSuffix,
    connectionPolicy: {
      enableEndpointDiscovery: false,
      enableBackgroundEndpointRefreshing: false,
      useMultipleWriteLocations: false,
      // Ours is shorter; this one is the net below it.
      requestTimeout: 2 * options.requestTimeoutMs,
      retryOptions: {
        maxRetryAttemptCount: 0,
        fixedRetryIntervalInMilliseconds: 0,
        maxWaitTimeInSeconds: 0,
      },
    },
  };
}

function sqlParameters(parameters: Readonly<Record<string, JsonValue>> = {}) {
  return Object.entries(parameters).map(([name, value]) => ({
    name: name.startsWith("@") ? name : `@${name}`,
    value,
  })) as { name: string; value: never }[];
}

/** Ends with the signal even where what runs below does not heed it. */
function untilAborted<Value>(signal: AbortSignal, action: () => Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    action().then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
