import assert from "node:assert/strict";
import { CosmigError } from "../../../lib/base/errors.ts";
import { isJsonObject, type JsonObject } from "../../../lib/base/json.ts";
import {
  createContainer,
  type DropCreatedContainerOperation,
} from "../../../lib/definition/create_container.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import {
  createContainerHandler,
  dropCreatedContainerHandler,
} from "../../../lib/operations/create_container.ts";
import { Crash, failure, MemoryDatabase, StepMemory } from "./_memory_database.ts";

const sessions = createContainer({
  container: "Sessions",
  partitionKey: "/userId",
  uniqueKeys: [["/b", "/a"], ["/token"]],
  defaultTtlSeconds: 60,
  indexingPolicy: { excludedPaths: [{ path: "/data/*" }] },
});

/** As the service gives the same container: with what it adds, in another order. */
const SAME: JsonObject = {
  id: "Sessions",
  partitionKey: { paths: ["/userId"], kind: "Hash", version: 2 },
  uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/token"] }, { paths: ["/a", "/b"] }] },
  defaultTtl: 60,
  indexingPolicy: {
    indexingMode: "consistent",
    automatic: true,
    includedPaths: [{ path: "/*" }],
    excludedPaths: [{ path: "/data/*" }, { path: '/"_etag"/?' }],
    fullTextIndexes: [],
  },
  conflictResolutionPolicy: { mode: "LastWriterWins" },
};

function isDrop(operation: Operation | undefined): operation is DropCreatedContainerOperation {
  return operation?.kind === "dropCreatedContainer";
}

async function drop(memory: StepMemory): Promise<StepMemory> {
  const inverse = sessions.invert(memory.captured);
  const down = new StepMemory(memory.database);
  if (isDrop(inverse)) await dropCreatedContainerHandler.apply(inverse, down.context({ direction: "down" }));
  else assert.equal(inverse?.kind, "doNothing");
  return down;
}

Deno.test("createContainer creates what is missing, and its inverse drops that again", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  await createContainerHandler.apply(sessions, memory.context());
  assert.deepEqual(memory.captures.map((note) => isJsonObject(note) && note["state"]), [
    "creating",
    "created",
  ]);
  const { Sessions } = memory.database.snapshot();
  assert.deepEqual(isJsonObject(Sessions) && Sessions["definition"], sessions.parameters.definition);
  await drop(memory);
  assert.deepEqual(memory.database.snapshot(), {});
});

Deno.test("createContainer accepts the same container, and its inverse keeps it", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  memory.database.plant(SAME);
  await createContainerHandler.apply(sessions, memory.context());
  assert.deepEqual(memory.captured, { state: "found" });
  await drop(memory);
  assert.deepEqual(memory.database.snapshot(), { Sessions: { definition: SAME, documents: [] } });
});

Deno.test("createContainer lists all differences to a container of that name", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  memory.database.plant({
    id: "Sessions",
    partitionKey: { paths: ["/id"], kind: "Hash" },
    indexingPolicy: { indexingMode: "none" },
  });
  const refuses = (error: unknown) => {
    assert.ok(error instanceof CosmigError);
    assert.equal(error.code, "operation-refused");
    for (const part of ["partition key", "unique keys", "default TTL", "indexing policy"]) {
      assert.ok(error.message.includes(part), part);
    }
    return true;
  };
  await assert.rejects(createContainerHandler.apply(sessions, memory.context()), refuses);
  await assert.rejects(
    createContainerHandler.estimate(sessions, { ...memory.context(), count: "none" }),
    refuses,
  );
  assert.deepEqual(memory.captures, []);
});

Deno.test("createContainer after a crash at any call ends with the container and a note that drops it", async () => {
  for (let fatal = 1, died = true; died; fatal++) {
    const memory = new StepMemory(new MemoryDatabase());
    let calls = 0;
    memory.database.onCall = () => {
      if (++calls === fatal) throw new Crash();
    };
    died = await createContainerHandler.apply(sessions, memory.context()).then(() => false, () => true);
    memory.database.onCall = () => {};
    await createContainerHandler.apply(sessions, memory.context());
    assert.ok("Sessions" in memory.database.snapshot(), `crash at ${fatal}`);
    await drop(memory);
    assert.deepEqual(memory.database.snapshot(), {}, `crash at ${fatal}`);
    assert.ok(fatal < 20);
  }
});

Deno.test("createContainer's inverse leaves nothing when it died at any call and was not resumed", async () => {
  for (let fatal = 1, died = true; died; fatal++) {
    const memory = new StepMemory(new MemoryDatabase());
    let calls = 0;
    memory.database.onCall = () => {
      if (++calls === fatal) throw new Crash();
    };
    died = await createContainerHandler.apply(sessions, memory.context()).then(() => false, () => true);
    memory.database.onCall = () => {};
    await drop(memory);
    assert.deepEqual(memory.database.snapshot(), {}, `crash at ${fatal}`);
    assert.ok(fatal < 20);
  }
});

Deno.test("createContainer does not claim a container that somebody else created at the same time", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  memory.database.onCall = (call, phase) => {
    if (call === "createContainer" && phase === "before") {
      memory.database.plant(SAME);
      throw failure(409);
    }
  };
  await createContainerHandler.apply(sessions, memory.context());
  assert.deepEqual(memory.captured, { state: "found" });
});

Deno.test("createContainer's inverse refuses to drop documents", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  await createContainerHandler.apply(sessions, memory.context());
  memory.database.put("Sessions", { id: "1", userId: "u" });
  await assert.rejects(drop(memory), /Cannot drop the container "Sessions" as it holds documents$/);
  assert.ok("Sessions" in memory.database.snapshot());
});

Deno.test("createContainer's inverse leaves a container alone that was created anew under the name", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  await createContainerHandler.apply(sessions, memory.context());
  memory.database.plant(SAME);
  const down = await drop(memory);
  assert.deepEqual(memory.database.snapshot(), { Sessions: { definition: SAME, documents: [] } });
  assert.match(down.logged.join(), /gone already/);
});

Deno.test("createContainer's inverse, when no answer was noted, leaves another container of that name alone", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  memory.captured = { state: "creating" };
  memory.database.plant({ ...SAME, uniqueKeyPolicy: undefined });
  await drop(memory);
  assert.ok("Sessions" in memory.database.snapshot());
});

Deno.test("verify() notices that a created container is gone or another one", async () => {
  const memory = new StepMemory(new MemoryDatabase());
  const { database } = memory;
  const context = { ...memory.context(), database, count: "none" } as const;
  assert.deepEqual(await createContainerHandler.verify(sessions, context), [
    'The container "Sessions" does not exist',
  ]);
  database.plant({ ...SAME, defaultTtl: 99 });
  assert.deepEqual(await createContainerHandler.verify(sessions, context), []);
  database.plant({ ...SAME, partitionKey: { paths: ["/id"] } });
  assert.equal((await createContainerHandler.verify(sessions, context)).length, 1);
});
