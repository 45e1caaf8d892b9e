import assert from "node:assert/strict";
import { differencesBetween, differencesWithout, stateOf } from "../../../lib/testing/database_state.ts";
import type { ContainerSeed } from "../../../lib/testing/mod.ts";

function state(documents: ContainerSeed["documents"], settings: Partial<ContainerSeed> = {}) {
  return stateOf({ containers: { Users: { partitionKey: "/tenant", documents, ...settings } } });
}

Deno.test("differencesBetween() names what was created, changed and deleted, down to the value", () => {
  const before = state([{ id: "a", tenant: 1, o: { x: 1, y: 2 } }, { id: "b", tenant: 1 }]);
  const after = state([{ id: "a", tenant: 1, o: { x: 1, y: 3 } }, { id: "c", tenant: 1 }]);
  assert.deepEqual(differencesBetween(before, after), [
    { container: "Users", id: "a", kind: "changed", changes: [{ path: "/o/y", before: 2, after: 3 }] },
    { container: "Users", id: "b", kind: "deleted", changes: [] },
    { container: "Users", id: "c", kind: "created", changes: [] },
  ]);
});

Deno.test("differencesBetween() tells documents of the same id in two partitions apart", () => {
  const before = state([{ id: "a", tenant: 1, n: 1 }, { id: "a", tenant: 2, n: 2 }]);
  const after = state([{ id: "a", tenant: 1, n: 1 }, { id: "a", tenant: 2, n: 3 }]);
  assert.deepEqual(differencesBetween(before, after).map(({ changes }) => changes), [[{
    path: "/n",
    before: 2,
    after: 3,
  }]]);
});

Deno.test("differencesBetween() compares settings by meaning, and leaves out what the service and this tool keep", () => {
  const plain = state([{ id: "a", tenant: 1 }]);
  const marked = state([{ id: "a", tenant: 1, _etag: "x", __cosmig: { m: 1 } }], {
    indexingPolicy: { indexingMode: "Consistent", includedPaths: [{ path: "/*" }] },
  });
  assert.deepEqual(differencesBetween(plain, marked), []);
  const [other] = differencesBetween(plain, state([{ id: "a", tenant: 1 }], { defaultTtl: 5 }));
  assert.deepEqual([other?.id, other?.changes], [undefined, [{
    path: "/defaultTtl",
    before: undefined,
    after: 5,
  }]]);
});

Deno.test("differencesBetween() and stateOf() know containers that come and go, and leave out those that are not asked for", () => {
  const empty = stateOf({ containers: {} });
  assert.deepEqual(differencesBetween(empty, state([{ id: "a" }])).map(({ kind, id }) => [kind, id]), [
    ["created", undefined],
    ["created", "a"],
  ]);
  assert.equal(stateOf({ containers: { Users: { partitionKey: "/id" } } }, ["Users"]).size, 0);
});

Deno.test("differencesWithout() leaves out the places that are known, and keeps the others of the same document", () => {
  const differences = differencesBetween(state([{ id: "a", x: 1, y: 1 }]), state([{ id: "a", x: 2, y: 2 }]));
  const known = differencesBetween(state([{ id: "a", x: 1 }]), state([{ id: "a", x: 9 }]));
  assert.deepEqual(
    differencesWithout(differences, known).flatMap(({ changes }) => changes.map(({ path }) => path)),
    [
      "/y",
    ],
  );
  assert.deepEqual(differencesWithout(differences, differences), []);
  assert.deepEqual(differencesWithout(differences, []), differences);
});
