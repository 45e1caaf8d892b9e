/** Two processes find nothing yet, and one begins while the other still looks. */
import assert from "node:assert/strict";
import { createContainer, defineMigration, deleteContainer, seedDocuments } from "../../lib/mod.ts";
import type { RunReport } from "../../lib/runner/report.ts";
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

type Delay = "finishes" | "is at work";

/**
 * Runs `up`, and another one before a request of it.
 *
 * @returns whether there was such a request before there was a lease: from then on, one waits for the other
 */
async function runTwo(request: number, delay: Delay): Promise<boolean> {
  await using database = await start();
  let requests = 0;
  let other: Promise<RunReport> | undefined;
  database.emulator.onRequest({
    before: async () => {
      if (other !== undefined || database.ledger().has("lease") || ++requests < request) return;
      other = database.up(REGISTRY, OPTIONS);
      if (delay === "finishes") return void await other;
      while (database.documents("Users").length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    },
  });
  const { finished } = await database.up(REGISTRY, OPTIONS);
  const worked = [finished.length, (await other)?.finished.length];
  assert.deepEqual(worked, other === undefined ? [2, undefined] : [0, 2], `before request ${request}`);
  const records = [...database.ledger().values()].filter(({ type }) => type === "migration");
  assert.deepEqual(records.map(({ status }) => status), ["applied", "applied"], `before request ${request}`);
  assert.deepEqual(database.documents("Users"), [{ id: "1" }]);
  return other !== undefined;
}

for (const delay of ["finishes", "is at work"] as const) {
  Deno.test(`up of two processes that find nothing yet ends well for both, whenever the other one begins and ${delay}`, async () => {
    const requests = Array.from({ length: 40 }, (_, index) => index + 1);
    const began = await Promise.all(requests.map((request) => runTwo(request, delay)));
    assert.ok(began.slice(0, 10).every(Boolean), "there are that many requests before there is a lease");
    assert.equal(began.at(-1), false, "all of them were tried");
  });
}
