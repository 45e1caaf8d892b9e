import assert from "node:assert/strict";
import fc from "fast-check";
import { CosmigError } from "../../../lib/base/errors.ts";
import { isJsonObject, type JsonObject } from "../../../lib/base/json.ts";
import { add, convert, type Edit, remove, rename, set } from "../../../lib/definition/edit.ts";
import { editDocuments, type EditDocumentsOptions } from "../../../lib/definition/edit_documents.ts";
import {
  addField,
  convertField,
  removeField,
  renameField,
  setField,
} from "../../../lib/definition/edit_fields.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import { FakeContainer, type FakeContainerOptions } from "../../support/fake_container.ts";
import { StepFixture } from "../../support/step_fixture.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

type Document = JsonObject & { readonly id: string };

function setup(documents: readonly Document[], options: Partial<FakeContainerOptions> = {}) {
  const clock = new VirtualClock();
  const container = new FakeContainer({ clock, ...options });
  for (const document of documents) container.put(document);
  return { clock, container, step: new StepFixture(clock, container) };
}

/** What becomes of documents on the way up, and what of those on the way down. */
async function thereAndBack(operation: Operation, documents: readonly Document[]) {
  const { container, step } = setup(documents);
  const outcome = await step.up(operation);
  const there = container.contents();
  await step.down(operation);
  return { outcome, there, back: container.contents() };
}

function refusal(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof CosmigError, String(error));
    assert.equal(error.code, "operation-refused");
    assert.match(`${error.message} ${error.hint}`, pattern);
    return true;
  };
}

// --- each edit, there and back

Deno.test("add() gives documents a value that they lack, and takes it back by value", async () => {
  const { outcome, there, back } = await thereAndBack(
    addField({ container: "Users", field: "/age", value: 0 }),
    [{ id: "a" }, { id: "b", age: 7 }, { id: "c", age: null }, { id: "d", age: 0 }],
  );

  assert.deepEqual(there, [{ id: "a", age: 0 }, { id: "b", age: 7 }, { id: "c", age: null }, {
    id: "d",
    age: 0,
  }]);
  assert.deepEqual(outcome.documents, { read: 1, changed: 1, skipped: 0 });
  assert.deepEqual(back, [{ id: "a" }, { id: "b", age: 7 }, { id: "c", age: null }, { id: "d" }]);
});

Deno.test("add() leaves a document whose surrounding object is missing", async () => {
  const { there, back } = await thereAndBack(
    addField({ container: "Users", field: "/address/country", value: "DE" }),
    [{ id: "a" }, { id: "b", address: {} }, { id: "c", address: "?" }, {
      id: "d",
      address: { country: "FR" },
    }],
  );

  assert.deepEqual(there, [
    { id: "a" },
    { id: "b", address: { country: "DE" } },
    { id: "c", address: "?" },
    { id: "d", address: { country: "FR" } },
  ]);
  assert.deepEqual(back[1], { id: "b", address: {} });
});

Deno.test("set() replaces another value, and puts `undo` back where the value still is the new one", async () => {
  const { outcome, there, back } = await thereAndBack(
    setField({ container: "Users", field: "/plan", value: "free", undo: "trial", where: "c.plan = 'trial'" }),
    [{ id: "a", plan: "trial" }, { id: "b", plan: "paid" }, { id: "c", plan: 3 }, { id: "d", plan: "free" }],
  );

  assert.deepEqual(there.map(({ plan }) => plan), ["free", "paid", 3, "free"]);
  assert.equal(outcome.documents.changed, 1);
  assert.deepEqual(back.map(({ plan }) => plan), ["trial", "paid", 3, "trial"]);
});

Deno.test("set() reaches documents without the value, and values of other types", async () => {
  const { container, step } = setup([{ id: "a" }, { id: "b", tags: 1 }, { id: "c", tags: ["x"] }]);

  const outcome = await step.up(setField({ container: "Users", field: "/tags", value: ["x"] }));

  assert.deepEqual(container.contents().map(({ tags }) => tags), [["x"], ["x"], ["x"]]);
  assert.equal(outcome.documents.changed, 2);
});

