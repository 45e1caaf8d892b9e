import assert from "node:assert/strict";
import { CosmigError, TemporaryError } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { addCompositeIndex, removeCompositeIndex } from "../../../lib/definition/composite_index.ts";
import { setDefaultTtl } from "../../../lib/definition/default_ttl.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import { setVectorPolicy } from "../../../lib/definition/set_vector_policy.ts";
import { setIndexingPolicy } from "../../../lib/definition/set_indexing_policy.ts";
import {
  addCompositeIndexHandler,
  removeCompositeIndexHandler,
} from "../../../lib/operations/composite_index.ts";
import { setDefaultTtlHandler } from "../../../lib/operations/default_ttl.ts";
import { doNothingHandler } from "../../../lib/operations/do_nothing.ts";
import type { OperationHandler } from "../../../lib/operations/handler.ts";
import { setVectorPolicyHandler } from "../../../lib/operations/set_vector_policy.ts";
import { setIndexingPolicyHandler } from "../../../lib/operations/set_indexing_policy.ts";
import { Crash, failure, MemoryDatabase, StepMemory } from "./_memory_database.ts";

const HANDLERS: readonly OperationHandler[] = [
  setDefaultTtlHandler,
  setIndexingPolicyHandler,
  addCompositeIndexHandler,
  removeCompositeIndexHandler,
  setVectorPolicyHandler,
  doNothingHandler,
];
const NAME = [{ path: "/lastName", order: "ascending" }, { path: "/firstName", order: "ascending" }];
const USERS: JsonObject = {
  id: "Users",
  partitionKey: { paths: ["/id"], kind: "Hash", version: 2 },
  defaultTtl: 60,
  indexingPolicy: {
    indexingMode: "consistent",
    automatic: true,
    includedPaths: [{ path: "/*" }],
    excludedPaths: [{ path: '/"_etag"/?' }],
    compositeIndexes: [NAME, [{ path: "/a", order: "ascending" }, { path: "/b", order: "descending" }]],
  },
};

const CHANGES: readonly Operation[] = [
  setDefaultTtl({ container: "Users", seconds: 3_600 }),
  setDefaultTtl({ container: "Users", seconds: "off" }),
  setDefaultTtl({ container: "Users", seconds: 60 }),
  setIndexingPolicy({ container: "Users", indexingPolicy: { excludedPaths: [{ path: "/secret/*" }] } }),
  addCompositeIndex({ container: "Users", paths: [["/age", "descending"], ["/id", "ascending"]] }),
  addCompositeIndex({ container: "Users", paths: [["/lastName", "ascending"], ["/firstName", "ascending"]] }),
  removeCompositeIndex({
    container: "Users",
    paths: [["/lastName", "ascending"], ["/firstName", "ascending"]],
  }),
  removeCompositeIndex({ container: "Users", paths: [["/x", "ascending"], ["/y", "ascending"]] }),
];

function handlerOf({ kind }: Operation): OperationHandler {
  const handler = HANDLERS.find((candidate) => candidate.kind === kind);
  assert.ok(handler, `no handler for ${kind}`);
  return handler;
}

function start(): { database: MemoryDatabase; memory: StepMemory } {
  const database = new MemoryDatabase();
  database.plant(USERS);
  return { database, memory: new StepMemory(database) };
}

async function revert(operation: Operation, memory: StepMemory): Promise<void> {
  const inverse = operation.invert(memory.captured);
  assert.ok(inverse);
  await handlerOf(inverse).apply(inverse, new StepMemory(memory.database).context({ direction: "down" }));
}

for (const [index, operation] of CHANGES.entries()) {
  Deno.test(`apply() then invert() restores the settings exactly: ${index}, ${operation.description}`, async () => {
    const { database, memory } = start();
    await handlerOf(operation).apply(operation, memory.context());
    await revert(operation, memory);
    assert.deepEqual(database.snapshot(), { Users: { definition: USERS, documents: [] } });
  });

  Deno.test(`apply() after a crash at any call ends alike and stays reversible: ${index}, ${operation.description}`, async () => {
    const undisturbed = start();
    await handlerOf(operation).apply(operation, undisturbed.memory.context());
    let crashes = 0;
    for (let fatal = 1;; fatal++) {
      const { database, memory } = start();
      let calls = 0;
      database.onCall = () => {
        if (++calls === fatal) throw new Crash();
      };
      const died = await handlerOf(operation).apply(operation, memory.context()).then(
        () => false,
        (error) => {
          assert.ok(error instanceof Crash);
          return true;
        },
      );
      if (!died) break;
      crashes++;
      database.onCall = () => {};
      await handlerOf(operation).apply(operation, memory.context());
      assert.deepEqual(database.snapshot(), undisturbed.database.snapshot(), `crash at ${fatal}`);
      await revert(operation, memory);
      assert.deepEqual(
        database.snapshot(),
        { Users: { definition: USERS, documents: [] } },
        `crash at ${fatal}`,
      );
    }
    assert.ok(crashes >= 4);
  });

  Deno.test(`verify() finds nothing after apply(): ${index}, ${operation.description}`, async () => {
    const { database, memory } = start();
    await handlerOf(operation).apply(operation, memory.context());
    const context = { ...memory.context(), database, count: "none" } as const;
    assert.deepEqual(await handlerOf(operation).verify(operation, context), []);
    const { notes } = await handlerOf(operation).estimate(operation, context);
    assert.deepEqual(notes, ["is so already, nothing changes"]);
  });
}

