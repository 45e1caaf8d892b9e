import assert from "node:assert/strict";
import { RegistryError } from "../../../lib/base/errors.ts";
import { setDefaultTtl } from "../../../lib/definition/default_ttl.ts";
import { defineMigration, type Migration } from "../../../lib/definition/migration.ts";
import { defineRegistry, registryDigest, type RegistryEntry } from "../../../lib/definition/registry.ts";

const migration = defineMigration({ description: "x", up: [setDefaultTtl({ container: "S", seconds: 1 })] });
const entry = (id: string, name = "a"): RegistryEntry => ({ id, name, checksum: `v1:${id}`, migration });
const [first, second] = [entry("20240101_000001"), entry("20240101_000002")];

function problemOf(entries: readonly RegistryEntry[], digest = registryDigest(entries)): string {
  const registry = defineRegistry(digest, entries);
  try {
    void registry.entries;
  } catch (error) {
    assert.ok(error instanceof RegistryError);
    assert.ok(error.hint);
    return error.message;
  }
  assert.fail("nothing was thrown");
}

Deno.test("defineRegistry() gives the entries, frozen", () => {
  const entries = [first, second];
  const registry = defineRegistry(registryDigest(entries), entries);
  assert.deepEqual(registry.entries, entries);
  assert.throws(() => (registry.entries as RegistryEntry[]).pop(), TypeError);
  assert.deepEqual(defineRegistry(registryDigest([]), []).entries, []);
});

Deno.test("defineRegistry() throws nothing itself, because it runs while modules are loaded", () => {
  assert.doesNotThrow(() => defineRegistry("", [second, first]));
});

Deno.test("defineRegistry() refuses an id that is given twice, and names both", () => {
  assert.equal(
    problemOf([entry("20240101_000001", "a"), entry("20240101_000001", "b")]),
    'Cannot use the registry as the id "20240101_000001" is given twice: to "a" and to "b"',
  );
});

Deno.test("defineRegistry() refuses another order, a digest of other entries, and what is no migration", () => {
  assert.match(problemOf([second, first]), /"20240101_000001" comes after "20240101_000002"/);
  assert.match(problemOf([first, second], registryDigest([first])), /its digest does not match its entries/);
  assert.match(problemOf([entry("20240230_000001")]), /a real date: current value is "20240230_000001"/);
  assert.match(problemOf([{ ...first, checksum: "v9:1" }]), /current value is "v9:1"/);
  assert.match(
    problemOf([{ ...first, migration: {} as Migration }]),
    /default export of its file is not a migration/,
  );
});

Deno.test("registryDigest() depends on id, name and checksum of every entry", () => {
  const digests = [
    [first],
    [first, second],
    [{ ...first, name: "b" }],
    [{ ...first, checksum: "v1:2" }],
    [{ ...first, id: "20240101_000003" }],
  ].map(registryDigest);
  assert.equal(new Set(digests).size, digests.length);
});