Deno.test("remove() without recoverable is destructive and has no inverse", () => {
  const operation = removeField({ container: "Users", field: "/legacy" });

  assert.deepEqual([operation.destructive, operation.reversibility, operation.invert()], [
    true,
    "none",
    undefined,
  ]);
});

Deno.test("remove() that is recoverable brings the value back, and nothing of it stays", async () => {
  const documents = [{ id: "a", legacy: { x: [1] } }, { id: "b" }, { id: "c", legacy: null }];
  const operation = removeField({ container: "Users", field: "/legacy", recoverable: true });

  const { there, back } = await thereAndBack(operation, documents);

  assert.equal(operation.reversibility, "exact");
  assert.equal(operation.destructive, false);
  assert.ok(there.every((document) => !("legacy" in document)));
  assert.deepEqual(back, documents);
});

Deno.test("remove() that is recoverable leaves what the application has put there since", async () => {
  const { container, step } = setup([{ id: "a", legacy: 1 }]);
  const operation = removeField({ container: "Users", field: "/legacy", recoverable: true });
  await step.up(operation);
  container.put({ ...container.document("a"), id: "a", legacy: 2 });

  await step.down(operation);

  assert.deepEqual(container.contents(), [{ id: "a", legacy: 2 }]);
});

Deno.test("rename() moves a value, and leaves and counts a document that has both names", async () => {
  const { outcome, there, back } = await thereAndBack(
    renameField({ container: "Users", field: "/mail", to: "/contact/email" }),
    [
      { id: "a", mail: "a@x", contact: {} },
      { id: "b", mail: "b@x", contact: { email: "other" } },
      { id: "c", mail: "c@x" },
      { id: "d", contact: { email: "d@x" } },
    ],
  );

  assert.deepEqual(there, [
    { id: "a", contact: { email: "a@x" } },
    { id: "b", mail: "b@x", contact: { email: "other" } },
    { id: "c", mail: "c@x" },
    { id: "d", contact: { email: "d@x" } },
  ]);
  assert.deepEqual(outcome.documents, { read: 2, changed: 1, skipped: 1 });
  assert.deepEqual(back[0], { id: "a", mail: "a@x", contact: {} });
  assert.deepEqual(back[3], { id: "d", mail: "d@x", contact: {} }, "by value: it had the new name before");
});

Deno.test("convert() changes what `where` selects, and takes back what would be selected again", async () => {
  const { there, back } = await thereAndBack(
    convertField({
      container: "Users",
      field: "/price",
      where: "c.kind = 'product' AND IS_STRING(c.price)",
      do: (price: string) => Number(price),
      undo: (price) => price.toFixed(2),
    }),
    [
      { id: "a", kind: "product", price: "1.50" },
      { id: "b", kind: "order", price: 3 },
      { id: "c", kind: "product", price: 2 },
    ],
  );

  assert.deepEqual(there.map(({ price }) => price), [1.5, 3, 2]);
  assert.deepEqual(back.map(({ price }) => price), ["1.50", 3, "2.00"], "the order was never in question");
});

Deno.test("convert() goes back to the documents that undoWhere selects", async () => {
  const { back } = await thereAndBack(
    convertField({
      container: "Users",
      field: "/price",
      where: "IS_STRING(c.price)",
      undoWhere: "IS_NUMBER(c.price) AND c.price < 2",
      do: (price: string) => Number(price),
      undo: (price) => price.toFixed(2),
    }),
    [{ id: "a", price: "1.50" }, { id: "b", price: "3.00" }],
  );

  assert.deepEqual(back.map(({ price }) => price), ["1.50", 3]);
});

Deno.test("convert() names the document that its function fails on", async () => {
  const { step } = setup([{ id: "a", price: "?" }]);
  const operation = convertField({
    container: "Users",
    field: "/price",
    where: "IS_STRING(c.price)",
    do: (price: string) => Number(price),
  });

  await assert.rejects(step.up(operation), (error) => {
    assert.ok(error instanceof CosmigError && error.code === "documents-failed");
    assert.match(error.message, /"a".*"\/price" is no JSON: current value is NaN/);
    return true;
  });
});

// --- arrays

