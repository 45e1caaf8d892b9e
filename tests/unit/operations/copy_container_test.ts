/** copyContainer on the embedded database, beside an application that goes on writing. */
import assert from "node:assert/strict";
import { CosmigError, TemporaryError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import type {
  CosmosConnection,
  DocumentWrite,
  PartitionKeyRange,
  StoredDocument,
} from "../../../lib/cosmos/port.ts";
import { copyContainer } from "../../../lib/definition/copy_container.ts";
import { Crash, EmbeddedSteps } from "../../support/embedded_steps.ts";

const COPY = copyContainer({ from: "Orders", to: "ByRegion", follow: "change-feed" });
const REGIONS = ["eu", "us", "asia"];
const ORDERS: readonly JsonObject[] = Array.from({ length: 300 }, (_, n) => ({
  id: `o${n}`,
  customer: `c${n % 11}`,
  region: REGIONS[n % 3] ?? "",
  n,
}));

function start(
  documents: readonly JsonObject[] = ORDERS,
  target: readonly JsonObject[] = [],
): Promise<EmbeddedSteps> {
  return EmbeddedSteps.start({
    Orders: { partitionKey: "/customer", documents: [...documents] },
    ByRegion: { partitionKey: "/region", documents: [...target] },
  });
}

function sorted(documents: readonly JsonObject[]): string[] {
  return documents.map((document) => JSON.stringify(Object.entries(document).sort())).sort();
}

function assertSame(steps: EmbeddedSteps, message?: string): void {
  assert.deepEqual(sorted(steps.documents("ByRegion")), sorted(steps.documents("Orders")), message);
}

/** A clock on which every pause is over at once, and counts for several. */
function hurriedClock(factor = 1) {
  let aheadMs = 0;
  return {
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    wallMs: () => systemClock.wallMs() + aheadMs,
    schedule: (callback: () => void, delayMs: number) =>
      systemClock.schedule(() => {
        aheadMs += factor * delayMs;
        callback();
      }, 0),
  };
}

type Action = "create" | "update" | "move" | "delete" | "recreate";
const ACTIONS: readonly Action[] = ["create", "update", "move", "delete", "recreate"];

/** An application that creates, updates (also to another region), deletes, and deletes and creates again, over HTTP; one action a call. */
class Application {
  readonly actions: Record<Action, number> = { create: 0, update: 0, move: 0, delete: 0, recreate: 0 };
  readonly #steps: EmbeddedSteps;
  readonly #connection: CosmosConnection;
  #state: number;
  #counter = 0;
  #last: Promise<void> = Promise.resolve();
  #ranges: Promise<readonly PartitionKeyRange[]> | undefined;

  constructor(steps: EmbeddedSteps, connection: CosmosConnection, seed: number) {
    this.#steps = steps;
    this.#connection = connection;
    this.#state = seed;
  }

  /** One action after the other, however many requests of the copy are on their way. */
  act(): Promise<void> {
    this.#last = this.#last.then(() => this.#act());
    return this.#last;
  }

  async #act(): Promise<void> {
    const documents = this.#steps.emulator.store.documents("Orders") as readonly StoredDocument[];
    const chosen = documents[this.#random(documents.length)];
    const number = ++this.#counter;
    const action = chosen === undefined ? "create" : ACTIONS[this.#random(ACTIONS.length)]!;
    this.actions[action]++;
    if (action === "create" || chosen === undefined) {
      await this.#put({ id: `n${number}`, customer: `c${number % 11}`, region: "eu", number });
    } else {
      const { id, customer, region } = chosen;
      const isGone = action === "delete" || action === "recreate";
      if (isGone) await this.#delete(chosen);
      const next = action === "update" ? region : REGIONS[this.#random(3)] ?? "";
      if (action !== "delete") await this.#put({ id, customer, region: next, number } as JsonObject, isGone);
    }
    // A sign of life that a change feed shows; without it a delete in the very last look could not be seen.
    this.#steps.emulator.store.insert("Orders", [
      { id: "heartbeat", customer: "c0", region: "eu", number },
    ]);
  }

  /** Creates a document, or replaces it as it is. */
  async #put(document: JsonObject & { readonly id?: unknown }, isGone = false): Promise<void> {
    const id = String(document["id"]);
    const found = isGone ? undefined : this.#steps.emulator.store.document("Orders", id);
    const partitionKey = [String(document["customer"])];
    await this.#write(
      partitionKey,
      found === undefined
        ? { kind: "create", document, partitionKey }
        : { kind: "replace", id, document, partitionKey, ifMatch: String(found["_etag"]) },
    );
  }

  async #delete({ id, customer, _etag }: StoredDocument): Promise<void> {
    const partitionKey = [String(customer)];
    await this.#write(partitionKey, { kind: "delete", id, partitionKey, ifMatch: _etag });
  }

  async #write(partitionKey: readonly string[], write: DocumentWrite): Promise<void> {
    const container = this.#connection.database.container("Orders");
    const range = await container.rangeOf(partitionKey, await (this.#ranges ??= container.ranges()));
    const [result] = await container.write(range, [write]);
    assert.ok(result !== undefined && result.status >= 200 && result.status < 300, JSON.stringify(result));
  }

  #random(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }
}

