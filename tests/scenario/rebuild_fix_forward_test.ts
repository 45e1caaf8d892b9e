/** A rebuild that is half done, or done, when a version of its migration comes that declares another one. */
import assert from "node:assert/strict";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import type { ObservedRequest } from "../../lib/emulator/mod.ts";
import { defineMigration, rebuildContainer, type RebuildContainerOptions, run } from "../../lib/mod.ts";
import { Crash } from "../support/doomed_process.ts";
import { EmbeddedDatabase, type ProcessOptions, registryOf } from "../support/embedded_database.ts";

const CONSENT = { allowOffline: true } as const;
const ORDERS = Array.from({ length: 40 }, (_, n) => ({
  id: `order-${n}`,
  customer: `c${n % 3}`,
  number: `n-${n}`,
  region: n % 2 === 0 ? "eu" : "us",
}));
const KEPT = ["partitionKey", "uniqueKeyPolicy", "indexingPolicy"];

/** The migration as one version of the program has it. */
function version(change: Omit<RebuildContainerOptions, "container">, checksum: string): RegistryEntry[] {
  const [entry] = registryOf(
    defineMigration({
      description: "Other keys",
      up: [rebuildContainer({ container: "Orders", ...change })],
    }),
  );
  return [{ ...entry!, checksum }];
}

const FIRST = version({ uniqueKeys: [["/number"]] }, "v1:first");
const SECOND = version({ partitionKey: "/region" }, "v1:second");
const ITS_KEYS = { partitionKey: ["/region"], uniqueKeys: [] };

function start(): Promise<EmbeddedDatabase> {
  return EmbeddedDatabase.start({
    Orders: { partitionKey: "/customer", documents: [...ORDERS] },
  }, { partitions: 2 });
}

function keysOf(database: EmbeddedDatabase): unknown {
  const { partitionKey, uniqueKeyPolicy } = database.emulator.store.settings("Orders");
  return {
    partitionKey: Object(partitionKey).paths,
    uniqueKeys: Object(uniqueKeyPolicy ?? {}).uniqueKeys?.map(({ paths }: { paths: string[] }) => paths) ??
      [],
  };
}

function settingsOf(database: EmbeddedDatabase): unknown {
  const settings = database.emulator.store.settings("Orders");
  return KEPT.map((name) => settings[name]);
}

function assertComplete(database: EmbeddedDatabase, message: string): void {
  const byId = <Document extends { id?: unknown }>(documents: readonly Document[]) =>
    [...documents].sort((left, right) => String(left.id) < String(right.id) ? -1 : 1);
  assert.deepEqual(database.documents("Orders"), byId(ORDERS), message);
  assert.deepEqual([...database.emulator.store.containers()].sort(), ["Orders", "__migrations"], message);
}

/** Lets a process come to its end, or die; then nobody holds the lease. @returns whether it died */
async function upOrDie(
  database: EmbeddedDatabase,
  registry: readonly RegistryEntry[],
  options: ProcessOptions,
): Promise<boolean> {
  try {
    await database.up(registry, { ...CONSENT, ...options });
    return false;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    await database.bury();
    return true;
  }
}

