/**
 * `up` of a rebuild of 2 000 documents, killed and paused, while a watcher checks that all documents are in full in at least one container. With real processes
 * and 20 000 documents: `deno task chaos --rebuild`.
 */
import assert from "node:assert/strict";
import process from "node:process";
import type { JsonObject } from "../../lib/base/json.ts";
import type { ObservedRequest } from "../../lib/emulator/mod.ts";
import { leaseTimings } from "../../lib/lock/timings.ts";
import { addField, defineMigration, rebuildContainer } from "../../lib/mod.ts";
import { randomStream } from "../../lib/emulator/random.ts";
import { Crash, type Disturbance } from "../support/doomed_process.ts";
import { EmbeddedDatabase, type ProcessOptions, registryOf } from "../support/embedded_database.ts";

const COUNT = Number(process.env["COSMIG_REBUILD_DOCUMENTS"] ?? 2_000);
const KILLS = 50;
const CONSENT = { allowOffline: true } as const;
const LEDGER = "__migrations";
const ID = "migration:20240101_000001";

const ORDERS: readonly JsonObject[] = Array.from({ length: COUNT }, (_, n) => ({
  id: `order-${n}`,
  customer: `c${n % 13}`,
  number: `2024-${n}`,
  total: n / 4,
}));
const REGISTRY = registryOf(
  defineMigration({
    description: "Order numbers are unique",
    up: [rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] })],
  }),
  defineMigration({
    description: "Orders say so",
    up: [addField({ container: "Orders", field: "/checked", value: true })],
  }),
);

