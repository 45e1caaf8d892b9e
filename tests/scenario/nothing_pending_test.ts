import assert from "node:assert/strict";
import { defineMigration, run } from "../../lib/mod.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import { EmbeddedDatabase } from "../support/embedded_database.ts";

function many(count: number): RegistryEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `20240101_${String(index + 1).padStart(6, "0")}`;
    const migration = defineMigration({
      description: `Step ${index}`,
      up: [run({ name: `step ${index}`, describe: "Nothing", execute: () => Promise.resolve() })],
    });
    return { id, name: `step_${index}`, checksum: `v1:${id}`, migration };
  });
}

/** Requests, request units and writes that `work` costs. */
async function costOf(database: EmbeddedDatabase, work: () => Promise<unknown>) {
  const [requests, charge] = [database.emulator.requests.count, database.emulator.totalCharge];
  const before = JSON.stringify(database.emulator.store.snapshot());
  await work();
  return {
    requests: database.emulator.requests.count - requests,
    charge: database.emulator.totalCharge - charge,
    wrote: JSON.stringify(database.emulator.store.snapshot()) !== before,
  };
}

for (const count of [4, 1_000]) {
  Deno.test(`up with nothing pending costs two requests and 2 RU after ${count} migrations, also for an older image`, async () => {
    await using database = await EmbeddedDatabase.start({ Users: { partitionKey: "/id", documents: [] } });
    const registry = many(count);
    assert.equal((await database.up(registry)).finished.length, count);

    for (const [image, length] of [["level", count], ["older", count - 3]] as const) {
      const cost = await costOf(database, async () => {
        assert.deepEqual((await database.up(registry.slice(0, length))).finished, []);
      });
      assert.ok(cost.requests <= 2, `${image}: ${cost.requests} requests`);
      assert.ok(cost.charge <= 2, `${image}: ${cost.charge} RU`);
      assert.equal(cost.wrote, false, image);
    }
  });
}