Deno.test("editDocuments() reaches every element of nested arrays", async () => {
  const documents = [
    { id: "a", orders: [{ items: [{ sku: 1 }, { sku: 2, code: 9 }] }, {}, { items: [3, { sku: 4 }] }] },
    { id: "b", orders: [] },
    { id: "c", orders: "none" },
  ];
  const { there, back, outcome } = await thereAndBack(
    editDocuments({
      container: "Users",
      edits: [
        rename("/orders/*/items/*/sku", "/orders/*/items/*/code"),
        add("/orders/*/open", true),
      ],
    }),
    documents,
  );

  assert.deepEqual(there[0], {
    id: "a",
    orders: [
      { items: [{ code: 1 }, { sku: 2, code: 9 }], open: true },
      { open: true },
      { items: [3, { code: 4 }], open: true },
    ],
  });
  assert.deepEqual(outcome.documents, { read: 1, changed: 1, skipped: 0 });
  assert.deepEqual(back[1], documents[1]);
  assert.deepEqual(back[0], documents[0]);
});

Deno.test("editDocuments() converts the elements of an array of values", async () => {
  const { there } = await thereAndBack(
    convertField({
      container: "Users",
      field: "/tags/*",
      where: "EXISTS(SELECT VALUE 1 FROM t IN c.tags WHERE IS_NUMBER(t))",
      do: (tag: number | string) => String(tag),
      undo: (tag) => Number(tag),
    }),
    [{ id: "a", tags: [1, "2"] }],
  );

  assert.deepEqual(there[0], { id: "a", tags: ["1", "2"] });
});

// --- how it is written

Deno.test("editDocuments() writes each document once, whatever the number of edits", async () => {
  const { container, step } = setup([{ id: "a", x: 1 }, { id: "b", x: 1 }]);
  let writes = 0;
  container.before = (request) => void (writes += request.kind === "write" ? request.writes.length : 0);

  await step.up(
    editDocuments({ container: "Users", edits: [add("/a", 1), rename("/x", "/y"), set("/z", [1])] }),
  );

  assert.equal(writes, 2);
  assert.deepEqual(container.contents()[0], { id: "a", a: 1, y: 1, z: [1] });
});

Deno.test("editDocuments() makes do with ten operations, and with the whole document beyond that", async () => {
  const nested = Array.from({ length: 12 }, (_, index) => add(`/o/f${index}`, index));
  const flat = Array.from({ length: 12 }, (_, index) => add(`/f${index}`, index));
  for (const edits of [nested, flat]) {
    const { container, step } = setup([{ id: "a", o: {}, keep: 1 }]);
    const kinds: string[] = [];
    container.before = (request) =>
      void (request.kind === "write" && kinds.push(...request.writes.map(({ kind }) => kind)));
    const [first, ...rest] = edits;

    await step.up(editDocuments({ container: "Users", edits: [first!, ...rest] }));

    assert.deepEqual(kinds, [edits === nested ? "patch" : "replace"]);
    assert.equal(container.document("a")?.["keep"], 1);
    const holder = edits === nested ? container.document("a")?.["o"] : container.document("a");
    assert.ok(isJsonObject(holder) && holder["f11"] === 11);
  }
});

Deno.test("editDocuments() writes names with slashes and tildes as they are", async () => {
  const { container, step } = setup([{ id: "a", "x/y": { "~": 1 } }]);

  await step.up(editDocuments({ container: "Users", edits: [add("/x~1y/b~0", 2)] }));

  assert.deepEqual(container.contents(), [{ id: "a", "x/y": { "~": 1, "b~": 2 } }]);
});

// --- mark and trace

Deno.test("editDocuments() with mark edits a document once, where nothing else tells", async () => {
  const { container, step } = setup([{ id: "a", n: 1 }, { id: "b", n: 5 }]);
  const operation = convertField({
    container: "Users",
    field: "/n",
    mark: true,
    do: (n: number) => n + 1,
    undo: (n) => n - 1,
  });
  const numbers = () => container.contents().map(({ n }) => n);

  await step.up(operation);
  await step.again(operation, "up");
  assert.deepEqual(numbers(), [2, 6]);
  container.put({ id: "c", n: 100 });
  await step.down(operation);
  await step.again(operation.invert()!, "down");
  assert.deepEqual(container.contents(), [{ id: "a", n: 1 }, { id: "b", n: 5 }, { id: "c", n: 100 }]);
  await step.up(operation);
  assert.deepEqual(numbers(), [2, 6, 101], "what was brought back is edited again");
});

