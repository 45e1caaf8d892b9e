/** What a pass promises while everything around it goes wrong: a live writer, SIGKILL, splits, and a service that fails every third time. */
import assert from "node:assert/strict";
import { CosmosClient } from "@azure/cosmos";
import { sleep, systemClock } from "../../lib/base/clock.ts";
import { isJsonObject, type JsonObject } from "../../lib/base/json.ts";
import { type EmulatorHooks, type EmulatorOptions, type ObservedRequest } from "../../lib/emulator/mod.ts";
import { randomStream } from "../../lib/emulator/random.ts";
import { defineMigration, transformDocuments } from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";
import { startTool } from "../support/tool_process.ts";

interface Counted {
  id: string;
  version: number;
  live: number;
}

const COUNT = registryOf(
  defineMigration({
    description: "Count",
    up: [
      transformDocuments({
        container: "Counters",
        where: "c.version = 1",
        transform: (document: Counted): Counted => ({ ...document, version: document.version + 1 }),
      }),
    ],
  }),
);
const SETTINGS = {
  ruPerSecond: undefined,
  concurrency: 2,
  pageSize: 50,
  maxFailures: 1,
  patienceMs: 60_000,
};

function start(count: number, options: EmulatorOptions = {}): Promise<EmbeddedDatabase> {
  const documents = Array.from({ length: count }, (_, index) => ({ id: `d${index}`, version: 1, live: 0 }));
  return EmbeddedDatabase.start({ Counters: { partitionKey: "/id", documents } }, options);
}

/** How the operations of a bulk request ended. */
function statusesOf(text: string): readonly number[] {
  const results: unknown = JSON.parse(text);
  return Array.isArray(results) ? results.map((result: JsonObject) => Number(result["statusCode"])) : [];
}

Deno.test("a pass loses none of the updates of an application that writes 100 times a second", async () => {
  const count = 1_500;
  await using database = await start(count, { partitions: 2, latencyMs: 30 });
  const { endpoint, key } = database.emulator;
  const client = new CosmosClient({ endpoint, key, connectionPolicy: { enableEndpointDiscovery: false } });
  const counters = client.database("shop").container("Counters");
  const ended = new AbortController();
  const lives = new Map<string, number>();
  const random = randomStream(1);
  const updates: Promise<unknown>[] = [];
  const update = (id: string) => {
    lives.set(id, (lives.get(id) ?? 0) + 1);
    const updated = counters.item(id, id).patch([{ op: "incr", path: "/live", value: 1 }]);
    updates.push(updated);
    return updated;
  };
  let conflicts = 0;
  const isWrite = ({ operation, container }: ObservedRequest) =>
    container === "Counters" && operation === "bulk";
  database.emulator.onRequest({
    // Whatever the pace of this machine is, some updates come between the read and the write of the pass.
    before: async (request) => {
      if (!isWrite(request) || request.n % 5 !== 0) return;
      const [first]: readonly { readonly id: string }[] = JSON.parse(request.body);
      if (first !== undefined) await update(first.id);
    },
    afterCommit: (request, { text }) => {
      if (isWrite(request)) conflicts += statusesOf(text).filter((status) => status === 412).length;
    },
  });
  const goOnWriting = async () => {
    const startedMs = systemClock.monotonicMs();
    while (!ended.signal.aborted) {
      const due = Math.floor((systemClock.monotonicMs() - startedMs) / 10);
      while (updates.length < due) update(`d${Math.floor(random() * count)}`);
      await sleep(systemClock, { ms: 10 });
    }
  };
  const writing = goOnWriting();

  await database.up(COUNT, { settings: SETTINGS });
  ended.abort();
  await writing;
  await Promise.all(updates);
  client.dispose();

  assert.ok(updates.length >= 50, `only ${updates.length} updates show nothing`);
  assert.ok(conflicts > 0, "no update met a write of the pass");
  for (const { id, version, live } of database.documents("Counters")) {
    assert.deepEqual({ version, live }, { version: 2, live: lives.get(String(id)) ?? 0 }, String(id));
  }
});

/** Watches which ranges are finished according to the history, and which are read afterwards. */
function watchRanges(): EmulatorHooks & { readonly finished: Set<string>; readonly readAgain: string[] } {
  const finished = new Set<string>();
  const readAgain: string[] = [];
  return {
    finished,
    readAgain,
    before: ({ container, operation, headers }) => {
      const range = headers["x-ms-documentdb-partitionkeyrangeid"];
      if (container === "Counters" && operation === "query" && range !== undefined && finished.has(range)) {
        readAgain.push(range);
      }
    },
    afterCommit: ({ container, operation, body }, { status }) => {
      if (container !== "__migrations" || operation !== "batch" || status !== 200) return;
      const operations: unknown = JSON.parse(body);
      for (const { resourceBody } of Array.isArray(operations) ? operations.filter(isJsonObject) : []) {
        if (!isJsonObject(resourceBody) || resourceBody["type"] !== "checkpoint") continue;
        if (resourceBody["done"] === true) finished.add(String(resourceBody["rangeId"]));
      }
    },
  };
}

