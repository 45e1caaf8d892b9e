/** A version of a migration that did not finish, and another version of it that comes instead: what the first one leaves behind must do no harm. */
import assert from "node:assert/strict";
import { ConflictError, InterruptedError } from "../../lib/base/errors.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import { leaseTimings } from "../../lib/lock/timings.ts";
import { repair } from "../../lib/maintenance/repair.ts";
import { previewUp } from "../../lib/runner/preview.ts";
import {
  addField,
  createContainer,
  defineMigration,
  type Operation,
  rebuildContainer,
  run,
  seedDocuments,
} from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

const RECORD = "migration:20240101_000001";
const DOCUMENTS = [{ id: "a" }, { id: "b" }];
/** A short settle time, since these runs do end with requests under way. */
const TIMINGS = { requestTimeoutMs: 500, timings: leaseTimings({ requestTimeoutMs: 500, settleMs: 500 }) };
const CONSENT = { allowOffline: true };

/** A version of the one migration. */
function version(name: string, ...up: readonly Operation[]): RegistryEntry[] {
  return registryOf(defineMigration({ description: name, up })).map((entry) => ({
    ...entry,
    checksum: `v1:${name}`,
  }));
}

const addAge = addField({ container: "Users", field: "/age", value: 0 });
const FIRST = version("first", addAge);

/** A step that touches no document, and fails as long as it is told to. */
function code(name: string, fails: () => boolean = () => false): Operation {
  const execute = () => fails() ? Promise.reject(new Error(`${name} fails`)) : Promise.resolve();
  return run({ name, describe: name, execute, undo: () => Promise.resolve() });
}

interface Interrupted extends AsyncDisposable {
  readonly database: EmbeddedDatabase;
  /** Lets the write arrive that the first version left on its way. */
  arrive(): Promise<void>;
}

/** The first version was stopped with its write of all documents under way. */
async function interrupted(registry: readonly RegistryEntry[] = FIRST): Promise<Interrupted> {
  const database = await EmbeddedDatabase.start(
    { Users: { partitionKey: "/id", documents: DOCUMENTS } },
    { partitions: 1 },
  );
  const stop = new AbortController();
  const [held, released, delivered] = [0, 1, 2].map(() => Promise.withResolvers<void>()) as [
    PromiseWithResolvers<void>,
    PromiseWithResolvers<void>,
    PromiseWithResolvers<void>,
  ];
  let n: number | undefined;
  database.emulator.onRequest({
    before: async (request) => {
      if (n !== undefined || request.container !== "Users" || request.operation !== "bulk") return;
      n = request.n;
      held.resolve();
      await released.promise;
    },
    afterCommit: (request) => {
      if (request.n === n) delivered.resolve();
    },
  });
  const first = assert.rejects(
    database.up(registry, { ...TIMINGS, signal: stop.signal }),
    InterruptedError,
  );
  await held.promise;
  stop.abort(new InterruptedError("SIGTERM"));
  await first;
  return {
    database,
    arrive: async () => {
      released.resolve();
      await delivered.promise;
    },
    [Symbol.asyncDispose]: async () => {
      released.resolve();
      await database[Symbol.asyncDispose]();
    },
  };
}

function etags({ emulator }: EmbeddedDatabase): unknown[] {
  return ["a", "b"].map((id) => emulator.store.document("Users", id)?.["_etag"]);
}

Deno.test("up of a version without the step of the one before lets no late write of that take effect", async () => {
  await using first = await interrupted();
  const { database } = first;
  await database.up(version("second", code("other")), TIMINGS);
  await first.arrive();
  assert.deepEqual(database.documents("Users"), DOCUMENTS);
  assert.equal(database.ledger().get(RECORD)?.["abandoned"], undefined);
});

Deno.test("up of a version that selects other documents in a step of the same name touches those of the version before", async () => {
  const named = (where: string) =>
    addField({ container: "Users", field: "/age", value: 0, name: "age", where });
  await using first = await interrupted(version("first", named("true")));
  const { database } = first;
  await database.up(version("second", named('c.id = "b"')), TIMINGS);
  await first.arrive();
  assert.deepEqual(database.documents("Users"), [{ id: "a" }, { id: "b", age: 0 }]);
});