Deno.test("editDocuments() with trace brings documents back and keeps what the application changed in other fields", async () => {
  const { container, step } = setup([{ id: "a", mail: "m", age: 0, price: "1.5", note: "n" }, {
    id: "b",
    email: "e",
  }]);
  const operation = editDocuments({
    container: "Users",
    where: "NOT IS_DEFINED(c.v)",
    trace: true,
    edits: [
      rename("/mail", "/email"),
      add("/age", 0),
      convert("/price", { do: (price: string) => Number(price) }),
      remove("/note"),
      set("/v", 2),
    ],
  });
  assert.equal(operation.reversibility, "exact");
  assert.equal(operation.destructive, false);

  await step.up(operation);
  assert.ok(container.contents().every((document) => isJsonObject(document["__cosmig"])));
  container.put({ ...container.document("a"), id: "a", live: true });
  await step.down(operation);

  assert.deepEqual(container.contents(), [
    { id: "a", mail: "m", age: 0, price: "1.5", note: "n", live: true },
    { id: "b", email: "e" },
  ]);
});

Deno.test("editDocuments() with trace leads back to where it began, also over several versions of an edit", async () => {
  const { container, step } = setup([{ id: "a", n: "1", kind: "x" }]);
  const version = (where: string, to: (value: string | number) => string | number | JsonObject) =>
    editDocuments({ container: "Users", where, trace: true, name: "n", edits: [convert("/n", { do: to })] });
  await step.up(version("IS_STRING(c.n)", Number));
  const fixed = version("IS_NUMBER(c.n)", (value) => ({ value }));
  await step.up(fixed);
  assert.deepEqual(container.document("a")?.["n"], { value: 1 });

  await step.down(fixed);

  assert.deepEqual(container.contents(), [{ id: "a", kind: "x", n: "1" }]);
});

Deno.test("editDocuments() with trace touches nothing without notes on the way back", async () => {
  const { container, step } = setup([{ id: "a" }]);
  const operation = addField({ container: "Users", field: "/age", value: 0, trace: true });
  await step.up(operation);
  container.put({ id: "b", age: 0 });

  await step.down(operation);

  assert.deepEqual(container.contents(), [{ id: "a" }, { id: "b", age: 0 }]);
});

const value: fc.Arbitrary<string | number | null | JsonObject> = fc.constantFrom<
  string | number | null | JsonObject
>(
  "x",
  0,
  1,
  null,
  { deep: 1 },
);
const documentArbitrary = fc.record({
  id: fc.constant("a"),
  a: value,
  b: value,
  c: fc.oneof(value, fc.array(fc.record({ a: value, b: value }, { requiredKeys: [] }), { maxLength: 3 })),
}, { requiredKeys: ["id"] });
const editArbitrary: fc.Arbitrary<Edit> = fc.oneof(
  fc.constantFrom<Edit>(
    rename("/a", "/b"),
    rename("/b", "/a"),
    rename("/c/*/a", "/c/*/b"),
    remove("/a"),
    remove("/c/*/b", { recoverable: true }),
    add("/a/new", 1),
  ),
  value.map((item) => add("/a", item)),
  value.map((item) => set("/b", item)),
  value.map((item) => set("/c/*/a", item)),
  fc.constant(convert("/a", { do: (item: string | number | null | JsonObject) => ({ was: item }) })),
);

Deno.test("editDocuments() with trace and mark undoes any list of edits exactly", async () => {
  await fc.assert(
    fc.asyncProperty(
      documentArbitrary,
      fc.array(editArbitrary, { minLength: 1, maxLength: 5 }),
      async (document, [first, ...rest]) => {
        const { container, step } = setup([JSON.parse(JSON.stringify(document)) as Document]);
        const before = container.contents();
        const operation = editDocuments({
          container: "Users",
          trace: true,
          mark: true,
          edits: [first!, ...rest],
        });

        await step.up(operation);
        await step.again(operation, "up");
        assert.ok((container.writesById.get("a") ?? 0) <= 1, "once");
        await step.down(operation);

        assert.deepEqual(container.contents(), before);
      },
    ),
    { numRuns: 300 },
  );
});