/** A database with a watcher: nothing but the drop of a container, a delete or an overwrite can take a document away. */
async function start(): Promise<EmbeddedDatabase & { readonly violations: string[] }> {
  const database = await EmbeddedDatabase.start(
    { Orders: { partitionKey: "/customer", documents: [...ORDERS] } },
    { partitions: 2 },
  );
  const violations: string[] = [];
  const { emulator } = database;
  const isComplete = (container: string) => {
    const found = new Map(database.documents(container).map((document) => [document["id"], document]));
    return ORDERS.every((order) => {
      const { checked: _, ...rest } = found.get(order["id"]) ?? {};
      return JSON.stringify(rest) === JSON.stringify(order);
    });
  };
  emulator.onRequest({
    afterCommit: ({ resource, operation, body, container, n }) => {
      const takesAway = resource === "container" && operation === "delete" ||
        operation === "bulk" && container !== "Orders" && !/^\[(\{"operationType":"Create")/.test(body);
      if (!takesAway || emulator.store.containers().some(isComplete)) return;
      violations.push(`no container holds all documents after request ${n}`);
    },
  });
  return Object.assign(database, { violations });
}

/** Starts processes until one comes to its end, as a Job does: what is temporary is tried again. */
async function upToTheEnd(database: EmbeddedDatabase, options: ProcessOptions = {}): Promise<void> {
  for (let attempts = 1;; attempts++) {
    try {
      return void await database.up(REGISTRY, { ...CONSENT, ...options });
    } catch (error) {
      const code = Object(error).code;
      if (attempts === 5 || !(code === "temporary" || code === "lease-lost")) throw error;
    }
  }
}

function assertRebuilt(
  database: EmbeddedDatabase & { readonly violations: string[] },
  message: string,
): void {
  const { store } = database.emulator;
  assert.deepEqual(database.violations, [], message);
  assert.deepEqual([...store.containers()].sort(), ["Orders", LEDGER], message);
  assert.deepEqual(store.settings("Orders")["uniqueKeyPolicy"], { uniqueKeys: [{ paths: ["/number"] }] });
  const expected = new Map(ORDERS.map((order) => [order["id"], order]));
  const found = database.documents("Orders");
  assert.equal(found.length, COUNT, message);
  for (const document of found) {
    assert.deepEqual(document, { ...expected.get(document["id"]), checked: true }, message);
  }
  const ledger = database.ledger();
  assert.equal(ledger.get(ID)?.["status"], "applied", message);
  assert.deepEqual([...ledger.keys()].filter((id) => id.startsWith("checkpoint")), [], message);
}

/** The requests of an undisturbed run. */
async function undisturbed(): Promise<readonly ObservedRequest[]> {
  await using database = await start();
  const requests: ObservedRequest[] = [];
  const at = (request: ObservedRequest) => requests.push(request) < 0;
  await database.up(REGISTRY, { ...CONSENT, disturbance: { kind: "dies", at } });
  assertRebuilt(database, "undisturbed");
  return requests;
}

async function killed(disturbance: Disturbance, message: string): Promise<boolean> {
  await using database = await start();
  const death = await database.up(REGISTRY, { ...CONSENT, disturbance }).then(
    () => undefined,
    (error) => {
      if (!(error instanceof Crash)) throw error;
      return error;
    },
  );
  if (death !== undefined) {
    await database.bury();
    await upToTheEnd(database);
  }
  assertRebuilt(database, message);
  return death !== undefined;
}

/** The state of the rebuild that a write to the ledger notes. */
function stateIn({ container, body }: ObservedRequest): string | undefined {
  return container === LEDGER ? /"captured":\{"state":"([a-z-]+)"/.exec(body)?.[1] : undefined;
}

Deno.test("up resumes a rebuild that was killed at any boundary of its states, on either side of the note", async () => {
  const states = new Set((await undisturbed()).map(stateIn).filter((state) => state !== undefined));
  assert.deepEqual([...states], [
    "create-shadow",
    "copy",
    "drop-original",
    "create-new",
    "copy-back",
    "drop-shadow",
    "done",
  ]);
  for (const state of states) {
    for (const kind of ["dies-before", "dies"] as const) {
      const isNoted = await killed(
        { kind, at: (request) => stateIn(request) === state },
        `${kind} ${state} is noted`,
      );
      assert.ok(isNoted, state);
    }
  }
});

Deno.test(`up resumes a rebuild that was killed at ${KILLS} random requests`, async () => {
  const total = (await undisturbed()).length;
  assert.ok(total > 100, `${total} requests show nothing`);
  const seed = Math.floor(Math.random() * 1e9);
  const random = randomStream(seed);
  let kills = 0;
  for (let index = 0; index < KILLS; index++) {
    const at = 1 + Math.floor(random() * total);
    if (await killed({ kind: "dies", at }, `seed ${seed}: killed after request ${at}`)) kills++;
  }
  assert.ok(kills >= KILLS - 5, `only ${kills} processes were killed`);
});

Deno.test("up of a rebuild is not harmed by the late requests of a paused process, of which the lease was taken over", async () => {
  const requests = await undisturbed();
  const changes = requests.map(({ method, operation }, index) =>
    method === "GET" || operation === "query" ? 0 : index + 1
  );
  const decisive = requests.map(({ resource, method }, index) =>
    resource === "container" && method !== "GET" ? index + 1 : 0
  );
  const all = changes.filter((at) => at > 0);
  const sample = all.filter((_, index) => index % Math.ceil(all.length / 8) === 0);
  const points = [...new Set([...sample, ...decisive.filter((at) => at > 0)])];
  assert.ok(points.length >= 8, `${points.length} show nothing`);

  // Most of the time they wait for a lease to run out.
  const timings = leaseTimings({ durationMs: 4_000, requestTimeoutMs: 1_000, settleMs: 1_000 });
  const pause = async (at: number) => {
    await using database = await start();
    const death = await database.up(REGISTRY, { ...CONSENT, timings, disturbance: { kind: "paused", at } })
      .then(() => undefined, (error) => error);
    assert.ok(death instanceof Crash, `request ${at}: ${death}`);
    let effects = 0;
    let delivered: Promise<void> | undefined;
    const release = (request: ObservedRequest) => {
      // In the middle of what its successor does.
      if (request.container === "Orders" && ++effects === 25) delivered = death.release();
      return false;
    };
    await upToTheEnd(database, { timings, disturbance: { kind: "dies", at: release } });
    await (delivered ?? death.release());
    // What creates the second container has no condition: later than settling covers, it leaves an empty one.
    if (requests[at - 1]?.operation === "create" && requests[at - 1]?.body.includes("cosmig-rebuild")) {
      for (const container of database.emulator.store.containers()) {
        if (!container.startsWith("cosmig-rebuild") || database.documents(container).length > 0) continue;
        database.emulator.store.deleteContainer(container);
      }
    }
    assertRebuilt(database, `request ${at} of ${requests.length} arrived late`);
  };
  const queue = [...points];
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) await pause(at);
  }));
});