Deno.test("a pass that is killed ten times in a row ends like one that is not, and reads no finished range again", async () => {
  const kills = 10;
  await using database = await start(4_000, { partitions: 8, latencyMs: 5 });
  const { emulator } = database;
  const environment = {
    CosmosDb__ConnectionString: emulator.connectionString,
    CosmosDb__DatabaseName: "shop",
    COSMIG_REQUEST_TIMEOUT: "500ms",
    COSMIG_SETTLE: "500ms",
    COSMIG_CONCURRENCY: "2",
    COSMIG_PAGE_SIZE: "20",
    COSMIG_MAX_ATTEMPTS: "50",
  };
  const run = () =>
    startTool(["up", "--init"], { env: environment, main: "tests/scenario/_counting_main.ts" });
  const random = randomStream(7);
  const ranges = watchRanges();
  emulator.onRequest(ranges);

  for (let kill = 1; kill <= kills; kill++) {
    const tool = run();
    let left = 10 + Math.floor(random() * 40);
    const stop = emulator.onRequest({
      before: ({ container }) => {
        if (container === "Counters" && --left === 0) tool.child.kill("SIGKILL");
      },
    });
    const { signal, stderr } = await tool.ended;
    stop();
    assert.equal(signal, "SIGKILL", `run ${kill} ended by itself: ${stderr}`);
    emulator.store.advanceClock(60_000);
  }
  const finishedBefore = ranges.finished.size;
  const { code, stderr } = await run().ended;

  assert.equal(code, 0, stderr);
  assert.ok(finishedBefore >= 1, "no range was finished before the last run");
  assert.deepEqual(ranges.readAgain, []);
  assert.ok(database.documents("Counters").every(({ version }) => version === 2));
});

Deno.test("a pass goes on where a range splits, and where its child splits again", async () => {
  await using database = await start(2_000, { partitions: 2 });
  const { emulator } = database;
  const split = async (range: string) => {
    const response = await fetch(new URL("/_emulator/split", emulator.endpoint), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ container: "Counters", range }),
    });
    assert.equal(response.status, 200, await response.text());
  };
  let bulks = 0;
  let written = 0;
  let gone = 0;
  emulator.onRequest({
    before: async ({ container, operation }) => {
      if (container !== "Counters" || operation !== "bulk") return;
      const [first] = emulator.store.ranges("Counters");
      if (++bulks === 3 || bulks === 9) await split(first?.id ?? "");
    },
    afterCommit: ({ container, operation }, { status, text }) => {
      if (container !== "Counters") return;
      if (status === 410) gone++;
      if (operation === "bulk" && status < 300) {
        written += statusesOf(text).filter((one) => one < 300).length;
      }
    },
  });

  await database.up(COUNT, { settings: SETTINGS });

  assert.equal(emulator.store.ranges("Counters").length, 4);
  assert.ok(gone >= 2, `${gone} answers said that a range is gone`);
  assert.equal(written, 2_000, "each document is written once");
  assert.ok(database.documents("Counters").every(({ version }) => version === 2));
});

Deno.test("a pass ends the same when 30 % of all answers are 429, 449, 503 or lost", async () => {
  await using database = await start(1_500, { partitions: 4 });
  const random = randomStream(3);
  const faults = [
    { kind: "answer", status: 429, retryAfterMs: 5 },
    { kind: "answer", status: 449, retryAfterMs: 5 },
    { kind: "answer", status: 503, retryAfterMs: 5 },
    { kind: "drop", moment: "before-commit" },
    { kind: "drop", moment: "after-commit" },
  ] as const;
  const met = new Set<unknown>();
  let all = 0;
  let failed = 0;
  database.emulator.onRequest({
    before: ({ container }) => {
      // From the first page on; what a lease goes through before it is held has its own tests.
      if (all === 0 && container !== "Counters") return;
      all++;
      if (random() >= 0.3) return;
      failed++;
      const fault = faults[Math.floor(random() * faults.length)];
      met.add(fault);
      return fault;
    },
  });

  await database.up(COUNT, { settings: SETTINGS, patienceMs: 60_000 });

  assert.equal(met.size, faults.length);
  assert.ok(failed / all > 0.2, `only ${failed} of ${all} requests failed`);
  const documents = database.documents("Counters");
  assert.equal(documents.length, 1_500);
  assert.ok(documents.every(({ version }) => version === 2));
});