Deno.test("copyContainer copies to another partition key, and the second time there is nothing to do", async () => {
  await using steps = await start();
  assert.equal((await steps.estimate(COPY)).documents, ORDERS.length);
  assert.deepEqual(steps.documents("ByRegion"), []);
  const memory = steps.memory();
  assert.equal((await steps.apply(COPY, { memory })).documents.changed, ORDERS.length);
  assertSame(steps);
  assert.equal((await steps.apply(COPY, { memory })).documents.changed, 0);
  assertSame(steps);
});

Deno.test("copyContainer follows an application that creates, updates, moves and deletes, and loses and resurrects nothing", async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    await using steps = await start();
    const connection = await steps.connectAsApplication();
    const application = new Application(steps, connection, seed);
    let actions = 0;
    steps.beforeEffect = async () => {
      if (actions++ < 60) await application.act();
    };
    await steps.apply(COPY, { memory: steps.memory(), overrides: { clock: hurriedClock() } });
    connection.close();
    assert.ok(actions > 60, "the copy ended while the application was writing");
    for (const [action, count] of Object.entries(application.actions)) assert.ok(count > 4, action);
    assertSame(steps, `seed ${seed}`);
  }
});

Deno.test("copyContainer resumes after a crash at any request, with an application that writes all the time", async () => {
  let crashes = 0;
  for (let at = 1;; at += 4) {
    await using steps = await start(ORDERS.slice(0, 120));
    const connection = await steps.connectAsApplication();
    const application = new Application(steps, connection, at);
    let actions = 0;
    steps.beforeEffect = async () => {
      if (actions++ < 25) await application.act();
    };
    const memory = steps.memory();
    const run = await steps.run(COPY, {
      memory,
      disturbance: { kind: "dies", at },
      overrides: { clock: hurriedClock() },
    });
    if (run.outcome === undefined) {
      assert.ok(run.error instanceof Crash, String(run.error));
      crashes++;
      for (let more = 0; more < 5; more++) await application.act();
      await steps.apply(COPY, { memory, overrides: { clock: hurriedClock() } });
    }
    connection.close();
    assertSame(steps, `killed after request ${at}`);
    if (run.outcome !== undefined) break;
  }
  assert.ok(crashes > 10, `${crashes}`);
});

Deno.test("copyContainer ends with an error that says so when the application never stops, and goes on from there", async () => {
  await using steps = await start();
  let writes = true;
  let number = 0;
  steps.beforeEffect = () => {
    if (!writes) return;
    steps.emulator.store.insert("Orders", [{
      id: `w${number % 9}`,
      customer: "c0",
      region: "eu",
      number: number++,
    }]);
  };
  const memory = steps.memory();
  const { error } = await steps.run(COPY, { memory, overrides: { clock: hurriedClock(100) } });
  assert.ok(error instanceof TemporaryError, String(error));
  assert.match(error.message, /"Orders" to "ByRegion" as something goes on writing to "Orders"/);
  assert.match(error.hint ?? "", /run the same command again, which goes on from here/);

  writes = false;
  let reads = 0;
  steps.onEffect = ({ operation, container }) => {
    if (container === "Orders" && operation === "query") reads++;
  };
  await steps.apply(COPY, { memory });
  assertSame(steps);
  assert.ok(
    reads <= 2 * steps.emulator.store.ranges("Orders").length,
    `${reads} pages: nothing is copied anew`,
  );
});

Deno.test("copyContainer stops when it is asked to, while an application writes all the time", async () => {
  await using steps = await start();
  const connection = await steps.connectAsApplication();
  const application = new Application(steps, connection, 8);
  const stop = new AbortController();
  steps.beforeEffect = async () => {
    await application.act();
    if (steps.logged.some((line) => line.includes("has caught up"))) stop.abort(new Error("enough"));
  };
  const { error } = await steps.run(COPY, { memory: steps.memory(), overrides: { signal: stop.signal } });
  connection.close();
  assert.equal((error as Error).message, "enough");
});

Deno.test("copyContainer follows ranges that split on the way", async () => {
  await using steps = await start();
  let requests = 0;
  steps.onEffect = () => {
    requests++;
    if (requests === 12) steps.emulator.store.split("Orders", "0");
    if (requests === 14) steps.emulator.store.split("ByRegion", "1");
    if (requests === 16) {
      const [first] = steps.emulator.store.ranges("Orders");
      steps.emulator.store.split("Orders", first?.id ?? "");
      steps.emulator.store.insert("Orders", [{ id: "late", customer: "c5", region: "us" }]);
    }
  };
  await steps.up(COPY);
  assert.ok(requests > 16);
  assertSame(steps);
  assert.equal(steps.documents("ByRegion").length, 301);
});

Deno.test("copyContainer refuses a target that holds documents, since it would delete them", async () => {
  await using steps = await start(ORDERS, [{ id: "mine", region: "eu" }]);
  await assert.rejects(
    steps.up(COPY),
    (error) =>
      error instanceof CosmigError &&
      /"Orders" to "ByRegion" as that one has to be empty/.test(error.message) &&
      /copyDocuments/.test(error.hint ?? ""),
  );
  assert.deepEqual(steps.documents("ByRegion"), [{ id: "mine", region: "eu" }]);
});