function states(): { readonly seen: Set<string>; at(state: string): (request: ObservedRequest) => boolean } {
  const seen = new Set<string>();
  return {
    seen,
    at: (state) => ({ body }) => {
      const [, noted] = /"captured":\{"state":"([a-z-]+)"/.exec(body) ?? [];
      if (noted !== undefined) seen.add(noted);
      return noted === state;
    },
  };
}

const STATES = ["create-shadow", "copy", "drop-original", "create-new", "copy-back", "drop-shadow", "done"];

for (const state of STATES) {
  Deno.test(`up makes a container as a new version declares it where the rebuild of the old one died at ${state}, and rollback leads back to where it all began`, async () => {
    await using database = await start();
    const settings = settingsOf(database);
    const { at, seen } = states();
    assert.ok(await upOrDie(database, FIRST, { disturbance: { kind: "dies", at: at(state) } }));
    assert.ok(seen.has(state));
    await database.up(SECOND, CONSENT);
    assert.deepEqual(keysOf(database), ITS_KEYS);
    assertComplete(database, state);
    await database.rollback(SECOND, CONSENT);
    assert.deepEqual(settingsOf(database), settings);
    assertComplete(database, `${state}, rolled back`);
  });
}

Deno.test("up of a new version of a rebuild resumes after a crash at any request (every eleventh is tried), and so does its rollback", async () => {
  for (const state of ["copy", "create-new"]) {
    let crashes = 0;
    for (let n = 4;; n += 11) {
      await using database = await start();
      const settings = settingsOf(database);
      await upOrDie(database, FIRST, { disturbance: { kind: "dies", at: states().at(state) } });
      const died = await upOrDie(database, SECOND, { disturbance: { kind: "dies", at: n } });
      if (!died) break;
      crashes++;
      const message = `${state}, then request ${n}`;
      if (n % 2 === 0) {
        await database.up(SECOND, CONSENT);
        assert.deepEqual(keysOf(database), ITS_KEYS, message);
        assertComplete(database, message);
      }
      // Half of the rollbacks find a migration that is half done.
      const registry = database.ledger().get("migration:20240101_000001")?.["checksums"];
      await database.rollback(JSON.stringify(registry).includes("second") ? SECOND : FIRST, CONSENT);
      assert.deepEqual(settingsOf(database), settings, message);
      assertComplete(database, `${message}, rolled back`);
    }
    assert.ok(crashes >= 5, `${crashes} crashes show nothing`);
  }
});

Deno.test("up of a new version rebuilds what the old one had finished before a later step failed, and what it had found to be so", async () => {
  const failing = (change: Omit<RebuildContainerOptions, "container">, checksum: string) => {
    const [entry] = registryOf(
      defineMigration({
        description: "Other keys",
        up: [
          rebuildContainer({ container: "Orders", ...change }),
          run({ name: "then", describe: "Then", execute: () => Promise.reject(new Error("not now")) }),
        ],
      }),
    );
    return [{ ...entry!, checksum }];
  };
  for (const change of [{ uniqueKeys: [["/number"]] as const }, { partitionKey: "/customer" }] as const) {
    await using database = await start();
    const settings = settingsOf(database);
    await assert.rejects(database.up(failing(change, "v1:first"), CONSENT), { code: "migration-failed" });
    await database.up(SECOND, CONSENT);
    assert.deepEqual(keysOf(database), ITS_KEYS);
    assertComplete(database, "up");
    await database.rollback(SECOND, CONSENT);
    assert.deepEqual(settingsOf(database), settings);
    assertComplete(database, "back");
  }
});

Deno.test("up of a new version that wants the container as it was abandons the rebuild, and that of a step for another container is refused", async () => {
  await using database = await start();
  const settings = settingsOf(database);
  const { _rid: rid } = database.emulator.store.settings("Orders");
  await upOrDie(database, FIRST, { disturbance: { kind: "dies", at: states().at("copy") } });
  await database.up(version({ partitionKey: "/customer" }, "v1:second"), CONSENT);
  assert.deepEqual([settingsOf(database), database.emulator.store.settings("Orders")["_rid"]], [
    settings,
    rid,
  ]);
  assertComplete(database, "as it was");

  await using other = await EmbeddedDatabase.start({
    Orders: { partitionKey: "/customer", documents: ORDERS },
    Copies: { partitionKey: "/customer", documents: [] },
  });
  const named = (container: string, checksum: string) => {
    const [entry] = registryOf(
      defineMigration({
        description: "Keys",
        up: [rebuildContainer({ container, uniqueKeys: [["/number"]], name: "rebuild" })],
      }),
    );
    return [{ ...entry!, checksum }];
  };
  await upOrDie(other, named("Orders", "v1:first"), {
    disturbance: { kind: "dies", at: states().at("create-new") },
  });
  await assert.rejects(
    other.up(named("Copies", "v1:second"), CONSENT),
    /the step was begun for the container "Orders"/,
  );
  await other.up(named("Orders", "v1:first-again"), CONSENT);
  assert.deepEqual(other.documents("Orders").length, ORDERS.length);
});
