import assert from "node:assert/strict";
import { convert, rename, set } from "../../../../lib/definition/edit.ts";
import { applyEdits } from "../../../../lib/operations/documents/apply_edits.ts";
import { undoEdits } from "../../../../lib/operations/documents/undo_edits.ts";

const price = convert("/price", { do: (value: string) => Number(value), undo: (value) => value.toFixed(2) });

Deno.test("undoEdits() converts back what the application has set since, and restores what it has not", () => {
  const { document, notes } = applyEdits({ id: "a", price: "1.5" }, [price]);
  const options = { edits: [price], notes, traced: true };

  assert.deepEqual(undoEdits(document, options), { id: "a", price: "1.5" });
  assert.deepEqual(undoEdits({ ...document, price: 9 }, options), { id: "a", price: "9.00" });
});

Deno.test("undoEdits() goes by the newest of several conversions of one value", () => {
  const first = applyEdits({ id: "a", price: "1.5" }, [price]);
  const again = applyEdits({ ...first.document, price: "7" }, [price]);
  const options = { edits: [price], notes: [...first.notes, ...again.notes], traced: true };

  assert.deepEqual(undoEdits(again.document, options), { id: "a", price: "7" });
});

Deno.test("undoEdits() leaves a value that was set when somebody else has set another one since", () => {
  const edits = [set("/a", 2)];
  const { document, notes } = applyEdits({ id: "a", a: 1 }, edits);

  assert.deepEqual(undoEdits({ ...document, a: 3 }, { edits, notes, traced: true }), { id: "a", a: 3 });
});

Deno.test("undoEdits() moves the value back that is there now", () => {
  const edits = [rename("/mail", "/email")];
  const { document, notes } = applyEdits({ id: "a", mail: "old" }, edits);

  assert.deepEqual(undoEdits({ ...document, email: "new" }, { edits, notes, traced: true }), {
    id: "a",
    mail: "new",
  });
});

Deno.test("undoEdits() leaves places that are gone", () => {
  const edits = [rename("/items/*/a", "/items/*/b"), set("/deep/x", 1)];
  const { document, notes } = applyEdits({ id: "a", items: [{ a: 1 }, { a: 2 }], deep: {} }, edits);

  const undone = undoEdits({ ...document, items: [{ b: 1 }], deep: 5 }, { edits, notes, traced: true });

  assert.deepEqual(undone, { id: "a", items: [{ a: 1 }], deep: 5 });
});
