import assert from "node:assert/strict";
import { CosmigError } from "../../../lib/base/errors.ts";
import { lookup } from "../../../lib/definition/lookup.ts";
import { transformDocuments } from "../../../lib/definition/transform_documents.ts";

interface Item {
  id: string;
  n: number;
}

const keep = (item: Item): Item => item;

function isRefused(error: unknown): boolean {
  return error instanceof CosmigError && error.code === "operation-refused";
}

Deno.test("transformDocuments() says in words what it does and what its inverse does", () => {
  const operation = transformDocuments({
    container: "items",
    where: "c.n = 1",
    lookups: {
      a: lookup<Item>({ container: "as", by: "/id" }),
      b: lookup<Item>({ container: "bs", by: "/id" }),
    },
    mark: true,
    transform: keep,
    undo: { transform: keep },
  });

  assert.equal(
    operation.description,
    'Transform documents of "items" where c.n = 1 with what "as" and "bs" have and stamp them',
  );
  assert.equal(operation.invert()?.description, 'Transform back documents of "items" that were transformed');
  assert.deepEqual(operation.containers, ["items", "as", "bs"]);
});

Deno.test("transformDocuments() is undone by `undo` alone, under the same key", () => {
  const forth = transformDocuments({ container: "items", where: "c.n = 1", transform: keep });
  const both = transformDocuments({
    container: "items",
    where: "c.n = 1",
    transform: keep,
    undo: { where: "c.n = 2", transform: keep },
  });

  assert.deepEqual([forth.reversibility, forth.invert()], ["none", undefined]);
  assert.equal(both.reversibility, "by-value");
  const inverse = both.invert();
  assert.equal(inverse?.step, both.step);
  assert.deepEqual(inverse?.invert()?.fingerprint, both.fingerprint);
});

Deno.test("transformDocuments() has a fingerprint of everything but functions", () => {
  const fingerprint = (where: string, by: `/${string}`) =>
    JSON.stringify(
      transformDocuments({
        container: "items",
        where,
        lookups: { a: lookup<Item>({ container: "as", by }) },
        transform: keep,
      }).fingerprint,
    );

  assert.equal(fingerprint("c.n = 1", "/id"), fingerprint("c.n = 1", "/id"));
  assert.notEqual(fingerprint("c.n = 1", "/id"), fingerprint("c.n = 2", "/id"));
  assert.notEqual(fingerprint("c.n = 1", "/id"), fingerprint("c.n = 1", "/n"));
});

Deno.test("transformDocuments() refuses what is no function, an empty condition and a wrong container", () => {
  const wrong = "(x) => x" as unknown as typeof keep;
  assert.throws(() => transformDocuments({ container: "items", transform: wrong }), isRefused);
  assert.throws(() => transformDocuments({ container: "items", where: "", transform: keep }), isRefused);
  assert.throws(() => transformDocuments({ container: "a/b", where: "c.n", transform: keep }), isRefused);
});

Deno.test("lookup() refuses a path with * and a limit below 1", () => {
  assert.throws(() => lookup<Item>({ container: "as", by: "/a/*" }), isRefused);
  assert.throws(() => lookup<Item>({ container: "as", by: "/id", maxEntries: 0 }), isRefused);
  assert.throws(() => lookup<Item>({ container: "", by: "/id" }), isRefused);
});
