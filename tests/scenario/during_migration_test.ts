/** `setThroughput({ during: "migration" })` in whole runs: set back in the end, whatever happens. */
import assert from "node:assert/strict";
import { addField, defineMigration, run, setThroughput } from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

const ORDERS = { partitionKey: "/id", throughput: 600, documents: [{ id: "1" }, { id: "2" }] } as const;
const raise = setThroughput({ container: "Orders", throughput: { ruPerSecond: 5_000 }, during: "migration" });

/** The throughput as the requests that set it left it. */
function watch(database: EmbeddedDatabase): { current: number; readonly seen: number[] } {
  const watched = { current: 600, seen: [] as number[] };
  database.emulator.onRequest({
    afterCommit: ({ resource, operation, body }, { status }) => {
      if (resource !== "offer" || operation !== "replace" || status !== 200) return;
      watched.current = JSON.parse(body).content.offerThroughput;
      watched.seen.push(watched.current);
    },
  });
  return watched;
}

Deno.test("setThroughput during a migration is set back when the migration is applied, and a rollback leaves it", async () => {
  await using database = await EmbeddedDatabase.start({ Orders: ORDERS });
  const throughput = watch(database);
  const during: number[] = [];
  const registry = registryOf(defineMigration({
    description: "Orders have a currency",
    up: [
      raise,
      addField({ container: "Orders", field: "/currency", value: "EUR" }),
      run({
        name: "look",
        describe: "Look at the throughput",
        execute: () => void during.push(throughput.current),
        undo: () => {},
      }),
    ],
  }));
  await database.up(registry);
  assert.deepEqual(during, [5_000]);
  assert.deepEqual(throughput.seen, [5_000, 600]);
  await database.rollback(registry);
  assert.equal(throughput.current, 600);
});

Deno.test("setThroughput during a migration is set back when it fails, and raised again by the next attempt", async () => {
  await using database = await EmbeddedDatabase.start({ Orders: ORDERS });
  const throughput = watch(database);
  let fails = true;
  const registry = registryOf(defineMigration({
    description: "Fails once",
    up: [
      raise,
      run({
        name: "fail",
        describe: "Fail once",
        execute: () => {
          if (fails) throw new Error("not yet");
        },
      }),
    ],
  }));
  await assert.rejects(database.up(registry), /not yet/);
  assert.equal(throughput.current, 600);
  fails = false;
  await database.up(registry);
  assert.deepEqual(throughput.seen, [5_000, 600, 5_000, 600]);
});

Deno.test("setThroughput during a migration is set back by the run that resumes after a crash, or by a rollback", async () => {
  for (const way of ["up", "rollback"] as const) {
    await using database = await EmbeddedDatabase.start({ Orders: ORDERS });
    const throughput = watch(database);
    let dead = false;
    const stop = database.emulator.onRequest({
      before: () => dead ? { kind: "answer", status: 403 } : undefined,
      afterCommit: ({ operation, container }) => {
        if (operation === "bulk" && container === "Orders") dead = true;
      },
    });
    const registry = registryOf(defineMigration({
      description: "Orders have a currency",
      up: [raise, addField({ container: "Orders", field: "/currency", value: "EUR" })],
    }));
    await assert.rejects(database.up(registry));
    assert.equal(throughput.current, 5_000);
    stop();
    database.emulator.store.advanceClock(60_000);
    const timings = {
      timings: (await import("../../lib/lock/timings.ts")).leaseTimings({
        durationMs: 1_500,
        requestTimeoutMs: 200,
        settleMs: 200,
      }),
    };
    await database[way](registry, timings);
    assert.equal(throughput.current, 600, way);
  }
});
