/** Two processes find nothing yet: one begins, and finishes, while the other still looks. */
import assert from "node:assert/strict";
import { createContainer, defineMigration, deleteContainer, seedDocuments } from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

/** What one process does here stands in the way of another that takes it for the work of strangers. */
const REGISTRY = registryOf(
  defineMigration({
    description: "Create and fill",
    up: [
      createContainer({ container: "Users", partitionKey: "/id" }),
      seedDocuments({ container: "Users", documents: [{ id: "1" }] }),
    ],
  }),
  defineMigration({ description: "Drop", up: [deleteContainer({ container: "Old" })] }),
);

async function start(): Promise<EmbeddedDatabase> {
  return await EmbeddedDatabase.start({ Old: { partitionKey: "/id", documents: [] } });
}

const OPTIONS = { init: false, allowDestructive: true };

Deno.test("up of two processes that find nothing yet ends well for both, whenever the other one begins and finishes", async () => {
  for (let moment = 1;; moment++) {
    await using database = await start();
    let requests = 0;
    let began = false;
    const stop = database.emulator.onRequest({
      before: async () => {
        // From when there is a lease, the other one waits for it.
        if (began || database.ledger().has("lease") || ++requests < moment) return;
        began = true;
        await database.up(REGISTRY, OPTIONS);
      },
    });
    const { finished } = await database.up(REGISTRY, OPTIONS);
    stop();
    const records = [...database.ledger().values()].filter(({ type }) => type === "migration");
    assert.deepEqual(records.map(({ status }) => status), ["applied", "applied"], `before request ${moment}`);
    assert.deepEqual(database.documents("Users"), [{ id: "1" }]);
    if (!began) {
      assert.equal(finished.length, 2);
      assert.ok(moment > 10, `there were only ${moment} moments`);
      return;
    }
    assert.deepEqual(finished, [], `before request ${moment}`);
  }
});