Deno.test("apply() notes and changes what somebody else left after a conflict", async () => {
  const { database, memory } = start();
  const operation = setDefaultTtl({ container: "Users", seconds: 3_600 });
  database.onCall = (call, phase) => {
    if (call !== "replaceContainer" || phase !== "before") return;
    database.onCall = () => {};
    database.plant({ ...USERS, defaultTtl: 7, analyticalStorageTtl: -1 });
  };
  await setDefaultTtlHandler.apply(operation, memory.context());
  assert.deepEqual(database.snapshot(), {
    Users: { definition: { ...USERS, defaultTtl: 3_600, analyticalStorageTtl: -1 }, documents: [] },
  });
  assert.deepEqual(memory.captures, [{ previous: 60 }, { previous: 7 }]);
});

Deno.test("apply() does not note its own change as what was there before, when the answer was lost and it is sent again", async () => {
  const { database, memory } = start();
  database.onCall = (call, phase) => {
    if (call === "replaceContainer" && phase === "after") {
      database.onCall = () => {};
      throw failure(412);
    }
  };
  await setDefaultTtlHandler.apply(setDefaultTtl({ container: "Users", seconds: 3_600 }), memory.context());
  assert.deepEqual(memory.captures, [{ previous: 60 }]);
});

Deno.test("apply() throws TemporaryError when somebody else keeps changing the settings", async () => {
  const { database, memory } = start();
  database.onCall = (call, phase) => {
    if (call === "replaceContainer" && phase === "before") throw failure(412);
  };
  const operation = setDefaultTtl({ container: "Users", seconds: 3_600 });
  await assert.rejects(setDefaultTtlHandler.apply(operation, memory.context()), TemporaryError);
});

Deno.test("apply() names the container and the command that creates it when it does not exist", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  const operation = setDefaultTtl({ container: "Users", seconds: 3_600 });
  await assert.rejects(setDefaultTtlHandler.apply(operation, memory.context()), (error) => {
    assert.ok(error instanceof CosmigError);
    assert.equal(error.code, "resource-missing");
    assert.match(
      error.message,
      /^Cannot set the default TTL of "Users" as the database "shop" has no such container$/,
    );
    assert.match(error.hint ?? "", /az cosmosdb sql container create .*--name Users/);
    return true;
  });
});

Deno.test("addCompositeIndex keeps the other indexes and puts a removed one back in its place", async () => {
  const { database, memory } = start();
  const remove = removeCompositeIndex({
    container: "Users",
    paths: [["/lastName", "ascending"], ["/firstName", "ascending"]],
  });
  await removeCompositeIndexHandler.apply(remove, memory.context());
  const added = addCompositeIndex({ container: "Users", paths: [["/p", "ascending"], ["/q", "ascending"]] });
  await addCompositeIndexHandler.apply(added, new StepMemory(database).context());
  await revert(remove, memory);
  const indexes = JSON.stringify(database.snapshot()).match(/"compositeIndexes":(\[\[.*?\]\])/)?.[1] ?? "";
  assert.deepEqual(JSON.parse(indexes).map(([{ path }]: [{ path: string }]) => path), [
    "/lastName",
    "/a",
    "/p",
  ]);
});

Deno.test("invert() without a note changes nothing, because nothing was changed before the note", async () => {
  for (const operation of CHANGES) {
    const { database, memory } = start();
    await revert(operation, memory);
    assert.deepEqual(database.snapshot(), { Users: { definition: USERS, documents: [] } });
  }
});

const EMBEDDING = { path: "/v", dataType: "float32", dimensions: 3, distanceFunction: "cosine" } as const;
const VECTORS = setVectorPolicy({
  container: "Users",
  embeddings: [EMBEDDING],
  indexes: [{ path: "/v", type: "quantizedFlat" }],
});

Deno.test("setVectorPolicy adds embeddings and indexes; its inverse restores the index and leaves the embeddings", async () => {
  const { database, memory } = start();
  await handlerOf(VECTORS).apply(VECTORS, memory.context());
  const context = {
    ...{ database, signal: new AbortController().signal, count: "none" as const },
    ...{ clock: memory.context().clock, budget: memory.context().budget, random: Math.random },
  };
  assert.deepEqual(await handlerOf(VECTORS).verify(VECTORS, context), []);
  const { notes } = await handlerOf(VECTORS).estimate(VECTORS, context);
  assert.deepEqual(notes, ["is so already, nothing changes"]);
  const after = database.snapshot()["Users"] as { definition: JsonObject };
  assert.deepEqual(after.definition["vectorEmbeddingPolicy"], { vectorEmbeddings: [EMBEDDING] });
  await revert(VECTORS, memory);
  assert.deepEqual(database.snapshot(), {
    Users: {
      definition: { ...USERS, vectorEmbeddingPolicy: { vectorEmbeddings: [EMBEDDING] } },
      documents: [],
    },
  });
});

Deno.test("setVectorPolicy is refused where an embedding would have to change, and points at the rebuild", async () => {
  const { memory } = start();
  await handlerOf(VECTORS).apply(VECTORS, memory.context());
  const other = setVectorPolicy({ container: "Users", embeddings: [{ ...EMBEDDING, dimensions: 4 }] });
  await assert.rejects(
    async () => await handlerOf(other).apply(other, new StepMemory(memory.database).context()),
    (error) =>
      error instanceof CosmigError && /cannot be changed in place/.test(error.message) &&
      /rebuildContainer/.test(error.hint ?? ""),
  );
});
