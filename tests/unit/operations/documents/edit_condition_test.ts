import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../../lib/base/json.ts";
import { compileSelection } from "../../../../lib/bulk/selection.ts";
import { add, type Edit, remove, rename, set } from "../../../../lib/definition/edit.ts";
import { applyEdits } from "../../../../lib/operations/documents/apply_edits.ts";
import { conditionOf, type ConditionPurpose } from "../../../../lib/operations/documents/edit_condition.ts";
import { undoEdits } from "../../../../lib/operations/documents/undo_edits.ts";

const leaf = fc.constantFrom<string | number | boolean | null>("x", "", 0, 1, true, null);
const object = fc.record({ p: leaf, q: leaf }, { requiredKeys: [] });
const inner = fc.oneof(leaf, object, fc.array(fc.oneof(leaf, object), { maxLength: 3 }));
const documents = fc.record({ p: inner, q: inner, r: fc.oneof(inner, fc.record({ p: inner })) }, {
  requiredKeys: [],
}).map((document): JsonObject => JSON.parse(JSON.stringify(document)));

const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.constantFrom<Edit>(
    add("/p", 1),
    add("/p/q", "x"),
    add("/p/*/q", true),
    add("/r/p/*/p", null),
    set("/q", "x"),
    set("/q/p", null),
    set("/p/*", 0),
    set("/p/*/p", 1),
    set("/r", { p: 1 }),
    remove("/p"),
    remove("/r/p/q"),
    remove("/p/*/q"),
    rename("/p", "/q"),
    rename("/p/p", "/r/p"),
    rename("/p", "/r/q"),
    rename("/p/*/p", "/p/*/q"),
    rename("/r/p/*/p", "/r/p/*/q"),
  ),
);

function selects(edit: Edit, purpose: ConditionPurpose, document: JsonObject): boolean {
  const condition = conditionOf([edit], purpose);
  return condition !== undefined && compileSelection(condition).matches(document);
}

Deno.test("conditionOf() selects as unfinished just what an edit changes", () => {
  fc.assert(
    fc.property(edits, documents, (edit, document) => {
      const changes = applyEdits(document, [edit]).notes.length > 0;
      assert.equal(selects(edit, "unfinished", document), changes);
      assert.ok(!changes || selects(edit, "to-edit", document));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("conditionOf() selects to undo whatever an edit can be undone in", () => {
  const reversible = edits.map((edit): Edit => edit.kind === "set" ? { ...edit, undo: "was" } : edit);
  fc.assert(
    fc.property(reversible, documents, (edit, document) => {
      const undone = undoEdits(document, { edits: [edit], notes: [], traced: false });
      if (undone !== document) assert.ok(selects(edit, "to-undo", document));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("conditionOf() joins the conditions of several edits and keeps their values apart", () => {
  const condition = conditionOf([set("/p", 1), set("/q", 2), add("/r", 3)], "to-edit");

  const { matches } = compileSelection(condition ?? {});

  assert.deepEqual(condition?.parameters, { "@v0": 1, "@v1": 2 });
  assert.equal(matches({ p: 1, q: 2, r: 0 }), false);
  assert.equal(matches({ p: 1, q: 1, r: 0 }), true);
  assert.equal(matches({ p: 1, q: 2 }), true);
});

Deno.test("conditionOf() quotes names as they are", () => {
  const condition = conditionOf([remove('/say "hi"~1\\')], "to-edit");

  assert.equal(compileSelection(condition ?? {}).matches({ 'say "hi"/\\': 1 }), true);
});