Deno.test("a touch that a fix forward has not done is done by the next run, whatever that is", async () => {
  const other = code("other");
  const nextRuns: Readonly<Record<string, (database: EmbeddedDatabase) => Promise<unknown>>> = {
    "of the same version": (database) => database.up(version("second", other), TIMINGS),
    "of a third version": (database) => database.up(version("third", code("another")), TIMINGS),
    "that rolls back": (database) => database.rollback(version("second", other), TIMINGS),
    "that marks it as applied": (database) =>
      database.within(version("second", other), TIMINGS, (context) =>
        repair(context, {
          by: "ada",
          reason: undefined,
          request: { kind: "mark-applied", id: "20240101_000001" },
        })),
  };
  for (const [name, nextRun] of Object.entries(nextRuns)) {
    await using first = await interrupted();
    const { database } = first;
    const remove = database.emulator.onRequest({
      before: ({ container, operation }) =>
        container === "Users" && operation === "bulk" ? { kind: "answer", status: 400 } : undefined,
    });
    await assert.rejects(database.up(version("second", other), TIMINGS), { code: "migration-failed" });
    remove();
    const abandoned = database.ledger().get(RECORD)?.["abandoned"];
    assert.ok(Array.isArray(abandoned) && abandoned.length === 1, "the record says what is to be touched");
    await nextRun(database);
    await first.arrive();
    assert.deepEqual(database.documents("Users"), DOCUMENTS, `a run ${name}`);
  }
});

Deno.test("rollback of a migration that did not finish lets no late write of it take effect", async () => {
  await using first = await interrupted();
  await first.database.rollback(FIRST, TIMINGS);
  await first.arrive();
  assert.deepEqual(first.database.documents("Users"), DOCUMENTS);
});

Deno.test("several versions that did not finish are all touched, and each document once", async () => {
  await using first = await interrupted();
  const { database } = first;
  database.emulator.store.insert("Users", [{ id: "c", age: 1 }]);
  const byName = addField({ container: "Users", field: "/name", value: "" });
  let fails = true;
  const remove = database.emulator.onRequest({
    before: ({ container, operation }) =>
      fails && container === "Users" && operation === "bulk" ? { kind: "answer", status: 400 } : undefined,
  });
  for (const name of ["second", "third"]) {
    await assert.rejects(database.up(version(name, byName), TIMINGS), { code: "migration-failed" });
  }
  const abandoned = database.ledger().get(RECORD)?.["abandoned"] as JsonObject[];
  assert.deepEqual(abandoned.map(({ key }) => key), [addAge.step, byName.step]);
  fails = false;
  const before = database.emulator.store.document("Users", "c")?.["_etag"];
  await database.up(version("fourth", code("other")), TIMINGS);
  remove();
  await first.arrive();
  assert.deepEqual(database.documents("Users"), [...DOCUMENTS, { id: "c", age: 1 }]);
  assert.notEqual(database.emulator.store.document("Users", "c")?.["_etag"], before);
});

Deno.test("up takes what the changed step selects where the record, of an earlier version of the tool, does not say it", async () => {
  await using first = await interrupted();
  const { database } = first;
  const { abandoned: _, containers: __, ...old } = database.ledger().get(RECORD) ?? {};
  const steps = (old["steps"] as JsonObject[]).map(({ selection: ___, ...step }) => step);
  database.emulator.store.insert("__migrations", [{ ...old, id: RECORD, steps }]);
  const before = etags(database);
  let touched: unknown[] = [];
  await database.up(
    version(
      "second",
      addAge,
      run({
        name: "look",
        describe: "look",
        execute: () => {
          touched = etags(database);
          return Promise.resolve();
        },
      }),
    ),
    TIMINGS,
  );
  assert.ok(touched.every((etag, index) => etag !== before[index]));
  await first.arrive();
  assert.deepEqual(database.documents("Users"), DOCUMENTS.map((document) => ({ ...document, age: 0 })));
});

