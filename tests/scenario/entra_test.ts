/** What Microsoft Entra ID cannot do on the data plane: an answer that stays the same however often it is asked for. */
import assert from "node:assert/strict";
import { CosmosError } from "../../lib/base/errors.ts";
import { exitCodeOf } from "../../lib/base/exit_code.ts";
import { defineMigration, setDefaultTtl } from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

Deno.test("up fails, and counts the attempt, when an operation needs what no token can do", async () => {
  await using database = await EmbeddedDatabase.start({ Users: { partitionKey: "/id", documents: [] } });
  let asked = 0;
  database.emulator.onRequest({
    before: ({ resource, method }) => {
      if (resource !== "container" || method !== "PUT") return;
      asked++;
      return { kind: "answer", status: 403, substatus: 5300 };
    },
  });
  const registry = registryOf(
    defineMigration({ description: "TTL", up: [setDefaultTtl({ container: "Users", seconds: 60 })] }),
  );
  await assert.rejects(database.up(registry), (error: Error) => {
    assert.equal(exitCodeOf(error), 1);
    assert.ok(error.cause instanceof CosmosError);
    assert.match(error.cause.hint ?? "", /az cosmosdb sql container .* --database-name shop --name Users/);
    return true;
  });
  assert.equal(asked, 1, "it is not asked for again and again");
  const record = database.ledger().get("migration:20240101_000001");
  assert.deepEqual([record?.["status"], record?.["attempts"]], ["failed", 1]);
});
