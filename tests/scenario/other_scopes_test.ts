/** Applications that keep their histories in one container, each in a scope of its own. */
import assert from "node:assert/strict";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import { addField, defineMigration, lookup, run, transformDocuments } from "../../lib/mod.ts";
import { previewUp } from "../../lib/runner/preview.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

const POLICY = { order: "linear", ahead: "allow", drift: "refuse" } as const;
const WARNING =
  'Migrations of the scope "billing" name "Users" as well. Scopes do not exclude each other: let a container belong to one of them, or never run both at a time';

function adds(field: string, container = "Users"): RegistryEntry[] {
  return registryOf(
    defineMigration({ description: field, up: [addField({ container, field: `/${field}`, value: 0 })] }),
  );
}

function start(): Promise<EmbeddedDatabase> {
  return EmbeddedDatabase.start({
    Users: { partitionKey: "/id", documents: [{ id: "a" }] },
    Orders: { partitionKey: "/id", documents: [{ id: "o" }] },
  });
}

async function planned(database: EmbeddedDatabase, registry: readonly RegistryEntry[]) {
  const { warnings } = await database.within(
    registry,
    {},
    (context) => previewUp(context, { policy: POLICY, count: "none", limit: context.settings }),
  );
  return warnings;
}

function warned({ events }: EmbeddedDatabase): string[] {
  return events.flatMap((event) => event.type === "warned" ? [event.message] : []);
}

Deno.test("plan and up warn when another scope names a container that is to be changed", async () => {
  await using database = await start();
  assert.deepEqual(await planned(database, adds("age")), [], "there is no ledger yet");
  await database.up(adds("credit"), { scope: "billing" });
  assert.deepEqual(warned(database), []);
  assert.deepEqual(await planned(database, adds("age")), [WARNING]);
  assert.equal((await database.up(adds("age"))).finished.length, 1);
  assert.deepEqual(warned(database), [WARNING]);
});

Deno.test("plan warns of what another scope has begun and not finished, and of what it only reads", async () => {
  await using database = await start();
  const registry = registryOf(defineMigration({
    description: "Reads users",
    up: [
      transformDocuments({
        container: "Orders",
        where: "NOT IS_DEFINED(c.user)",
        lookups: { users: lookup({ container: "Users", by: "/id" }) },
        transform: () => {
          throw new Error("not now");
        },
      }),
    ],
  }));
  await assert.rejects(database.up(registry, { scope: "billing" }), { code: "migration-failed" });
  assert.deepEqual(await planned(database, adds("age")), [WARNING]);
  assert.match((await planned(database, adds("age", "Orders"))).join(), /name "Orders" as well/);
});

Deno.test("plan does not warn of other containers, of what was rolled back, nor of its own scope", async () => {
  await using database = await start();
  await database.up(adds("age"));
  await database.up(adds("credit", "Orders"), { scope: "billing" });
  const [first] = adds("age");
  const second = registryOf(
    defineMigration({ description: "More", up: [addField({ container: "Users", field: "/b", value: 1 })] }),
  ).map((entry) => ({ ...entry, id: "20240101_000002" }));
  assert.deepEqual(await planned(database, [...first === undefined ? [] : [first], ...second]), []);

  await database.up(adds("name"), { scope: "reporting" });
  assert.equal(
    (await planned(database, adds("age").map((entry) => ({ ...entry, id: "20240101_000003" })))).length,
    1,
  );
  await database.rollback(adds("name"), { scope: "reporting" });
  assert.deepEqual(
    await planned(database, adds("age").map((entry) => ({ ...entry, id: "20240101_000003" }))),
    [],
  );
});

Deno.test("plan looks at no other scope when nothing is pending", async () => {
  await using database = await start();
  await database.up(adds("age"));
  await database.up(adds("credit"), { scope: "billing" });
  let queries = 0;
  database.emulator.onRequest({
    before: ({ body }) => {
      if (body.includes("@scope")) queries++;
      return undefined;
    },
  });
  assert.deepEqual(await planned(database, adds("age")), []);
  assert.equal((await database.up(adds("age"))).finished.length, 0);
  assert.equal(queries, 0);
  const [next] = registryOf(
    defineMigration({
      description: "Nothing",
      up: [run({ name: "n", describe: "n", execute: () => Promise.resolve() })],
    }),
  );
  assert.deepEqual(await planned(database, [...adds("age"), { ...next!, id: "20240101_000009" }]), []);
  assert.equal(queries, 0, "nor when no container is named");
});

Deno.test("up goes on when the other scopes cannot be read", async () => {
  await using database = await start();
  await database.up(adds("credit"), { scope: "billing" });
  database.emulator.onRequest({
    before: ({ body }) =>
      body.includes("@scope") && body.includes("containers") ? { kind: "answer", status: 403 } : undefined,
  });
  assert.equal((await database.up(adds("age"))).finished.length, 1);
  assert.match(
    warned(database).join(),
    /^Whether another scope works on the same containers could not be found out: /,
  );
});