Deno.test("up touches nothing where the container of an abandoned step is gone", async () => {
  const database = await EmbeddedDatabase.start({ Users: { partitionKey: "/id" } });
  await using _ = database;
  const inTemp = seedDocuments({ container: "Temp", documents: [{ id: "1" }], mode: "upsert" });
  const refuse = database.emulator.onRequest({
    before: ({ container, operation }) =>
      container === "Temp" && operation === "bulk" ? { kind: "answer", status: 400 } : undefined,
  });
  const create = createContainer({ container: "Temp", partitionKey: "/id" });
  await assert.rejects(database.up(version("first", create, inTemp)), { code: "migration-failed" });
  refuse();
  database.emulator.store.deleteContainer("Temp");
  assert.equal((await database.up(version("second", code("other")))).finished.length, 1);
});

/** Orders, of which a rebuild is in the middle: before or after it dropped them. */
async function midRebuild(moment: "copying" | "dropped"): Promise<EmbeddedDatabase> {
  const database = await EmbeddedDatabase.start({ Orders: { partitionKey: "/id", documents: DOCUMENTS } });
  let dropped = false;
  const remove = database.emulator.onRequest({
    before: ({ resource, method, operation, container }) => {
      const isCopying = operation === "bulk" && container !== "__migrations";
      if (moment === "copying" && isCopying) return { kind: "answer", status: 400 };
      if (resource !== "container") return;
      if (dropped && method === "POST") return { kind: "answer", status: 400 };
      dropped ||= method === "DELETE";
    },
  });
  await assert.rejects(database.up(REBUILD, CONSENT), { code: "migration-failed" });
  remove();
  assert.equal(database.emulator.store.containers().includes("Orders"), moment === "copying");
  return database;
}

const REBUILD = version("first", rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]] }));

Deno.test("up refuses a version without the rebuild that dropped its container, before it changes anything, and says how to go on", async () => {
  for (
    const second of [
      version("second", code("other")),
      version(
        "second",
        rebuildContainer({ container: "Orders", uniqueKeys: [["/number"]], name: "renamed" }),
      ),
    ]
  ) {
    await using database = await midRebuild("dropped");
    const before = JSON.stringify(database.emulator.store.snapshot().containers["Orders"] ?? null);
    const recordBefore = JSON.stringify(database.ledger().get(RECORD));
    await assert.rejects(database.up(second, CONSENT), (error) => {
      assert.ok(error instanceof ConflictError && error.kind === "unfinished", String(error));
      assert.match(error.message, /the only copy of the documents may be in "cosmig-rebuild-Orders-/);
      assert.match(error.hint ?? "", /Complete it with "up" of the version that began it/);
      return true;
    });
    const policy = { order: "linear", ahead: "allow", drift: "refuse" } as const;
    const planning = database.within(
      second,
      {},
      (context) => previewUp(context, { policy, count: "none", limit: context.settings }),
    );
    await assert.rejects(planning, { kind: "unfinished" }, "plan says so, too");
    assert.equal(JSON.stringify(database.ledger().get(RECORD)), recordBefore);
    assert.equal(
      JSON.stringify(database.emulator.store.snapshot().containers["Orders"] ?? null),
      before,
    );
    await database.up(REBUILD, CONSENT);
    assert.deepEqual(database.documents("Orders"), DOCUMENTS);
  }
});

Deno.test("rollback refuses a version without the rebuild, and one whose own down does not know it", async () => {
  const withDown = registryOf(defineMigration({
    description: "first",
    up: REBUILD[0]?.migration.up ?? [],
    down: [code("nothing")],
  })).map((entry) => ({ ...entry, checksum: "v1:first" }));
  const withoutStep = version("first", code("other"));
  for (const registry of [withDown, withoutStep]) {
    await using database = await midRebuild("dropped");
    await assert.rejects(database.rollback(registry), { kind: "unfinished" });
    assert.equal(database.ledger().get(RECORD)?.["status"], "failed");
    await database.rollback(REBUILD, { allowOffline: true });
    assert.deepEqual(database.documents("Orders"), DOCUMENTS);
  }
});

Deno.test("up goes on without a rebuild that has dropped nothing, and names the container that stays behind", async () => {
  await using database = await midRebuild("copying");
  await database.up(version("second", code("other")));
  const warned = database.events.flatMap((event) => event.type === "warned" ? [event.message] : []);
  assert.match(
    warned.join("\n"),
    /"cosmig-rebuild-Orders-\S+" of the rebuild that .* stays behind; "Orders" is as it was/,
  );
  assert.deepEqual(database.documents("Orders"), DOCUMENTS);
});
