import assert from "node:assert/strict";
import { seedDocuments } from "../../../lib/definition/seed_documents.ts";

const seed = (...documents: { id: string }[]) => seedDocuments({ container: "C", documents });

Deno.test("seedDocuments() copies the documents deeply", () => {
  const document = { id: "a", tags: ["x"] };
  const operation = seed(document);
  document.tags.push("y");
  assert.deepEqual(operation.parameters.documents, [{ id: "a", tags: ["x"] }]);
  assert.throws(() => (operation.parameters.documents[0]?.["tags"] as string[]).push("z"), TypeError);
});

Deno.test("seedDocuments() refuses what would not survive as JSON, and says where", () => {
  const define = (value: unknown) => () => seed({ id: "a", deep: [{ value }] } as { id: string });
  assert.throws(define(new Date(0)), /document 0 to seed into "C" as JSON at "\/deep\/0\/value": .* a Date/);
  assert.throws(define(NaN), /current value is NaN/);
  assert.throws(define(1n), /a bigint/);
  assert.throws(define(() => 1), /a function/);
  assert.deepEqual(define(undefined)().parameters.documents, [{ id: "a", deep: [{}] }]);
});

Deno.test("seedDocuments() refuses unusable ids, reserved properties, doubles and nothing at all", () => {
  assert.throws(() => seed(), /there is no document/);
  for (const id of ["", "a/b", "a?", "#"]) assert.throws(() => seed({ id }), /an id is a text/);
  assert.throws(() => seed({ id: "a", _etag: "1" } as { id: string }), /carries "_etag"/);
  assert.throws(() => seed({ id: "a" }, { id: "a" }), /the document "a" is given twice/);
});

Deno.test("seedDocuments() is undone by value, and with upsert not at all", () => {
  assert.equal(seed({ id: "a" }).reversibility, "by-value");
  assert.equal(seed({ id: "a" }).invert()?.kind, "removeSeededDocuments");
  const upsert = seedDocuments({ container: "C", documents: [{ id: "a" }], mode: "upsert" });
  assert.equal(upsert.reversibility, "none");
  assert.equal(upsert.invert(), undefined);
});
