import assert from "node:assert/strict";
import { InterruptedError } from "../../lib/base/errors.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { addField } from "../../lib/definition/edit_fields.ts";
import { defineMigration } from "../../lib/definition/migration.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import { type BaselineReport, type BaselineSource, runBaseline } from "../../lib/maintenance/baseline.ts";
import { EmbeddedDatabase } from "../support/embedded_database.ts";

const USERS = { Users: { partitionKey: "/id", documents: [{ id: "ada" }] } };

function registryOfSize(size: number): RegistryEntry[] {
  return Array.from({ length: size }, (_, index) => {
    const id = `20240101_${String(index + 1).padStart(6, "0")}`;
    const migration = defineMigration({
      description: `Field ${index}`,
      up: [addField({ container: "Users", field: `/f${index}`, value: index })],
    });
    return { id, name: `field_${index}`, checksum: `v1:${id}`, migration };
  });
}

function baseline(
  database: EmbeddedDatabase,
  registry: readonly RegistryEntry[],
  source: BaselineSource,
): Promise<BaselineReport> {
  return database.within(registry, {}, (context) => runBaseline(context, source));
}

function statuses(database: EmbeddedDatabase): Map<string, unknown> {
  return new Map(
    [...database.ledger()].filter(([id]) => id.startsWith("migration:")).map((
      [id, { status }],
    ) => [id.slice("migration:".length), status]),
  );
}

Deno.test("runBaseline() records up to the id without running anything, and up applies the rest", async () => {
  await using database = await EmbeddedDatabase.start(USERS);
  const registry = registryOfSize(3);
  const report = await baseline(database, registry, { kind: "up-to", id: "20240101_000002" });
  assert.deepEqual(report.recorded.map(({ id }) => id), ["20240101_000001", "20240101_000002"]);
  const { finished } = await database.up(registry, { init: false });
  assert.deepEqual(finished.map(({ id }) => id), ["20240101_000003"]);
  assert.deepEqual(database.documents("Users"), [{ id: "ada", f2: 2 }]);
});

Deno.test("runBaseline() of what is recorded already takes no lease", async () => {
  await using database = await EmbeddedDatabase.start(USERS);
  const registry = registryOfSize(2);
  await baseline(database, registry, { kind: "up-to", id: "20240101_000002" });
  const term = database.ledger().get("lease")?.["term"];
  const again = await baseline(database, registry, { kind: "up-to", id: "20240101_000002" });
  assert.deepEqual([again.recorded, again.kept.length], [[], 2]);
  assert.equal(database.ledger().get("lease")?.["term"], term);
});

Deno.test("runBaseline() that is stopped between two transactions is completed by whoever holds the lease next", async () => {
  await using database = await EmbeddedDatabase.start(USERS);
  const registry = registryOfSize(200);
  const stopping = new AbortController();
  const forget = database.emulator.onRequest({
    afterCommit: ({ body }) =>
      body.includes('"baselined"') ? stopping.abort(new InterruptedError("SIGTERM")) : undefined,
  });
  await assert.rejects(
    database.within(
      registry,
      { signal: stopping.signal },
      (context) => runBaseline(context, { kind: "up-to", id: "20240101_000200" }),
    ),
    InterruptedError,
  );
  forget();
  const half = statuses(database);
  assert.equal(half.size, 90);
  // What is missing is older than what is there: without the intent it would be a gap, which nobody applies by mistake.
  assert.ok(half.has("20240101_000200") && !half.has("20240101_000001"));
  assert.equal((database.ledger().get("lease")?.["intent"] as JsonObject)["command"], "baseline");

  // A binary that contains none of them completes it.
  await assert.rejects(
    database.rollback([], { selection: { kind: "steps", steps: 1 } }),
    /without being run/,
  );
  const all = statuses(database);
  assert.deepEqual([all.size, new Set(all.values())], [200, new Set(["baselined"])]);
  assert.equal(database.ledger().get("lease")?.["intent"], null);
  assert.deepEqual((await database.up(registry)).finished, []);
  assert.deepEqual(database.documents("Users"), [{ id: "ada" }]);
});

Deno.test("runBaseline() takes over the history of Cosmigrator: ids, times, what was applied and what was rolled back", async () => {
  const document = (id: string, status: string, day: number) => ({
    id,
    name: `Net${id}`,
    appliedAt: `2025-02-${String(day).padStart(2, "0")}T14:30:00.000Z`,
    status,
  });
  await using database = await EmbeddedDatabase.start({
    ...USERS,
    __MigrationHistory: {
      partitionKey: "/id",
      documents: [
        document("20230101_000001", "Applied", 2),
        document("20230101_000002", "Applied", 1),
        document("20240101_000001", "Applied", 3),
        document("20240101_000002", "RolledBack", 4),
      ],
    },
  });
  const registry = registryOfSize(2);
  await assert.rejects(database.up(registry, { init: false }), ({ message, hint }) => {
    assert.match(message, /__MigrationHistory/);
    assert.match(hint, /baseline --from-cosmigrator/);
    return true;
  });
  const report = await baseline(database, registry, { kind: "cosmigrator" });
  assert.deepEqual(report.recorded.map(({ id, status, at }) => [id, status, at.slice(0, 10)]), [
    ["20230101_000002", "baselined", "2025-02-01"],
    ["20230101_000001", "baselined", "2025-02-02"],
    ["20240101_000001", "baselined", "2025-02-03"],
    ["20240101_000002", "reverted", "2025-02-04"],
  ]);
  // Rolled back there is pending here; what no file is behind is neither ahead nor a gap.
  const { finished, ahead } = await database.up(registry, {
    policy: { order: "linear", ahead: "refuse", drift: "refuse" },
  });
  assert.deepEqual([finished.map(({ id }) => id), ahead], [["20240101_000002"], []]);
  // The lease alone says that nothing is pending.
  const before = database.emulator.requests.count;
  assert.deepEqual((await database.up(registry)).finished, []);
  assert.equal(database.emulator.requests.count - before, 2);
});

Deno.test("runBaseline() refuses documents that are no records of Cosmigrator, and says so where there is no such history", async () => {
  await using database = await EmbeddedDatabase.start({
    __MigrationHistory: { partitionKey: "/id", documents: [{ id: "x", status: "Applied" }] },
  });
  await assert.rejects(baseline(database, [], { kind: "cosmigrator" }), /is not a record of Cosmigrator/);
  await using other = await EmbeddedDatabase.start(USERS);
  await assert.rejects(baseline(other, [], { kind: "cosmigrator" }), /has no container "__MigrationHistory"/);
  assert.equal(other.ledger().size, 0);
});
