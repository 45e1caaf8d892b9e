import { systemClock } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import { EmulatorClock } from "./clock.ts";
import type { GatewayContext } from "./context.ts";
import { EmulatorStore } from "./emulator_store.ts";
import { type FaultRule, FaultRules } from "./fault_rules.ts";
import { Gateway } from "./gateway.ts";
import { type EmulatorHooks, HookSet } from "./hooks.ts";
import { checkOptions, type EmulatorOptions, WELL_KNOWN_KEY } from "./options.ts";
import { QueryEngine } from "./query_engine.ts";
import { RequestLog } from "./request_log.ts";
import { listen } from "./server.ts";
import { Account } from "./store/account.ts";
import { Throttle } from "./throttle.ts";

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/` */
  readonly endpoint: string;
  readonly key: string;
  readonly connectionString: string;
  /** State of the service, for the program itself. */
  readonly store: EmulatorStore;
  /** What was asked so far. */
  readonly requests: Pick<RequestLog, "count" | "entries">;
  /** Request units of all requests so far. */
  readonly totalCharge: number;
  /** Calls functions with every request from now on. @returns ends that */
  onRequest(hooks: EmulatorHooks): () => void;
  /** Adds rules of what is to fail. */
  inject(...rules: readonly FaultRule[]): void;
  /** Removes all rules. */
  clearFaults(): void;
  /** Rules that no request has met: a test that expects a fault checks that there are none. */
  unfiredRules(): readonly FaultRule[];
  /** Cuts all connections and frees the port. The state is gone. */
  close(): Promise<void>;
}

/**
 * Starts an embedded Cosmos DB: in memory, over real HTTP, for unmodified clients (with endpoint discovery off).
 *
 * @throws {CosmigError} (`emulator`) for wrong options or a wrong seed
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  checkOptions(options);
  const { hostname = "127.0.0.1", port = 0, key = WELL_KNOWN_KEY, tls } = options;
  const clock = new EmulatorClock(options.clock ?? systemClock);
  const nowMs = () => clock.wallMs();
  const account = new Account({
    partitions: options.partitions ?? 4,
    serverless: options.serverless ?? false,
    staleForMs: options.staleReads?.lagMs,
    indexTransformationMs: options.indexTransformationMs ?? 0,
    nowMs,
  });
  const engine = new QueryEngine();
  const store = new EmulatorStore({ account, clock, engine });
  if (options.seed !== undefined) store.plant(options.seed);

  let endpoint = "";
  const context: GatewayContext = {
    account,
    clock,
    engine,
    throttle: options.throttle ? new Throttle(nowMs) : undefined,
    endpoint: () => endpoint,
    consistency: options.consistency ?? "Session",
    snapshot: () => store.snapshot() as unknown as JsonObject,
  };
  const rules = new FaultRules(options.faults);
  const hooks = new HookSet();
  if (options.hooks !== undefined) hooks.add(options.hooks);
  const log = new RequestLog();
  const gateway = new Gateway({
    context,
    credentials: { key, tokens: options.tokens ?? {} },
    rules,
    hooks,
    log,
    latencyMs: options.latencyMs ?? 0,
  });
  const listener = await listen(gateway, { hostname, port, tls });
  endpoint = `${tls ? "https" : "http"}://${
    hostname.includes(":") ? `[${hostname}]` : hostname
  }:${listener.port}/`;

  const close = () => {
    gateway.close();
    return listener.close();
  };
  return {
    endpoint,
    key,
    connectionString: `AccountEndpoint=${endpoint};AccountKey=${key};`,
    store,
    requests: log,
    get totalCharge() {
      return log.totalCharge;
    },
    onRequest: (added) => hooks.add(added),
    inject: (...added) => rules.add(...added),
    clearFaults: () => rules.clear(),
    unfiredRules: () => rules.unfired(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
