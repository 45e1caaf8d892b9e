import assert from "node:assert/strict";
import { addCompositeIndex } from "../../../lib/definition/composite_index.ts";
import { setDefaultTtl } from "../../../lib/definition/default_ttl.ts";
import { addField, removeField, renameField } from "../../../lib/definition/edit_fields.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import { setIndexingPolicy } from "../../../lib/definition/set_indexing_policy.ts";
import { transformDocuments } from "../../../lib/definition/transform_documents.ts";
import { isSuperseded } from "../../../lib/maintenance/superseded.ts";
import { entry } from "../../support/records.ts";

const AGE = addField({ container: "Users", field: "/age", value: 0 });
const INDEX = addCompositeIndex({ container: "Users", paths: [["/a", "ascending"], ["/b", "ascending"]] });
const TRANSFORM = transformDocuments({
  container: "Users",
  where: "true",
  transform: (document) => document,
});

Deno.test("isSuperseded() knows what a later operation may have changed on purpose", () => {
  const unknown: Operation = { ...entry("1").migration.up[0]!, containers: ["Users"] };
  const table: readonly [Operation, Operation, boolean][] = [
    [AGE, removeField({ container: "Users", field: "/age", recoverable: true }), true],
    [AGE, removeField({ container: "Orders", field: "/age", recoverable: true }), false],
    [AGE, addField({ container: "Users", field: "/aged", value: 0 }), false],
    [
      addField({ container: "Users", field: "/a", value: {} }),
      addField({ container: "Users", field: "/a/b", value: 0 }),
      true,
    ],
    [AGE, renameField({ container: "Users", field: "/old", to: "/age" }), true],
    [AGE, TRANSFORM, true],
    [TRANSFORM, AGE, true],
    [AGE, INDEX, false],
    [
      INDEX,
      addCompositeIndex({ container: "Users", paths: [["/a", "ascending"], ["/c", "ascending"]] }),
      false,
    ],
    [INDEX, setIndexingPolicy({ container: "Users", indexingPolicy: { indexingMode: "none" } }), true],
    [INDEX, setDefaultTtl({ container: "Users", seconds: 5 }), false],
    [AGE, unknown, true],
  ];
  for (const [earlier, later, expected] of table) {
    assert.equal(isSuperseded(earlier, [later]), expected, `${earlier.step} by ${later.step}`);
  }
  assert.equal(isSuperseded(AGE, []), false);
});
