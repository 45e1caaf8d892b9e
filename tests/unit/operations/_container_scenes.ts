/** Scenes of the operations that change containers, their settings and their scripts. */
import fc from "fast-check";
import type { JsonObject } from "../../../lib/base/json.ts";
import { addCompositeIndex, removeCompositeIndex } from "../../../lib/definition/composite_index.ts";
import { copyContainer } from "../../../lib/definition/copy_container.ts";
import { createContainer } from "../../../lib/definition/create_container.ts";
import { setDefaultTtl } from "../../../lib/definition/default_ttl.ts";
import { deleteContainer } from "../../../lib/definition/delete_container.ts";
import { doNothing } from "../../../lib/definition/do_nothing.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import {
  putStoredProcedure,
  putTrigger,
  putUserDefinedFunction,
} from "../../../lib/definition/put_script.ts";
import { rebuildContainer } from "../../../lib/definition/rebuild_container.ts";
import { run, type RunContext } from "../../../lib/definition/run.ts";
import { setIndexingPolicy } from "../../../lib/definition/set_indexing_policy.ts";
import { setThroughput } from "../../../lib/definition/set_throughput.ts";
import { setVectorPolicy } from "../../../lib/definition/set_vector_policy.ts";
import type { Seed } from "../../../lib/emulator/mod.ts";
import { documentsWith } from "./_arbitrary_users.ts";
import type { KindScenes, Scene } from "./_operation_scene.ts";

type ContainerSeed = Seed["containers"][string];

const documents = documentsWith("age", "mail", "lines");
const INDEXES = [
  [["/a", "ascending"], ["/b", "descending"]],
  [["/b", "descending"], ["/a", "ascending"]],
  [["/x", "ascending"], ["/y", "ascending"], ["/z", "ascending"]],
] as const;
const compositeIndexes = fc.subarray([...INDEXES]).chain((some) =>
  fc.shuffledSubarray(some, { minLength: some.length })
)
  .map((indexes) => indexes.map((paths) => paths.map(([path, order]) => ({ path, order }))));
const excludedPaths = fc.subarray(["/secret/*", "/big/?"]).map((paths) => paths.map((path) => ({ path })));
const indexingPolicy = fc.record({ compositeIndexes, excludedPaths }, {
  requiredKeys: [],
  noNullPrototype: true,
});
const ttl = fc.constantFrom<(number | "on-without-default" | "off")[]>(
  100_000,
  200_000,
  "on-without-default",
  "off",
);
const throughput = fc.integer({ min: 4, max: 30 }).map((hundreds) => 100 * hundreds);

/** A container with any settings and documents. */
const container: fc.Arbitrary<ContainerSeed> = fc.record({
  partitionKey: fc.constant("/part"),
  documents,
  indexingPolicy: indexingPolicy as fc.Arbitrary<JsonObject>,
  defaultTtl: fc.constantFrom(-1, 100_000),
  throughput,
}, { requiredKeys: ["partitionKey", "documents"], noNullPrototype: true });

function onUsers(
  operation: fc.Arbitrary<Operation>,
  rest: Partial<Scene> & { readonly seed?: fc.Arbitrary<ContainerSeed> } = {},
): fc.Arbitrary<Scene> {
  const { seed = container, ...others } = rest;
  return fc.record({ users: seed, operation }).map(({ users, operation }) => ({
    containers: { Users: users, Other: { partitionKey: "/id", documents: [{ id: "1" }] } },
    operation,
    ...others,
  }));
}

const composite = fc.constantFrom(...INDEXES);
const EMBEDDING = { path: "/v", dataType: "float32", dimensions: 3, distanceFunction: "cosine" } as const;

export const INDEXING: KindScenes = {
  "any policy": onUsers(
    indexingPolicy.map((policy) => setIndexingPolicy({ container: "Users", indexingPolicy: policy })),
  ),
};
export const COMPOSITE_ADDITIONS: KindScenes = {
  "any index": onUsers(composite.map((paths) => addCompositeIndex({ container: "Users", paths }))),
};
export const COMPOSITE_REMOVALS: KindScenes = {
  "any index": onUsers(composite.map((paths) => removeCompositeIndex({ container: "Users", paths }))),
};
export const TTLS: KindScenes = {
  "any": onUsers(ttl.map((seconds) => setDefaultTtl({ container: "Users", seconds }))),
};
export const VECTORS: KindScenes = {
  "with and without an index": onUsers(
    fc.constantFrom([], [{ path: "/v", type: "flat" }] as const).map((indexes) =>
      setVectorPolicy({ container: "Users", embeddings: [EMBEDDING], indexes })
    ),
    // Embeddings cannot be removed in place.
    {
      restoredSettings: ({ vectorEmbeddingPolicy = null }, before) => ({ ...before, vectorEmbeddingPolicy }),
    },
  ),
};
export const THROUGHPUTS: KindScenes = {
  "for good": onUsers(
    throughput.map((ruPerSecond) => setThroughput({ container: "Users", throughput: { ruPerSecond } })),
    {
      seed: fc.record({ partitionKey: fc.constant("/part"), documents, throughput }, {
        noNullPrototype: true,
      }),
    },
  ),
  "for the migration": onUsers(
    throughput.map((ruPerSecond) =>
      setThroughput({ container: "Users", throughput: { ruPerSecond }, during: "migration" })
    ),
  ),
  "autoscale": fc.record({ was: fc.integer({ min: 1, max: 9 }), becomes: fc.integer({ min: 1, max: 9 }) })
    .map(
      ({ was, becomes }) => ({
        containers: {},
        prepared: [
          createContainer({
            container: "Users",
            partitionKey: "/id",
            throughput: { maxRuPerSecond: 1_000 * was },
          }),
        ],
        operation: setThroughput({ container: "Users", throughput: { maxRuPerSecond: 1_000 * becomes } }),
      }),
    ),
};

