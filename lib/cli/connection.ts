import type { AccountConfiguration, ToolConfiguration } from "../config/load_configuration.ts";
import type { CosmosConnection } from "../cosmos/port.ts";
import type { CommandContext } from "./command.ts";
import { credentialFor } from "./credential.ts";

/** Opens the connection that a configuration describes. */
export async function openConnection(
  context: CommandContext,
  { tool, account, requestTimeoutMs }: {
    readonly tool: ToolConfiguration;
    readonly account: AccountConfiguration;
    readonly requestTimeoutMs: number;
  },
): Promise<CosmosConnection> {
  const { io, name, version, signal } = context;
  const { connect } = await import("../cosmos/mod.ts");
  const proxy = account.proxy && { url: account.proxy.url.reveal(), noProxy: account.proxy.noProxy };
  return await connect({
    endpoint: account.endpoint,
    credential: await credentialFor(account, context, { timeoutMs: requestTimeoutMs, proxy }),
    databaseId: account.database,
    ledgerContainerId: account.historyContainer,
    scope: tool.scope,
    requestTimeoutMs,
    connectTimeoutMs: tool.connectTimeoutMs,
    readPatienceMs: tool.patienceMs,
    ca: account.ca,
    endpointDiscovery: account.endpointDiscovery,
    preferredRegion: account.preferredRegion,
    priority: tool.priority === "low" ? "low" : undefined,
    throughputBucket: tool.throughputBucket,
    proxy,
    clock: io.clock,
    random: io.random,
    userAgentSuffix: `${name}/${version}`,
    signal,
    onDelay: (message) => context.output.warn(message),
  });
}
