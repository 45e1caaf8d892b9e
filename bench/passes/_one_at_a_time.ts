/**
 * The same run as the tool's, with one request in flight for each range, which no option of the tool asks for.
 *
 * @module
 */
import process from "node:process";
import { systemClock } from "../../lib/base/clock.ts";
import { connect } from "../../lib/cosmos/connect.ts";
import { leaseTimings } from "../../lib/lock/timings.ts";
import { runUp } from "../../lib/runner/run_up.ts";
import { REGISTRY } from "./_migration.ts";

const connection = await connect({
  endpoint: process.env["BENCH_ENDPOINT"] ?? "",
  credential: { kind: "key", key: process.env["BENCH_KEY"] ?? "" },
  databaseId: process.env["BENCH_DATABASE"] ?? "",
  ledgerContainerId: "__migrations",
  scope: "default",
  requestTimeoutMs: 10_000,
  connectTimeoutMs: 10_000,
  readPatienceMs: 10_000,
  endpointDiscovery: "auto",
  clock: systemClock,
  random: Math.random,
  userAgentSuffix: "cosmig-bench",
});
await runUp({
  connection,
  registry: REGISTRY,
  clock: systemClock,
  random: Math.random,
  newNonce: () => crypto.randomUUID(),
  signal: new AbortController().signal,
  patienceMs: 60_000,
  timings: leaseTimings(),
  holder: { host: "bench", pid: process.pid, version: "bench", command: "up", since: "" },
  lockTimeoutMs: 60_000,
  maxAttempts: 1,
  settings: {
    ruPerSecond: undefined,
    concurrency: 4,
    // Small, so that what is measured is waiting and not the processors of the machine.
    pageSize: 25,
    maxFailures: 1,
    patienceMs: 60_000,
    requestsPerRange: 1,
  },
  unsafeNoFence: false,
  emit: () => {},
  redact: (text) => text,
}, {
  init: true,
  allowDestructive: false,
  allowOffline: false,
  policy: { order: "linear", ahead: "allow", drift: "refuse" },
});
connection.close();
