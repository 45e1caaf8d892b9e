import assert from "node:assert/strict";
import { CosmigError } from "../../../lib/base/errors.ts";
import { addCompositeIndex } from "../../../lib/definition/composite_index.ts";
import { createContainer } from "../../../lib/definition/create_container.ts";
import { setDefaultTtl } from "../../../lib/definition/default_ttl.ts";
import type { CompositeIndex } from "../../../lib/definition/indexing_policy.ts";
import { setIndexingPolicy } from "../../../lib/definition/set_indexing_policy.ts";

function refusal(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    assert.ok(error instanceof CosmigError);
    assert.equal(error.code, "operation-refused");
    return error.message;
  }
  assert.fail("nothing was thrown");
}

Deno.test("setDefaultTtl() refuses what is no positive whole number", () => {
  for (const seconds of [0, -1, 1.5, NaN, 3e9]) {
    assert.match(
      refusal(() => setDefaultTtl({ container: "S", seconds })),
      new RegExp(`current value is ${seconds}`),
    );
  }
  assert.match(
    refusal(() => setDefaultTtl({ container: "a/b", seconds: 1 })),
    /"a\/b" as the name of a container/,
  );
});

Deno.test("addCompositeIndex() refuses too few, doubled and malformed paths", () => {
  const define = (...paths: unknown[]) => () =>
    addCompositeIndex({ container: "O", paths: paths as unknown as CompositeIndex });
  assert.match(refusal(define(["/a", "ascending"])), /2 to 8 paths/);
  assert.match(refusal(define(["/a", "ascending"], ["/a", "descending"])), /each path stands in it once/);
  assert.match(refusal(define(["/a", "ascending"], ["b", "ascending"])), /current value is "b"/);
  assert.match(refusal(define(["/a", "ascending"], ["/b/*", "ascending"])), /current value is "\/b\/\*"/);
  assert.match(refusal(define(["/a", "ascending"], ["/b/?", "ascending"])), /end without "\/\?"/);
  assert.match(refusal(define(["/a", "ascending"], ["/b", "up"])), /current value is "up"/);
});

Deno.test("createContainer() declares what Cosmos DB takes", () => {
  const { parameters, step, description } = createContainer({
    container: "Orders",
    partitionKey: ["/tenant", "/customer/id"],
    uniqueKeys: [["/number"]],
    defaultTtlSeconds: "on-without-default",
    throughput: { maxRuPerSecond: 4_000 },
  });
  assert.deepEqual(parameters.definition, {
    id: "Orders",
    partitionKey: { paths: ["/tenant", "/customer/id"], kind: "MultiHash", version: 2 },
    uniqueKeyPolicy: { uniqueKeys: [{ paths: ["/number"] }] },
    defaultTtl: -1,
  });
  assert.equal(step, "createContainer:Orders");
  assert.equal(
    description,
    'Create the container "Orders", partition key /tenant, /customer/id, with unique keys',
  );
});

Deno.test("createContainer() refuses paths and throughput that the service would refuse", () => {
  const base = { container: "O", partitionKey: "/id" } as const;
  assert.match(
    refusal(() => createContainer({ ...base, partitionKey: ["/a", "/b", "/c", "/d"] })),
    /1 to 3 paths/,
  );
  assert.match(
    refusal(() => createContainer({ ...base, partitionKey: "/items/*/id" })),
    /current value is "\/items/,
  );
  assert.match(
    refusal(() => createContainer({ ...base, throughput: { ruPerSecond: 450 } })),
    /in steps of 100/,
  );
  assert.match(
    refusal(() => createContainer({ ...base, throughput: { maxRuPerSecond: 500 } })),
    /in steps of 1000/,
  );
});

Deno.test("setIndexingPolicy() copies the policy, so that a later change of the object has no effect", () => {
  const indexingPolicy = { excludedPaths: [{ path: "/a/*" }] };
  const operation = setIndexingPolicy({ container: "E", indexingPolicy });
  indexingPolicy.excludedPaths.push({ path: "/b/*" });
  assert.deepEqual(operation.parameters.indexingPolicy, { excludedPaths: [{ path: "/a/*" }] });
  assert.match(operation.description, /1 excluded/);
});

Deno.test("operations keep revision and ifContainerExists in their inverse", () => {
  const operation = setDefaultTtl({
    container: "S",
    seconds: 1,
    ifContainerExists: true,
    revision: "2",
    name: "n",
  });
  const inverse = operation.invert({ previous: null });
  assert.deepEqual([inverse?.step, inverse?.ifContainerExists, inverse?.revision], ["n", true, "2"]);
  assert.deepEqual(inverse?.parameters, { container: "S", seconds: "off" });
});
