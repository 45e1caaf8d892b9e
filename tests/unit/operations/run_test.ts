import assert from "node:assert/strict";
import { run, type RunOperation } from "../../../lib/definition/run.ts";
import { runHandler } from "../../../lib/operations/run.ts";
import { MemoryDatabase, StepMemory } from "./_memory_database.ts";

const base = { name: "warm the cache", describe: "Read every tenant once" };

Deno.test("run gets the database, a log and once(), which keeps its result", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  let calls = 0;
  const results: unknown[] = [];
  const operation = run({
    ...base,
    execute: async ({ database, log, once }) => {
      results.push(await once("count", () => Promise.resolve(++calls)));
      log(`in ${database.id}`);
    },
  });
  await runHandler.apply(operation, memory.context());
  await runHandler.apply(operation, memory.context());
  assert.deepEqual(results, [1, 1]);
  assert.deepEqual(memory.logged, ["in shop", "in shop"]);
});

Deno.test("run passes on what its code throws, also at once", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  const operation = run({
    ...base,
    execute: () => {
      throw new RangeError("no");
    },
  });
  await assert.rejects(runHandler.apply(operation, memory.context()), RangeError);
});

Deno.test("run ends with the signal's reason, although its code does not listen to it", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  const controller = new AbortController();
  const operation = run({ ...base, execute: () => new Promise(() => {}) });
  const applied = runHandler.apply(operation, memory.context({ signal: controller.signal }));
  controller.abort(new Error("drained"));
  await assert.rejects(applied, /drained/);
});

Deno.test("run is undone by its undo", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  const ran: string[] = [];
  const operation = run({ ...base, execute: () => void ran.push("up"), undo: () => void ran.push("down") });
  await runHandler.apply(operation, memory.context());
  await runHandler.apply(operation.invert() as RunOperation, memory.context({ direction: "down" }));
  assert.deepEqual(ran, ["up", "down"]);
});
