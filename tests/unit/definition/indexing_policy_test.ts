import assert from "node:assert/strict";
import { normalizeIndexingPolicy } from "../../../lib/definition/indexing_policy.ts";

const same = (left: Parameters<typeof normalizeIndexingPolicy>[0], right: typeof left) =>
  assert.deepEqual(normalizeIndexingPolicy(left), normalizeIndexingPolicy(right));
const different = (left: Parameters<typeof normalizeIndexingPolicy>[0], right: typeof left) =>
  assert.notDeepEqual(normalizeIndexingPolicy(left), normalizeIndexingPolicy(right));

Deno.test("normalizeIndexingPolicy() adds what the service adds", () => {
  same({}, {
    indexingMode: "Consistent",
    automatic: true,
    includedPaths: [{ path: "/*", indexes: [{ kind: "Range", dataType: "Number", precision: -1 }] }],
    excludedPaths: [{ path: '/"_etag"/?' }],
    compositeIndexes: [],
    fullTextIndexes: [],
  });
});

Deno.test("normalizeIndexingPolicy() ignores the order of lists, and keeps that within a composite index", () => {
  const [a, b] = [{ path: "/a", order: "ascending" }, { path: "/b", order: "descending" }];
  same({ compositeIndexes: [[a, b], [b, a]] }, { compositeIndexes: [[b, { path: "/a" }], [a, b]] });
  different({ compositeIndexes: [[a, b]] }, { compositeIndexes: [[b, a]] });
  different({ compositeIndexes: [[a, b]] }, { compositeIndexes: [[a, { path: "/b" }]] });
  same({ excludedPaths: [{ path: "/x/*" }, { path: "/y/*" }] }, {
    excludedPaths: [{ path: "/y/*" }, { path: "/x/*" }],
  });
});

Deno.test("normalizeIndexingPolicy() keeps what it does not know apart", () => {
  different({ newFeature: { on: true } }, {});
  different({ excludedPaths: [{ path: "/x/*" }] }, {});
  different({ vectorIndexes: [{ path: "/v", type: "flat" }] }, {
    vectorIndexes: [{ path: "/v", type: "diskANN" }],
  });
});

Deno.test("normalizeIndexingPolicy() takes a policy without an index as one without paths", () => {
  same({ indexingMode: "none" }, {
    indexingMode: "none",
    automatic: false,
    includedPaths: [],
    excludedPaths: [],
  });
});