// --- refusals

const edit = (options: Partial<EditDocumentsOptions>) =>
  editDocuments({ container: "Users", edits: [add("/a", 1)], ...options });

Deno.test("estimate() of editDocuments refuses what cannot work, before anything is written", async () => {
  const { step, container } = setup([{ id: "a" }], { partitionKeyPaths: ["/tenant/id"] });
  const cases: readonly [Operation, RegExp][] = [
    [
      edit({ edits: [convert("/price", { do: (price: string) => price + "!" })] }),
      /nothing tells.*mark: true/,
    ],
    [edit({ where: "c.a = udf.check(c)" }), /where|condition/],
    [edit({ where: "c.a = = 1" }), /condition/],
    [edit({ edits: [set("/tenant", 1)] }), /partition key.*moveToPartition/],
    [edit({ edits: [rename("/x", "/tenant/id/y")] }), /partition key/],
  ];

  for (const [operation, pattern] of cases) {
    await assert.rejects(step.estimate(operation, "none"), refusal(pattern));
  }
  assert.equal(container.requests, 0);
});

Deno.test("editDocuments() stops when edits undo each other", async () => {
  const { step, container } = setup([{ id: "a" }]);

  await assert.rejects(
    step.up(edit({ edits: [add("/a", 1), rename("/a", "/b")] })),
    refusal(/would be changed again/),
  );
  assert.equal(container.writesById.size, 0);
});

// --- estimate, verify, touch

Deno.test("estimate() of editDocuments counts what would be changed and says what it costs", async () => {
  const { container, step } = setup([], { ranges: 3, definition: { id: "Users", defaultTtl: 60 } });
  for (let index = 0; index < 40; index++) {
    container.put({ id: `d${index}`, ...(index < 30 ? {} : { age: 1 }) });
  }

  const estimate = await step.estimate(addField({ container: "Users", field: "/age", value: 0 }));

  assert.equal(estimate.documents, 30);
  assert.ok(
    estimate.requestUnits !== undefined && estimate.requestUnits > 300 && estimate.requestUnits < 600,
  );
  assert.match(estimate.notes.join(), /time to live.*change feed/);
});

Deno.test("estimate() of editDocuments projects a sample of many documents", async () => {
  const { container, step } = setup([], { ranges: 4 });
  for (let index = 0; index < 8_000; index++) container.put({ id: `d${index}` });

  const operation = addField({ container: "Users", field: "/age", value: 0 });
  const { documents, notes } = await step.estimate(operation, "sampled");

  assert.ok(documents !== undefined && documents >= 6_400 && documents <= 9_600, `${documents}`);
  assert.match(notes.join(), /sample/);
  assert.equal((await step.estimate(operation, "none")).documents, undefined);
});

Deno.test("verify() of editDocuments finds what an old application has written since", async () => {
  const { container, step } = setup([{ id: "a" }]);
  const operation = renameField({ container: "Users", field: "/mail", to: "/email" });
  await step.up(operation);
  assert.deepEqual(await step.verify(operation), []);
  container.put({ id: "b", mail: "m" });
  container.put({ id: "c", mail: "m", email: "e" });

  const [finding] = await step.verify(operation);

  assert.match(finding ?? "", /^Documents of "Users" still to be edited: 1, by/);
});

Deno.test("selection() of editDocuments gives what an unfinished attempt may have read new ETags and changes nothing", async () => {
  const { container, step } = setup([{ id: "a", n: 1 }, { id: "b", n: 2 }, { id: "c", m: 1 }]);
  const operation = addField({ container: "Users", field: "/m", value: 0, mark: true });
  await step.up(operation);
  container.put({ id: "d", n: 4 });
  const before = container.contents();
  const etags = () => ["a", "b", "c", "d"].map((id) => container.document(id)?.["_etag"]);
  const etagsBefore = etags();

  const outcome = await step.touch(operation);

  assert.deepEqual(container.contents(), before);
  assert.equal(outcome.documents.changed, 1);
  assert.deepEqual(etags().map((etag, index) => etag === etagsBefore[index]), [true, true, true, false]);
});
