/** `ctx.once` of `run`, in whole runs. */
import assert from "node:assert/strict";
import { defineMigration, run } from "../../lib/mod.ts";
import { leaseTimings } from "../../lib/lock/timings.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

Deno.test("once() is recorded: a run that is resumed gets the result and does not repeat what it stands for", async () => {
  await using database = await EmbeddedDatabase.start({ Users: { partitionKey: "/id", documents: [] } });
  const calls: string[] = [];
  const results: unknown[] = [];
  let fails = true;
  const registry = registryOf(defineMigration({
    description: "Three parts, of which the second fails once",
    up: [
      run({
        name: "parts",
        describe: "Three parts",
        execute: async ({ once }) => {
          results.push(
            await once("first", () => Promise.resolve(calls.push("first")).then(() => ({ n: 1 }))),
          );
          if (fails) throw new Error("not yet");
          results.push(await once("second", () => Promise.resolve(void calls.push("second"))));
        },
        undo: async ({ once }) => {
          await once("first", () => Promise.resolve(void calls.push("undo")));
        },
      }),
    ],
  }));
  await assert.rejects(database.up(registry), /not yet/);
  fails = false;
  await database.up(registry);
  assert.deepEqual(calls, ["first", "second"]);
  assert.deepEqual(results.slice(0, 2), [{ n: 1 }, { n: 1 }]);
  await database.rollback(registry);
  assert.deepEqual(calls, ["first", "second", "undo"], "the way back has names of its own");
  await database.up(registry);
  assert.deepEqual(calls, ["first", "second", "undo", "first", "second"], "a new cycle begins anew");
});

Deno.test("once() repeats only what a crash kept from being recorded, whichever request the process died after", async () => {
  for (let at = 1;; at++) {
    await using database = await EmbeddedDatabase.start({ Users: { partitionKey: "/id", documents: [] } });
    const calls: string[] = [];
    let dead = false;
    let writes = 0;
    const stop = database.emulator.onRequest({
      before: () => dead ? { kind: "answer", status: 403 } : undefined,
      afterCommit: ({ operation, container }) => {
        if (container !== "__migrations" || operation !== "batch") return;
        dead ||= ++writes === at;
      },
    });
    const registry = registryOf(defineMigration({
      description: "Three parts",
      up: [
        run({
          name: "parts",
          describe: "Three parts",
          execute: async ({ once }) => {
            for (const name of ["a", "b", "c"]) {
              await once(name, () => Promise.resolve(void calls.push(name)));
            }
          },
        }),
      ],
    }));
    const failed = await database.up(registry).then(() => false, () => true);
    stop();
    if (!failed) break;
    const before = [...calls];
    database.emulator.store.advanceClock(60_000);
    const timings = leaseTimings({ durationMs: 1_500, requestTimeoutMs: 200, settleMs: 200 });
    await database.up(registry, { timings });
    const repeated = calls.filter((name, index) => calls.indexOf(name) !== index);
    assert.deepEqual([...new Set(calls)], ["a", "b", "c"], `died after write ${at}`);
    assert.ok(
      repeated.length <= 1 && (repeated[0] === undefined || repeated[0] === before.at(-1)),
      calls.join(),
    );
  }
});
