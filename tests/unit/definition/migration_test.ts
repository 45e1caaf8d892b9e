import assert from "node:assert/strict";
import { RegistryError } from "../../../lib/base/errors.ts";
import { addCompositeIndex } from "../../../lib/definition/composite_index.ts";
import { setDefaultTtl } from "../../../lib/definition/default_ttl.ts";
import { defineMigration, downOf, isMigration, reversibilityOf } from "../../../lib/definition/migration.ts";
import { run } from "../../../lib/definition/run.ts";
import { seedDocuments } from "../../../lib/definition/seed_documents.ts";

const ttl = setDefaultTtl({ container: "Sessions", seconds: 60 });
const index = addCompositeIndex({ container: "Users", paths: [["/a", "ascending"], ["/b", "ascending"]] });
const seed = seedDocuments({ container: "Users", documents: [{ id: "1" }] });
const code = run({ name: "code", describe: "Run code", execute: () => {} });

function messageFrom(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    assert.ok(error instanceof RegistryError);
    return `${error.message} / ${error.hint}`;
  }
  assert.fail("nothing was thrown");
}

Deno.test("defineMigration() returns frozen data", () => {
  const up = [ttl, index];
  const migration = defineMigration({ description: " Sessions expire ", up });
  assert.equal(migration.description, "Sessions expire");
  assert.throws(() => (migration.up as unknown[]).push(seed), TypeError);
  up.push(index);
  assert.equal(migration.up.length, 2);
  assert.ok(isMigration(migration));
});

Deno.test("defineMigration() refuses an empty description and an empty list", () => {
  assert.match(messageFrom(() => defineMigration({ description: " ", up: [ttl] })), /description is empty/);
  assert.match(
    messageFrom(() => defineMigration({ description: "x", up: [] })),
    /"x" as it has no operations yet/,
  );
});

Deno.test("defineMigration() refuses what is no operation, and says where", () => {
  const define = (item: unknown) => () =>
    defineMigration({ description: "x", up: [ttl, item as typeof ttl] });
  assert.match(messageFrom(define(undefined)), /up\[1\] is not an operation: current value is undefined/);
  assert.match(messageFrom(define({ kind: "addField" })), /up\[1\] .* an object/);
  assert.match(messageFrom(define([index])), /up\[1\] .* a list \/ Spread the inner list/);
  assert.match(messageFrom(define(() => index)), /up\[1\] .* a function/);
  const down = () => defineMigration({ description: "x", up: [ttl], down: [null as unknown as typeof ttl] });
  assert.match(messageFrom(down), /down\[0\] .* null/);
});

Deno.test("defineMigration() names both operations with one step key", () => {
  const again = setDefaultTtl({ container: "Sessions", seconds: 90 });
  const message = messageFrom(() => defineMigration({ description: "x", up: [ttl, again] }));
  assert.ok(message.includes(`"${ttl.description}" and "${again.description}" / Give one a name`), message);
  const named = setDefaultTtl({ container: "Sessions", seconds: 90, name: "again" });
  assert.deepEqual(defineMigration({ description: "x", up: [ttl, named] }).up.map(({ step }) => step), [
    "setDefaultTtl:Sessions",
    "again",
  ]);
});

Deno.test("downOf() reverses the inverses, made from what was captured", () => {
  const migration = defineMigration({ description: "x", up: [ttl, index, seed] });
  const captured = new Map([[ttl.step, { previous: 30 }], [index.step, { position: null }]]);
  const down = downOf(migration, (step) => captured.get(step));
  assert.deepEqual(down?.map(({ kind, step }) => [kind, step]), [
    ["removeSeededDocuments", seed.step],
    ["removeCompositeIndex", index.step],
    ["setDefaultTtl", ttl.step],
  ]);
  assert.deepEqual(down?.at(-1)?.parameters, { container: "Sessions", seconds: 30 });
});

Deno.test("downOf() is words only while nothing is captured", () => {
  const down = downOf(defineMigration({ description: "x", up: [ttl] }));
  assert.deepEqual(down?.map(({ kind, description }) => [kind, description]), [
    ["doNothing", 'Set the default TTL of "Sessions" back to what it was'],
  ]);
});

Deno.test("downOf() is undefined when an operation has no inverse, and the own down where there is one", () => {
  assert.equal(downOf(defineMigration({ description: "x", up: [ttl, code] })), undefined);
  assert.deepEqual(downOf(defineMigration({ description: "x", up: [ttl, code], down: [index] })), [index]);
  assert.deepEqual(downOf(defineMigration({ description: "x", up: [code], down: [] })), []);
});

Deno.test("reversibilityOf() is that of the worst operation, unless there is a down", () => {
  const of = (...up: [typeof ttl | typeof seed | typeof code]) =>
    reversibilityOf(defineMigration({ description: "x", up }));
  assert.equal(of(ttl), "exact");
  assert.equal(reversibilityOf(defineMigration({ description: "x", up: [ttl, seed] })), "by-value");
  assert.equal(reversibilityOf(defineMigration({ description: "x", up: [seed, code, ttl] })), "none");
  assert.equal(reversibilityOf(defineMigration({ description: "x", up: [code], down: [] })), "own-down");
});