const scripts: fc.Arbitrary<Operation> = fc.record({
  id: fc.constantFrom("one", "two"),
  body: fc.constantFrom("function f() { return 1; }", "function f() { return 2; }"),
  put: fc.constantFrom(
    (script: { readonly id: string; readonly body: string }) =>
      putStoredProcedure({ container: "Users", ...script }),
    (script: { readonly id: string; readonly body: string }) =>
      putTrigger({ container: "Users", type: "pre", operation: "create", ...script }),
    (script: { readonly id: string; readonly body: string }) =>
      putUserDefinedFunction({ container: "Users", ...script }),
  ),
}).map(({ id, body, put }) => put({ id, body }));

export const SCRIPTS: KindScenes = {
  "missing, the same and another before": fc.record({
    prepared: fc.array(scripts, { maxLength: 8 }),
    operation: scripts,
  })
    .map((scene) => ({ containers: { Users: { partitionKey: "/part" } }, ...scene })),
};

const creation = fc.record({
  container: fc.constant("New"),
  partitionKey: fc.constantFrom("/part" as const, ["/a", "/b"] as ["/a", "/b"]),
  uniqueKeys: fc.subarray([["/u"], ["/v", "/w"]] as ["/u"][]),
  defaultTtlSeconds: ttl,
  indexingPolicy,
  throughput: throughput.map((ruPerSecond) => ({ ruPerSecond })),
}, { requiredKeys: ["container", "partitionKey"], noNullPrototype: true });

function creationScene(rest: Partial<Scene> & { readonly isThere?: boolean } = {}): fc.Arbitrary<Scene> {
  const { isThere = false, ...others } = rest;
  return fc.record({ users: container, creation }).map(({ users, creation }) => ({
    containers: { Users: users },
    prepared: isThere ? [createContainer(creation)] : [],
    operation: createContainer(creation),
    ...others,
  }));
}

export const CREATIONS: KindScenes = {
  "of what is missing": creationScene(),
  "of what is there": creationScene({ isThere: true }),
};
export const CREATION_REMOVALS: KindScenes = { "of what was created": creationScene({ isInverse: true }) };
export const CONTAINER_DELETIONS: KindScenes = {
  "of any": onUsers(fc.constant(deleteContainer({ container: "Users" }))),
};

const rebuildable: fc.Arbitrary<ContainerSeed> = container.map(({ defaultTtl: _, ...seed }) => seed);
const rebuilds = fc.constantFrom(
  rebuildContainer({ container: "Users", uniqueKeys: [["/id"]] }),
  rebuildContainer({ container: "Users", uniqueKeys: [] }),
  rebuildContainer({ container: "Users", partitionKey: "/mail" }),
  rebuildContainer({ container: "Users", partitionKey: ["/part", "/id"] }),
  rebuildContainer({ container: "Users", vectorEmbeddings: [EMBEDDING] }),
);
const writes = fc.array(
  fc.record({ pick: fc.nat(), fields: fc.record({ live: fc.integer() }, { noNullPrototype: true }) }),
  {
    maxLength: 3,
  },
).map((changes) => ({ container: "Users", changes, creations: [] }));

export const REBUILDS: KindScenes = {
  "of any keys": fc.record({
    scene: onUsers(rebuilds, { seed: rebuildable }),
    meanwhile: writes,
    prepared: fc.array(scripts, { maxLength: 2 }),
  })
    .map(({ scene, ...rest }) => ({ ...scene, ...rest })),
};
export const CONTAINER_COPIES: KindScenes = {
  "to another partition key": documents.map((users) => ({
    containers: { Users: { partitionKey: "/part", documents: users }, Copy: { partitionKey: "/mail" } },
    operation: copyContainer({ from: "Users", to: "Copy", follow: "change-feed" }),
  })),
};

const note = {
  name: "note",
  describe: "Note that the migration was here",
  execute: async ({ database, once }: RunContext) => {
    const key = await once("key", () => Promise.resolve(crypto.randomUUID()));
    const users = database.container("Users");
    const { resource } = await users.item("note", "p").read();
    if (resource?.["key"] !== key) await users.items.upsert({ id: "note", part: "p", key });
  },
};
const noteBack = async ({ database }: RunContext) =>
  void await database.container("Users").item("note", "p").delete();
const runs = fc.constantFrom(run(note), run({ ...note, undo: noteBack, reversibility: "exact" }));

export const RUNS: KindScenes = { "with and without undo": onUsers(runs) };
export const NOTHINGS: KindScenes = {
  "whatever is there": onUsers(
    fc.constant(doNothing("rest", { containers: ["Users"], description: "Leave it" })),
  ),
};
