import assert from "node:assert/strict";
import { run } from "../../../lib/definition/run.ts";

const base = { name: "warm", describe: "Warm the cache", execute: () => {} };

Deno.test("run() cannot be undone without an undo", () => {
  assert.equal(run(base).reversibility, "none");
  assert.equal(run(base).invert(), undefined);
  const undone = run({ ...base, undo: () => {}, revision: "3" });
  assert.equal(undone.reversibility, "by-value");
  assert.equal(run({ ...base, undo: () => {}, reversibility: "exact" }).reversibility, "exact");
  assert.deepEqual([undone.invert()?.step, undone.invert()?.revision, undone.invert()?.description], [
    "warm",
    "3",
    "Undo: Warm the cache",
  ]);
});

Deno.test("run() has functions, so that a change of them is not missed after a fix forward", () => {
  assert.equal(run(base).hasFunctions, true);
  assert.deepEqual(run(base).fingerprint, { name: "warm", describe: "Warm the cache" });
});

Deno.test("run() refuses an empty name or description", () => {
  assert.throws(() => run({ ...base, name: " " }), /say something/);
  assert.throws(() => run({ ...base, describe: "" }), /say something/);
});
