import assert from "node:assert/strict";
import { CosmigError } from "../../../lib/base/errors.ts";
import { add, convert, type Edit, remove, rename, set } from "../../../lib/definition/edit.ts";
import { editDocuments } from "../../../lib/definition/edit_documents.ts";
import { addField, removeField, renameField, setField } from "../../../lib/definition/edit_fields.ts";
import type { Reversibility } from "../../../lib/definition/operation.ts";

function refusal(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof CosmigError && error.code === "operation-refused", String(error));
    assert.match(error.message, pattern);
    return true;
  };
}

const price = convert("/price", { do: (value: string) => Number(value) });

Deno.test("editDocuments() says in words what it does, and what its inverse does", () => {
  const cases = [
    [
      addField({ container: "Users", field: "/age", value: 0 }),
      'Add field /age = 0 to documents of "Users" that lack it',
      'Remove field /age from documents of "Users" where it is 0',
    ],
    [
      addField({ container: "Users", field: "/age", value: 0, trace: true }),
      'Add field /age = 0 to documents of "Users" that lack it',
      'Remove field /age from the documents of "Users" that it was added to',
    ],
    [
      renameField({ container: "Users", field: "/mail", to: "/email", where: "c.kind = 'user'" }),
      `Rename field /mail to /email in documents of "Users" where c.kind = 'user'`,
      'Rename field /email to /mail in documents of "Users"',
    ],
    [
      setField({ container: "Users", field: "/plan", value: "free", undo: "trial" }),
      'Set field /plan = "free" in documents of "Users"',
      'Set field /plan = "trial" in documents of "Users" where it is "free"',
    ],
    [
      removeField({ container: "Users", field: "/old", recoverable: true }),
      'Remove field /old from documents of "Users", keeping its values for a rollback',
      'Put field /old back into documents of "Users"',
    ],
    [
      editDocuments({ container: "Users", edits: [add("/a", "x".repeat(100)), rename("/b", "/c")] }),
      `Edit documents of "Users": add /a = "${"x".repeat(59)}…, rename /b to /c`,
      `Edit back documents of "Users": rename /c to /b, remove /a where it is "${"x".repeat(59)}…`,
    ],
  ] as const;

  for (const [operation, there, back] of cases) {
    assert.equal(operation.description, there);
    assert.equal(operation.invert()?.description, back);
  }
});

Deno.test("editDocuments() undoes as well as the worst of its edits", () => {
  const cases: readonly [readonly [Edit, ...Edit[]], Reversibility][] = [
    [[add("/a", 1)], "by-value"],
    [[rename("/a", "/b")], "by-value"],
    [[set("/a", 1)], "none"],
    [[set("/a", 1, { undo: 0 })], "by-value"],
    [[remove("/a")], "none"],
    [[remove("/a", { recoverable: true })], "exact"],
    [[price], "none"],
    [[convert("/p", { do: (value: string) => Number(value), undo: String })], "by-value"],
    [[remove("/a", { recoverable: true }), add("/b", 1)], "by-value"],
    [[add("/b", 1), remove("/a")], "none"],
  ];
  for (const [edits, expected] of cases) {
    const operation = editDocuments({ container: "Users", edits });
    assert.equal(operation.reversibility, expected);
    assert.equal(operation.invert() === undefined, expected === "none");
    assert.equal(editDocuments({ container: "Users", edits, trace: true }).reversibility, "exact");
  }
});

Deno.test("editDocuments() calls only the loss of values destructive", () => {
  const destructive = (edit: Edit, trace = false) =>
    editDocuments({ container: "U", edits: [edit], trace }).destructive;

  assert.equal(destructive(remove("/a")), true);
  assert.equal(destructive(remove("/a"), true), false);
  assert.equal(destructive(remove("/a", { recoverable: true })), false);
  assert.equal(destructive(rename("/a", "/b")), false);
});

Deno.test("editDocuments() has a step key of container and paths, which its inverse keeps", () => {
  const operation = editDocuments({ container: "Users", edits: [add("/a", 1), rename("/b", "/c")] });

  assert.equal(operation.step, "editDocuments:Users:/a,/b,/c");
  assert.equal(operation.invert()?.step, operation.step);
  const named = addField({ container: "Users", field: "/a", value: 1, name: "first" });
  assert.deepEqual([named.step, named.invert()?.step], ["first", "first"]);
});

Deno.test("editDocuments() has a fingerprint of everything but functions", () => {
  const fingerprint = (edit: Edit, where?: string) =>
    JSON.stringify(
      editDocuments({ container: "U", edits: [edit], ...(where === undefined ? {} : { where }) }).fingerprint,
    );

  assert.notEqual(fingerprint(add("/a", 1)), fingerprint(add("/a", 2)));
  assert.notEqual(fingerprint(add("/a", 1)), fingerprint(set("/a", 1)));
  assert.notEqual(fingerprint(add("/a", 1)), fingerprint(add("/a", 1), "c.b"));
  assert.equal(fingerprint(price), fingerprint(convert("/price", { do: (value: string) => value.length })));
  const [converting, adding] = [price, add("/a", 1)].map((edit) =>
    editDocuments({ container: "U", edits: [edit] })
  );
  assert.deepEqual([converting?.hasFunctions, adding?.hasFunctions], [true, false]);
});

Deno.test("editDocuments() keeps its own copy of values", () => {
  const value = { tags: ["a"] };
  const edit = add("/x", value);
  value.tags.push("b");

  assert.deepEqual(edit.value, { tags: ["a"] });
});

Deno.test("edits refuse places that they cannot work on", () => {
  const cases: readonly [() => unknown, RegExp][] = [
    [() => add("/id", "x"), /"\/id".*moveToPartition/],
    [() => remove("/_etag"), /belongs to the service/],
    [() => set("/__cosmig/x", 1), /belongs to the service or to this tool/],
    [() => add("/*", 1), /no array/],
    [() => remove("/items/*"), /names a property/],
    [() => add("/", 1), /a path is like/],
    [() => add("/a~2", 1), /a path is like/],
    [() => rename("/a", "/a"), /not inside the other/],
    [() => rename("/a", "/a/b"), /not inside the other/],
    [() => rename("/a/*/x", "/b/*/x"), /same arrays/],
    [() => rename("/a/*/x", "/a"), /same arrays/],
    [() => rename("/x", "/a/*/x"), /same arrays/],
  ];
  for (const [make, pattern] of cases) assert.throws(make, refusal(pattern));
  assert.doesNotThrow(() => rename("/a/*/b/*/x", "/a/*/b/*/y/z"));
  assert.doesNotThrow(() => set("/items/*", 0));
});

Deno.test("editDocuments() refuses options that contradict each other", () => {
  const edits = [add("/a", 1)] as const;
  assert.throws(() => editDocuments({ container: "", edits }), refusal(/name of a container/));
  assert.throws(() => editDocuments({ container: "U", edits, where: " " }), refusal(/where is empty/));
  assert.throws(
    () => editDocuments({ container: "U", edits, trace: true, undoWhere: "c.a" }),
    refusal(/undoWhere has no effect/),
  );
});
