import assert from "node:assert/strict";
import { CosmigError, TemporaryError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import {
  type RemoveSeededDocumentsOperation,
  seedDocuments,
} from "../../../lib/definition/seed_documents.ts";
import {
  removeSeededDocumentsHandler,
  seedDocumentsHandler,
} from "../../../lib/operations/seed_documents.ts";
import { Crash, failure, MemoryDatabase, StepMemory } from "./_memory_database.ts";

const CURRENCIES: JsonObject = {
  id: "Currencies",
  partitionKey: { paths: ["/region"], kind: "Hash", version: 2 },
};
const documents = Array.from(
  { length: 120 },
  (_, index) => ({ id: `c${index}`, region: `r${index % 7}`, digits: 2 }),
);
const seed = seedDocuments({ container: "Currencies", documents });
const upsert = seedDocuments({ container: "Currencies", documents, mode: "upsert" });

function start(existing: readonly JsonObject[] = []): StepMemory {
  const database = new MemoryDatabase();
  database.plant(CURRENCIES, existing);
  return new StepMemory(database);
}

function stored({ database }: StepMemory): readonly JsonObject[] {
  const { documents } = database.snapshot()["Currencies"] as { readonly documents: readonly JsonObject[] };
  return documents;
}

function inverse(): RemoveSeededDocumentsOperation {
  return seed.invert() as RemoveSeededDocumentsOperation;
}

Deno.test("seedDocuments inserts what is missing and leaves what is there", async () => {
  const other = { id: "c0", region: "r0", digits: 0 };
  const memory = start([other]);
  const outcome = await seedDocumentsHandler.apply(seed, memory.context());
  assert.deepEqual(outcome.documents, { read: 120, changed: 119, skipped: 1 });
  assert.equal(outcome.requestUnits, 120 * 5);
  assert.equal(stored(memory).length, 120);
  assert.deepEqual(stored(memory).find(({ id }) => id === "c0"), other);
});

Deno.test("seedDocuments twice changes nothing the second time", async () => {
  for (const operation of [seed, upsert]) {
    const memory = start();
    await seedDocumentsHandler.apply(operation, memory.context());
    const etag = memory.database.etagOf("Currencies", "c5");
    const again = await seedDocumentsHandler.apply(operation, memory.context());
    assert.deepEqual(again.documents, { read: 120, changed: 0, skipped: 120 });
    assert.equal(memory.database.etagOf("Currencies", "c5"), etag);
  }
});

Deno.test("seedDocuments with upsert replaces what differs, by the ETag that it read", async () => {
  const memory = start([{ id: "c1", region: "r1", digits: 0 }]);
  let replaced = 0;
  memory.database.onCall = (call, phase) => {
    if (call !== "write Currencies" || phase !== "before" || replaced++ > 0) return;
    memory.database.put("Currencies", { id: "c1", region: "r1", digits: 9 });
  };
  const { documents: counts } = await seedDocumentsHandler.apply(upsert, memory.context());
  assert.equal(counts.changed, 120);
  assert.deepEqual(stored(memory).find(({ id }) => id === "c1"), { id: "c1", region: "r1", digits: 2 });
  assert.ok(replaced > 2, "the write with the old ETag was repeated");
});

Deno.test("seedDocuments's inverse deletes what still is as it was seeded, and nothing else", async () => {
  const memory = start([{ id: "mine", region: "r0" }]);
  await seedDocumentsHandler.apply(seed, memory.context());
  memory.database.put("Currencies", { id: "c2", region: "r2", digits: 3 });
  memory.database.put("Currencies", { ...documents[3], __cosmig: { "20240101_000001": { mark: 1 } } });
  const outcome = await removeSeededDocumentsHandler.apply(inverse(), memory.context());
  assert.deepEqual(outcome.documents, { read: 120, changed: 119, skipped: 1 });
  assert.deepEqual(stored(memory).map(({ id }) => id), ["c2", "mine"]);
});

Deno.test("seedDocuments's inverse keeps a document that changes just before it is deleted", async () => {
  const memory = start();
  await seedDocumentsHandler.apply(seed, memory.context());
  memory.database.onCall = (call, phase) => {
    if (call !== "write Currencies" || phase !== "before") return;
    memory.database.onCall = () => {};
    for (const document of documents.slice(0, 50)) {
      memory.database.put("Currencies", { ...document, digits: 4 });
    }
  };
  await removeSeededDocumentsHandler.apply(inverse(), memory.context());
  assert.equal(stored(memory).length, 50);
});

Deno.test("seedDocuments and its inverse resume after a crash at any call", async () => {
  const small = seedDocuments({ container: "Currencies", documents: documents.slice(0, 8) });
  for (let fatal = 1, died = true; died; fatal++) {
    const memory = start();
    const crashing = async (run: () => Promise<unknown>) => {
      let calls = 0;
      memory.database.onCall = () => {
        if (++calls === fatal) throw new Crash();
      };
      const crashed = await run().then(() => false, () => true);
      memory.database.onCall = () => {};
      await run();
      return crashed;
    };
    const up = await crashing(() => seedDocumentsHandler.apply(small, memory.context()));
    assert.equal(stored(memory).length, 8, `crash at ${fatal}`);
    const back = small.invert() as RemoveSeededDocumentsOperation;
    const down = await crashing(() => removeSeededDocumentsHandler.apply(back, memory.context()));
    assert.deepEqual(stored(memory), [], `crash at ${fatal}`);
    died = up || down;
    assert.ok(fatal < 100);
  }
});

Deno.test("seedDocuments names a document that another one's unique key keeps out", async () => {
  const memory = start();
  memory.database.plant({ ...CURRENCIES, uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/email"] }] } }, [
    { id: "old", region: "r", email: "a@example.com" },
  ]);
  const operation = seedDocuments({
    container: "Currencies",
    documents: [{ id: "new", region: "r", email: "a@example.com" }],
  });
  await assert.rejects(seedDocumentsHandler.apply(operation, memory.context()), (error) => {
    assert.ok(error instanceof CosmigError);
    assert.equal(error.code, "documents-failed");
    assert.match(
      error.message,
      /Cannot seed the document "new" of "Currencies" as another document has the same/,
    );
    return true;
  });
});

Deno.test("seedDocuments places documents anew after a range was split", async () => {
  const memory = start();
  let split = 0;
  memory.database.onCall = (call, phase) => {
    if (call === "write Currencies" && phase === "before" && split++ < 2) throw failure(410, true);
  };
  const { documents: counts } = await seedDocumentsHandler.apply(seed, memory.context());
  assert.equal(counts.changed, 120);
});

Deno.test("seedDocuments throws TemporaryError, or what the service said, when it is busy for too long", async () => {
  const memory = start();
  memory.database.onCall = (call, phase) => {
    if (call === "write Currencies" && phase === "before") throw failure(410, true);
  };
  await assert.rejects(seedDocumentsHandler.apply(seed, memory.context()), TemporaryError);
});

Deno.test("seedDocuments keeps to the request units a second that it may spend", async () => {
  const memory = start();
  const settings = { ...memory.context().settings, ruPerSecond: 10 };
  await seedDocumentsHandler.apply(seed, memory.context({ settings }));
  assert.ok(memory.nowMs >= 120 * 5 / 10 * 1_000, `took ${memory.nowMs} ms`);
});

Deno.test("selection() of seedDocuments names what upsert may replace, in few words", () => {
  const owner = { migrationId: "20240101_090000" };
  assert.equal(seedDocumentsHandler.selection?.(seed, owner), undefined, "insert-missing replaces nothing");
  const few = seedDocuments({ container: "Currencies", documents: documents.slice(0, 2), mode: "upsert" });
  assert.deepEqual(seedDocumentsHandler.selection?.(few, owner), {
    container: "Currencies",
    where: 'c.id IN ("c0", "c1")',
  });
  const many = seedDocuments({
    container: "Currencies",
    documents: Array.from({ length: 201 }, (_, index) => ({ id: `m${index}` })),
    mode: "upsert",
  });
  assert.deepEqual(seedDocumentsHandler.selection?.(many, owner), { container: "Currencies" });
});

Deno.test("estimate() counts what would be written, and refuses a document that is given twice", async () => {
  const memory = start([{ id: "c1", region: "r1", digits: 0 }]);
  const { database } = memory;
  const context = { ...memory.context(), database, count: "exact" } as const;
  assert.equal((await seedDocumentsHandler.estimate(seed, context)).documents, 119);
  assert.equal((await seedDocumentsHandler.estimate(upsert, context)).documents, 120);
  const twice = seedDocuments({
    container: "Currencies",
    documents: [{ id: "a", region: "r", digits: 1 }, { id: "a", region: "r", digits: 2 }],
  });
  await assert.rejects(
    seedDocumentsHandler.estimate(twice, { ...context, count: "none" }),
    /"a" to "Currencies" twice/,
  );
});

Deno.test("verify() names what is missing", async () => {
  const memory = start();
  await seedDocumentsHandler.apply(seed, memory.context());
  const context = { ...memory.context(), count: "none" } as const;
  assert.deepEqual(await seedDocumentsHandler.verify(seed, context), []);
  const small = seedDocuments({ container: "Currencies", documents: [{ id: "x", region: "r" }] });
  assert.deepEqual(await seedDocumentsHandler.verify(small, context), [
    'The document "x" of "Currencies" is missing',
  ]);
});
