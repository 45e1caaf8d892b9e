import assert from "node:assert/strict";
import { add, convert, rename, set } from "../../../lib/definition/edit.ts";
import { editDocuments } from "../../../lib/definition/edit_documents.ts";
import { addField, convertField, removeField, setField } from "../../../lib/definition/edit_fields.ts";
import { lookup } from "../../../lib/definition/lookup.ts";
import { transformDocuments } from "../../../lib/definition/transform_documents.ts";

interface Named {
  id: string;
  name: string;
}
interface V1 {
  id: string;
  categoryId: string;
  tagIds: string[];
}
interface V2 {
  id: string;
  categoryId: string;
  tags: Named[];
}

const base = { container: "product", where: "IS_DEFINED(c.tagIds)" } as const;
const tags = lookup<Named>({ container: "productTag", by: "/id" });
const tagsByKey = lookup<Named>({ container: "productTag", by: "/id", mode: "by-key" });
const forth = ({ tagIds, ...rest }: V1): V2 => ({ ...rest, tags: tagIds.map((id) => ({ id, name: "" })) });

/** Never called: what is refused here is refused by the compiler. */
export function acceptedByTypes(): void {
  transformDocuments({
    ...base,
    lookups: { tags, tagsByKey },
    transform: async ({ tagIds, ...rest }: V1, { lookups, signal }): Promise<V2 | undefined> => {
      const now: string = lookups.tags.require("a").name;
      const later: Promise<Named | undefined> = lookups.tagsByKey.get("a");
      const aborted: boolean = signal.aborted;
      await later;
      return aborted ? undefined : { ...rest, tags: tagIds.map((id) => ({ id, name: now })) };
    },
    isDone: (document) => "tags" in document,
    undo: {
      mark: true,
      lookups: { other: tags },
      transform: ({ tags, ...rest }, { lookups }) => ({
        ...rest,
        tagIds: tags.map(({ id }) => lookups.other.require(id).id),
      }),
    },
  });
  // The result's type need not be written.
  transformDocuments({
    ...base,
    transform: ({ tagIds, ...rest }: V1) => ({ ...rest, count: tagIds.length }),
    undo: {
      where: "IS_DEFINED(c.count)",
      transform: ({ count, ...rest }) => ({ ...rest, tagIds: Array<string>(count) }),
    },
  });
  convert("/price", { do: (price: string) => Number(price), undo: (price) => price.toFixed(2) });
  set("/a", { deep: [1, null, "x"] });
}

/** Never called: every line under a directive must fail to compile, or the test run does. */
export function refusedByTypes(): void {
  transformDocuments({
    ...base,
    // @ts-expect-error the document has no such property
    transform: (document: V1): V2 => ({ ...forth(document), categoryId: document.category }),
  });
  transformDocuments({
    ...base,
    // @ts-expect-error the result lacks a property of its declared type
    transform: ({ tagIds: _, ...rest }: V1): V2 => rest,
  });
  transformDocuments({
    ...base,
    transform: forth,
    // @ts-expect-error the way back returns another shape than the way there takes
    undo: { transform: ({ id }) => ({ id }) },
  });
  transformDocuments({
    ...base,
    transform: forth,
    undo: {
      // @ts-expect-error the way back gets the new shape, which has no tagIds
      transform: ({ tagIds, ...rest }) => ({ ...rest, tagIds }),
    },
  });
  transformDocuments({
    ...base,
    // @ts-expect-error a document has an id
    transform: (document: { categoryId: string }): V2 => ({ id: "", tags: [], ...document }),
  });
  transformDocuments({
    ...base,
    // @ts-expect-error a result has an id
    transform: ({ categoryId }: V1) => ({ categoryId }),
  });
  transformDocuments({
    ...base,
    lookups: { tags },
    transform: (document: V1, { lookups }): V2 => ({
      ...forth(document),
      // @ts-expect-error there is no lookup of this name
      tags: [lookups.labels.require("a")],
    }),
  });
  transformDocuments({
    ...base,
    lookups: { tags },
    transform: (document: V1, { lookups }): V1 => ({
      ...document,
      // @ts-expect-error the values of the lookup have no such property
      categoryId: lookups.tags.require("a").title,
    }),
  });
  transformDocuments({
    ...base,
    lookups: { tags },
    // @ts-expect-error get may find nothing
    transform: (document: V1, { lookups }): V1 => ({ ...document, categoryId: lookups.tags.get("a").name }),
  });
  transformDocuments({
    ...base,
    lookups: { tagsByKey },
    transform: (document: V1, { lookups }): V2 => ({
      ...forth(document),
      // @ts-expect-error a lookup by key answers with a promise
      tags: [lookups.tagsByKey.require("a")],
    }),
  });
  transformDocuments({
    ...base,
    lookups: { tags },
    transform: (document: V1, { lookups }): V2 => ({
      ...forth(document),
      // @ts-expect-error keys are texts, numbers or booleans
      tags: [lookups.tags.require(document)],
    }),
  });
  transformDocuments({
    ...base,
    // @ts-expect-error the only ways are "stop" and "collect"
    onError: "ignore",
    transform: forth,
  });
  // @ts-expect-error there is nothing to do without a transform
  transformDocuments({ ...base });
  // @ts-expect-error a path begins with a slash
  add("age", 0);
  // @ts-expect-error a function is no JSON
  add("/age", () => 0);
  // @ts-expect-error a date is no JSON
  set("/since", new Date());
  // @ts-expect-error undefined is no JSON
  addField({ container: "Users", field: "/age", value: undefined });
  // @ts-expect-error the new place is missing
  rename("/a");
  // @ts-expect-error the way back takes what the way there returns
  convert("/price", { do: (price: string) => Number(price), undo: (price) => price.toUpperCase() });
  convertField({
    container: "Products",
    field: "/price",
    do: (price: string) => Number(price),
    // @ts-expect-error the way back returns what the way there takes
    undo: (price) => price,
  });
  // @ts-expect-error at least one edit
  editDocuments({ container: "Users", edits: [] });
  // @ts-expect-error an edit is made by a builder of its own
  editDocuments({ container: "Users", edits: [{ kind: "increment", path: "/n" }] });
  // @ts-expect-error which documents is said in SQL
  setField({ container: "Users", field: "/n", value: 1, where: { n: 0 } });
  // @ts-expect-error a removal has no value
  removeField({ container: "Users", field: "/n", value: 1 });
  // @ts-expect-error the only modes are "load" and "by-key"
  lookup<Named>({ container: "productTag", by: "/id", mode: "lazy" });
  // @ts-expect-error what it is found by is a path
  lookup<Named>({ container: "productTag", by: "id" });
}

Deno.test("transformDocuments() and editDocuments() refuse wrong uses when they are compiled", () => {
  // The directives above fail the type check where nothing is refused.
  assert.equal(typeof acceptedByTypes, "function");
  assert.equal(typeof refusedByTypes, "function");
});
