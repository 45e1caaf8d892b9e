/** Real data with ground truth: version 2 of Microsoft's CosmicWorks becomes version 3, and comes back. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { JsonObject } from "../../lib/base/json.ts";
import { defineMigration, lookup, transformDocuments } from "../../lib/mod.ts";
import { EmbeddedDatabase, registryOf } from "../support/embedded_database.ts";

const DATA = new URL("../../../shared/data/cosmicworks/", import.meta.url);
const MISSING = !existsSync(DATA);

interface Named {
  id: string;
  name: string;
}
interface V2 {
  id: string;
  categoryId: string;
  tagIds: string[];
}
interface V3 {
  id: string;
  categoryId: string;
  categoryName: string;
  tags: Named[];
}

const denormalise = defineMigration({
  description: "Products carry the names of their category and tags",
  up: [
    transformDocuments({
      container: "product",
      where: "NOT IS_DEFINED(c.categoryName)",
      lookups: {
        categories: lookup<Named>({ container: "productCategory", by: "/id" }),
        tags: lookup<Named>({ container: "productTag", by: "/id" }),
      },
      transform: ({ tagIds, ...product }: V2, { lookups }): V3 => ({
        ...product,
        categoryName: lookups.categories.require(product.categoryId).name,
        tags: tagIds.map((id) => ({ id, name: lookups.tags.require(id).name })),
      }),
      undo: {
        where: "IS_DEFINED(c.categoryName)",
        transform: ({ categoryName: _, tags, ...product }) => ({
          ...product,
          tagIds: tags.map((tag) => tag.id),
        }),
      },
    }),
  ],
});

async function read(version: "v2" | "v3", container: string): Promise<JsonObject[]> {
  const documents: JsonObject[] = JSON.parse(
    await readFile(new URL(`${version}/${container}.json`, DATA), "utf8"),
  );
  return documents.sort((left, right) => String(left["id"]) < String(right["id"]) ? -1 : 1);
}

Deno.test({
  name: `up turns CosmicWorks v2 into v3, and rollback turns it back${
    MISSING ? " (skipped: the data set is not beside the project)" : ""
  }`,
  ignore: MISSING,
  fn: async () => {
    const [v2, v3] = [await read("v2", "product"), await read("v3", "product")];
    assert.equal(v2.length, 295);
    await using database = await EmbeddedDatabase.start({
      product: { partitionKey: "/categoryId", documents: v2 },
      productCategory: { partitionKey: "/type", documents: await read("v2", "productCategory") },
      productTag: { partitionKey: "/type", documents: await read("v2", "productTag") },
    });
    const registry = registryOf(denormalise);

    const report = await database.up(registry);
    assert.deepEqual(report.finished.map(({ documents }) => documents), [{
      read: 295,
      changed: 295,
      skipped: 0,
    }]);
    assert.deepEqual(database.documents("product"), v3);
    assert.deepEqual(database.documents("productCategory"), await read("v3", "productCategory"));
    assert.deepEqual(database.documents("productTag"), await read("v3", "productTag"));

    await database.rollback(registry);
    assert.deepEqual(database.documents("product"), v2);
  },
});
