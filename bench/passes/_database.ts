/**
 * The embedded database of the benchmark as a process of its own. The first argument is what it holds, as JSON; every line of its input asks for what it
 * has seen of the documents so far, answered by one line of JSON.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import type { JsonObject } from "../../lib/base/json.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { CONTAINER, DATABASE, type DatabaseOptions, type Seen, type Spent } from "./database.ts";

const { documents, documentsPerKey, partitions, latencyMs, throughput }: DatabaseOptions = JSON.parse(
  process.argv[2] ?? "",
);

const emulator = await startEmulator({
  partitions,
  latencyMs,
  throttle: throughput !== undefined,
  seed: { database: DATABASE, containers: {} },
});
emulator.store.createContainer(CONTAINER, {
  partitionKey: documentsPerKey === 1 ? "/id" : "/key",
  ...(throughput === undefined ? {} : { throughput }),
});
emulator.store.insert(CONTAINER, seed());

const spent: Spent[] = [];
let throttled = 0;
let passStartedMs: number | undefined;
emulator.onRequest({
  afterCommit: ({ container, resource }, { charge, status }) => {
    if (container === CONTAINER && resource === "range") passStartedMs ??= performance.now();
    if (container !== CONTAINER || resource !== "document") return;
    if (status === 429) throttled++;
    spent.push([performance.now(), charge]);
  },
});

/** Documents of about a kilobyte as the service stores them; every other one lacks what the migration adds. */
function* seed(): Generator<JsonObject> {
  for (let index = 0; index < documents; index++) {
    const document: JsonObject = {
      id: `document-${index}`,
      key: `key-${Math.floor(index / documentsPerKey)}`,
      name: `Name of document ${index}`,
      text: "lorem ipsum ".repeat(48),
    };
    yield index % 2 === 0 ? document : { ...document, migrated: true };
  }
}

function see(): Seen {
  return {
    connectionString: emulator.connectionString,
    endpoint: emulator.endpoint,
    key: emulator.key,
    requests: emulator.requests.count,
    requestUnits: emulator.totalCharge,
    throttled,
    passStartedMs: passStartedMs ?? 0,
    spent,
  };
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const left = line === "left" ? { left: countLeft() } : {};
    process.stdout.write(`${JSON.stringify({ ...see(), ...left })}\n`);
  })
  .on("close", () => process.exit(0));

function countLeft(): number {
  return emulator.store.documents(CONTAINER).filter(({ migrated }) => migrated !== true).length;
}
