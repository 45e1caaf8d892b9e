/** Why a transform has to converge, and that one which does not is refused. */
import assert from "node:assert/strict";
import { defineMigration, transformDocuments } from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";
import { startTool } from "../support/tool_process.ts";

interface Priced {
  id: string;
  price: number;
}

const PRICES = Array.from({ length: 200 }, (_, index) => ({ id: `p${index}`, price: 1 }));
const double = ({ id, price }: Priced): Priced => ({ id, price: price * 2 });

function startDatabase(): Promise<EmbeddedDatabase> {
  return EmbeddedDatabase.start({ Prices: { partitionKey: "/id", documents: PRICES } }, { partitions: 2 });
}

function pricesOf(database: EmbeddedDatabase): unknown[] {
  return database.documents("Prices").map(({ price }) => price);
}

Deno.test("up refuses a transform that says nothing of when a document is finished", async () => {
  await using database = await startDatabase();
  const migration = defineMigration({
    description: "Double",
    up: [transformDocuments({ container: "Prices", transform: double })],
  });
  await assert.rejects(() => database.up(registryOf(migration)), {
    code: "operation-refused",
    message: /nothing tells which are transformed/,
  });
  assert.ok(pricesOf(database).every((price) => price === 1));
});

Deno.test("up stops at the first document whose result still matches `where`, before anything of its page is written", async () => {
  await using database = await startDatabase();
  const migration = defineMigration({
    description: "Double",
    up: [transformDocuments({ container: "Prices", where: "c.price > 0", transform: double })],
  });
  await assert.rejects(() => database.up(registryOf(migration)), {
    code: "migration-failed",
    message: /its result still meets `c.price > 0`/,
  });
  assert.ok(pricesOf(database).every((price) => price === 1));
});

Deno.test("a transform that does not converge changes documents twice when it is killed and resumed without the check", async () => {
  await using database = await startDatabase();
  const { emulator } = database;
  const env = {
    CosmosDb__ConnectionString: emulator.connectionString,
    CosmosDb__DatabaseName: "shop",
    COSMIG_REQUEST_TIMEOUT: "1s",
    COSMIG_SETTLE: "1s",
    // Small bites, so that the kill finds work that is not begun.
    COSMIG_CONCURRENCY: "1",
    COSMIG_PAGE_SIZE: "20",
  };
  const main = "tests/scenario/_doubling_main.ts";
  const killed = startTool(["up", "--init"], { env, main });
  emulator.onRequest({
    afterCommit: async (request) => {
      if (request.container !== "Prices" || request.operation !== "bulk" || killed.child.killed) return;
      killed.child.kill("SIGKILL");
      await killed.ended;
      return { kind: "drop", moment: "after-commit" };
    },
  });
  assert.equal((await killed.ended).signal, "SIGKILL");
  emulator.store.advanceClock(40_000);
  const resumed = await startTool(["up", "--init"], { env, main }).ended;
  assert.equal(resumed.code, 0, resumed.stderr);

  const counts = Map.groupBy(pricesOf(database), (price) => price);
  assert.deepEqual([...counts.keys()].sort(), [2, 4], "some documents were doubled twice, the others once");
});
