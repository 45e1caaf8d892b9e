import type { NetworkCause } from "./_network_cause.ts";

/** What a hint may depend on. */
export interface FailureFacts {
  /** 0 without an answer. */
  readonly status: number;
  readonly substatus: number;
  readonly cause?: NetworkCause | undefined;
  readonly missing?: "database" | "container" | undefined;
  /** What the service says about it. */
  readonly reason?: string | undefined;
  readonly names: ResourceNames;
}

/** Names for the commands in hints. */
export interface ResourceNames {
  /** Host of the account, with its port. */
  readonly host: string;
  readonly database: string;
  readonly container?: string | undefined;
  /** Host that the account itself named, where that one is used instead. */
  readonly regionalHost?: string | undefined;
}

/** What stands between a request and any answer: a host that the account named is worth doubting. */
const UNREACHED: readonly NetworkCause[] = ["dns", "refused", "timeout", "connection", "tls-protocol"];

const BY_CAUSE: Partial<Record<NetworkCause, (names: ResourceNames) => string>> = {
  "dns": ({ host }) =>
    `Check the name ${host} in CosmosDb__AccountEndpoint; in a private network it has to resolve to the account's private endpoint`,
  "refused": ({ host }) => `Nothing listens at ${host}; check the port, and that the emulator runs`,
  "tls-trust": () =>
    "The certificate is not trusted; name the PEM file of its authority in CosmosDb__CaFile (an emulator or an inspecting proxy has one of its own)",
  "tls-protocol": ({ host }) =>
    `${host} does not speak TLS; an emulator without TLS needs an endpoint that begins with http://`,
  "timeout": ({ host }) =>
    `${host} did not answer; a firewall, a network policy or a missing HTTPS_PROXY may swallow the packets`,
  "credential": () =>
    "Check the identity of this pod or machine: its federated token, its client id, and that the endpoint begins with https://",
  "connection": ({ host }) =>
    `The connection to ${host} broke; an endpoint with TLS needs https://, and a proxy may refuse the host`,
  "unreadable": ({ host }) =>
    `What ${host} answers is not HTTP, or not of Cosmos DB; an endpoint with TLS needs https://, and a proxy may answer in its place`,
};

const BY_SUBSTATUS: Readonly<Record<string, string>> = {
  "403/5301":
    'Assign the role "Cosmos DB Built-in Data Contributor" to this identity with: az cosmosdb sql role assignment create',
  "403/3": "The account moved its write region; the next run finds the new one",
  "403/1008": "The account moved its write region; the next run finds the new one",
};

/** The service has one status for several situations, and only its sentence tells them apart. */
const BY_REASON: readonly (readonly [status: number, reason: RegExp, hint: string])[] = [
  ...[401, 403].map((status) =>
    [
      status,
      /not valid at the current time|token start time|date header/i,
      "The clock of this machine differs from the service's by more than 15 minutes; set it: the time is a part of the signature",
    ] as const
  ),
  [
    403,
    /firewall|originated from (?:client )?IP|public internet|virtual network|private endpoint/i,
    "The account's firewall refuses this machine; allow its address (az cosmosdb update --ip-range-filter), its subnet, or go through the private endpoint",
  ],
];

const BY_STATUS: Readonly<Record<number, string>> = {
  401:
    "Check the account key (it may have been rotated) or the identity, and the clock of this machine, which is part of the signature",
  403:
    "Check the account's firewall and virtual network rules for this machine's address, and the role of the identity",
  408: "The service was too slow; run the same command again",
  413: "A document may be 2 MB at most; the request was too large",
  429: "The container is throttled; raise its throughput, or lower --ru-limit and --concurrency",
  449: "Another writer changed the same document at the same time; run the same command again",
  503: "The service is not available at the moment; run the same command again",
};

/** What to do about a failed request; `undefined` where nothing general can be said. */
export function hintFor(
  { status, substatus, cause, missing, reason = "", names }: FailureFacts,
): string | undefined {
  if (missing !== undefined) return creationCommand(missing, names);
  if (status === 0) return cause === undefined ? undefined : hintForCause(cause, names);
  if (status === 403 && substatus === 5_300) return controlPlaneCommand(names);
  const byReason = BY_REASON.find(([known, pattern]) => known === status && pattern.test(reason))?.[2];
  return BY_SUBSTATUS[`${status}/${substatus}`] ?? byReason ?? BY_STATUS[status];
}

function hintForCause(cause: NetworkCause, names: ResourceNames): string | undefined {
  const { host, regionalHost } = names;
  if (regionalHost !== undefined && UNREACHED.includes(cause)) {
    return `The account says that it answers at ${regionalHost}, and nothing is reached there; stay at ${host} with CosmosDb__EndpointDiscovery=off (an emulator behind a mapped port names an address of its own)`;
  }
  return BY_CAUSE[cause]?.(names);
}

function controlPlaneCommand(names: ResourceNames): string {
  const { database, container = "<container>" } = names;
  return "Microsoft Entra ID cannot do this on the data plane (containers, scripts, throughput); use the account key, or make this one change with: " +
    `az cosmosdb sql container <create, update, delete or throughput update> ${accountOptions(names)} ` +
    `--database-name ${database} --name ${container}`;
}

function accountOptions({ host }: ResourceNames): string {
  const account = /^([^.]+)\.documents\.azure\./.exec(host)?.[1] ?? "<account>";
  return `--account-name ${account} --resource-group <resource group>`;
}

function creationCommand(missing: "database" | "container", names: ResourceNames): string {
  const { database, container } = names;
  const common = accountOptions(names);
  return missing === "database"
    ? `Create it: az cosmosdb sql database create ${common} --name ${database}`
    : `Create it: az cosmosdb sql container create ${common} --database-name ${database} --name ${container} --partition-key-path <path>`;
}
