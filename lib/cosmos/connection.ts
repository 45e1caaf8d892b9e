import { CosmosClient } from "@azure/cosmos";
import type { JsonObject } from "../base/json.ts";
import { type Account, endpointFor, supportsSession, usesSession } from "./account.ts";
import { Caller } from "./_caller.ts";
import { clientOptions, Gateway, type GatewayOptions } from "./_gateway.ts";
import type { RequestMeter } from "./_request_meter.ts";
import type { Routes } from "./_routes.ts";
import { Transport } from "./_transport.ts";
import { WriteGuard } from "./_write_guard.ts";
import { SdkDatabase } from "./database.ts";
import { CosmosLedgerStore } from "./ledger_store.ts";
import { CosmosError } from "../base/errors.ts";
import type { ConnectOptions } from "./connect_options.ts";
import type {
  AccountFacts,
  ContainerProperties,
  CosmosConnection,
  CosmosDatabase,
  LedgerStore,
  RequestOptions,
  Spending,
  Throughput,
  WriteGate,
} from "./port.ts";

/** What is known once the account has answered. */
export interface OpenConnectionOptions extends ConnectOptions {
  readonly account: Account;
  readonly routes: Routes;
  readonly meter: RequestMeter;
  readonly gatewayOptions: Omit<GatewayOptions, "transport" | "session" | "headers">;
}

/** An open connection. The ledger has a client of its own, which knows neither the gate nor a low priority nor a bucket. */
export class OpenConnection implements CosmosConnection {
  readonly endpoint: string;
  readonly account: AccountFacts;
  readonly ledgerContainerId: string;
  readonly scope: string;
  readonly ledger: LedgerStore;
  readonly database: CosmosDatabase;
  readonly #options: OpenConnectionOptions;
  readonly #guard = new WriteGuard();
  readonly #transports: Transport[] = [];
  readonly #gateways: Gateway[] = [];
  readonly #ledgerDatabase: SdkDatabase;
  #sdkClient: CosmosClient | undefined;

  constructor(options: OpenConnectionOptions) {
    const { account, endpoint, endpointDiscovery, databaseId, ledgerContainerId, scope } = options;
    this.#options = options;
    this.account = account.facts;
    this.ledgerContainerId = ledgerContainerId;
    this.scope = scope;
    this.endpoint = endpointFor(account, { endpoint, discovery: endpointDiscovery });
    const [host, reached] = [new URL(endpoint).host, new URL(this.endpoint).host];
    const names = { host, database: databaseId, regionalHost: reached === host ? undefined : reached };

    const ledgerGateway = this.#openGateway(undefined);
    const ledgerCaller = new Caller({
      ...options,
      gateway: ledgerGateway,
      names,
      patienceMs: options.readPatienceMs,
    });
    this.#ledgerDatabase = new SdkDatabase({ id: databaseId, caller: ledgerCaller });
    this.ledger = new CosmosLedgerStore({
      gateway: ledgerGateway,
      names: { ...names, container: ledgerContainerId },
      scope,
      findMissing: (signal) => ledgerCaller.findMissing(signal),
    });

    const gateway = this.#openGateway(this.#guard);
    const caller = new Caller({ ...options, gateway, names, patienceMs: options.readPatienceMs });
    this.database = new SdkDatabase({ id: databaseId, caller });
  }

  async ledgerContainer(options: RequestOptions = {}): Promise<ContainerProperties | undefined> {
    try {
      return await this.#ledgerDatabase.container(this.#options.ledgerContainerId).properties(options);
    } catch (error) {
      if (error instanceof CosmosError && error.details["missing"] === "container") return undefined;
      throw error;
    }
  }

  async createLedgerContainer(
    options: RequestOptions & { readonly throughput: Throughput },
  ): Promise<ContainerProperties> {
    const { ledgerContainerId: id } = this.#options;
    try {
      return await this.#ledgerDatabase.createContainer(ledgerDefinition(id), options);
    } catch (error) {
      if (!(error instanceof CosmosError) || error.status !== 409) throw error;
      return await this.#ledgerDatabase.container(id).properties(options);
    }
  }

  sdkDatabase(): unknown {
    this.#sdkClient ??= this.#openSdkClient();
    return this.#sdkClient.database(this.#options.databaseId);
  }

  setWriteGate(gate: WriteGate | undefined): void {
    this.#guard.setGate(gate);
  }

  get unanswered(): number {
    return this.#guard.unanswered;
  }

  spent(): Spending {
    return this.#options.meter.spent();
  }

  close(): void {
    this.#transports.forEach((transport) => transport.close());
    this.#gateways.forEach((gateway) => gateway.close());
    this.#sdkClient?.dispose();
    this.#options.routes.close();
  }

  #openGateway(guard: WriteGuard | undefined): Gateway {
    const gateway = new Gateway(this.#gatewayOptions(guard));
    this.#gateways.push(gateway);
    return gateway;
  }

  #gatewayOptions(guard: WriteGuard | undefined): GatewayOptions {
    const { gatewayOptions, routes, meter, account, priority, throughputBucket } = this.#options;
    const transport = new Transport({
      routes,
      meter,
      guard,
      supportsSession: () => supportsSession(account.facts),
      account: () => account.json,
    });
    this.#transports.push(transport);
    const isLedger = guard === undefined;
    return {
      ...gatewayOptions,
      endpoint: this.endpoint,
      transport,
      session: usesSession(account.facts),
      headers: isLedger ? {} : {
        ...(priority === "low" ? { "x-ms-cosmos-priority-level": "Low" } : {}),
        ...(throughputBucket === undefined
          ? {}
          : { "x-ms-cosmos-throughput-bucket": String(throughputBucket) }),
      },
    };
  }

  /**
   * The client that migrations get behaves as they know it: it waits when it is throttled, which is safe as every attempt passes the gate, and reads
   * in the preferred region. It never reads the account over the network.
   */
  #openSdkClient(): CosmosClient {
    const options = clientOptions(this.#gatewayOptions(this.#guard));
    const { preferredRegion, endpointDiscovery } = this.#options;
    const discovers = preferredRegion !== undefined && endpointDiscovery !== "off" &&
      this.endpoint !== this.#options.endpoint;
    const { retryOptions: _, ...connectionPolicy } = options.connectionPolicy ?? {};
    return new CosmosClient({
      ...options,
      connectionPolicy: {
        ...connectionPolicy,
        requestTimeout: this.#options.requestTimeoutMs,
        ...(discovers ? { enableEndpointDiscovery: true, preferredLocations: [preferredRegion] } : {}),
      },
    });
  }
}

/** Only ids are searched, so nothing else is indexed. */
function ledgerDefinition(id: string): JsonObject {
  return {
    id,
    partitionKey: { paths: ["/scope"], kind: "Hash", version: 2 },
    indexingPolicy: {
      indexingMode: "consistent",
      automatic: true,
      includedPaths: [{ path: "/id/?" }],
      excludedPaths: [{ path: "/*" }],
    },
  };
}
