/** Scenes of the other operations that change documents. */
import fc from "fast-check";
import { jsonEquals, type JsonObject, type JsonValue } from "../../../lib/base/json.ts";
import { copyDocuments } from "../../../lib/definition/copy_documents.ts";
import { deleteDocuments } from "../../../lib/definition/delete_documents.ts";
import { moveToPartition } from "../../../lib/definition/move_to_partition.ts";
import { purgeTraces } from "../../../lib/definition/purge_traces.ts";
import { seedDocuments } from "../../../lib/definition/seed_documents.ts";
import { transformDocuments } from "../../../lib/definition/transform_documents.ts";
import { documentsWith, users, without, writesTo } from "./_arbitrary_users.ts";
import { IS_TEXT, priceBack } from "./_edit_scenes.ts";
import type { KindScenes, Scene } from "./_operation_scene.ts";

interface Priced {
  id: string;
  price?: JsonValue;
}
interface Counted {
  id: string;
  n?: number;
}

export const TRANSFORMS: KindScenes = {
  "where": users(
    transformDocuments({
      container: "Users",
      where: IS_TEXT,
      transform: (user: Priced): Priced => ({ ...user, price: Number(user.price) }),
      undo: {
        where: "IS_NUMBER(c.price)",
        transform: (user) => ({ ...user, price: Number(user.price).toFixed(2) }),
      },
    }),
    { documents: ["price"], writes: ["price"], restored: priceBack },
  ),
  "mark": users(
    transformDocuments({
      container: "Users",
      mark: true,
      transform: ({ n = 0, ...user }: Counted): Counted => ({ ...user, n: n + 1 }),
      undo: { transform: ({ n = 0, ...user }) => ({ ...user, n: n - 1 }) },
    }),
    {
      documents: ["n"],
      restored: (now, before) =>
        before === undefined ? now : { ...without(now, "__cosmig"), n: before["n"] ?? 0 },
    },
  ),
  "isDone": users(
    transformDocuments({
      container: "Users",
      isDone: ({ n = 0 }) => n >= 100,
      transform: ({ n = 0, ...user }: Counted): Counted => ({ ...user, n: n + 100 + 3 }),
      undo: { isDone: ({ n = 0 }) => n < 100, transform: ({ n = 0, ...user }) => ({ ...user, n: n - 103 }) },
    }),
    {
      documents: ["n"],
      restored: (now, before) => before === undefined ? now : { ...now, n: before["n"] ?? 0 },
    },
  ),
  "isDone, half of it done": documentsWith("n").map((documents) => ({
    containers: {
      Users: {
        partitionKey: "/part",
        documents: documents.map((user, index) => index % 2 === 0 ? user : { ...user, n: 103 }),
      },
    },
    operation: transformDocuments({
      container: "Users",
      isDone: ({ n = 0 }) => n >= 100,
      transform: ({ n = 0, ...user }: Counted): Counted => ({ ...user, n: n + 103 }),
    }),
  })),
};

const toGb = (undo: boolean) =>
  moveToPartition({
    container: "Users",
    where: "c.part = 'p'",
    move: (user: { id: string; part: string }) => ({ ...user, part: "r" }),
    ...(undo
      ? {
        undo: {
          where: "c.part = 'r'",
          move: (user: { id: string; part: string }) => ({ ...user, part: "p" }),
        },
      }
      : {}),
  });

export const MOVES: KindScenes = {
  "with undo": users(toGb(true), {
    documents: ["age", "plan"],
    writes: ["age"],
    restored: (now) => now["part"] === "r" ? { ...now, part: "p" } : now,
  }),
  "without undo": users(toGb(false), { documents: ["age"] }),
};

const seedable = documentsWith("age", "plan").filter(({ length }) => length > 0);

/** Documents of the container that are among the seeds: the same, or with another value. */
function seedScene(mode: "insert-missing" | "upsert", isInverse = false): fc.Arbitrary<Scene> {
  return fc.record({
    seeds: seedable,
    others: documentsWith("age"),
    kept: fc.array(fc.constantFrom("missing", "the same", "another"), { minLength: 15, maxLength: 15 }),
    meanwhile: writesTo("age"),
  }).map(({ seeds, others, kept, meanwhile }) => {
    const ids = new Set(seeds.map(({ id }) => id));
    const found = seeds.flatMap((seed, index) =>
      kept[index] === "missing" ? [] : [kept[index] === "another" ? { ...seed, age: 99 } : seed]
    );
    return {
      containers: {
        Users: { partitionKey: "/part", documents: [...found, ...others.filter(({ id }) => !ids.has(id))] },
      },
      operation: seedDocuments({
        container: "Users",
        documents: seeds as (JsonObject & { id: string })[],
        mode,
      }),
      meanwhile,
      isInverse,
      // Deleted where it still equals what was seeded, also where it was there before.
      restored: (now) => seeds.some((seed) => jsonEquals(seed, now)) ? undefined : now,
    };
  });
}

export const SEEDS: KindScenes = {
  "insert-missing": seedScene("insert-missing"),
  "upsert": seedScene("upsert"),
};
export const SEED_REMOVALS: KindScenes = { "of seeds": seedScene("insert-missing", true) };

const copyOf = ({ id, age = null }: JsonObject) => ({ id: `copy-${String(id)}`, kind: "user", age });

/** The application writes to the copies. */
function copyScene(
  existing: "refuse" | "keep" | "replace",
  { isInverse = false }: { readonly isInverse?: boolean } = {},
): fc.Arbitrary<Scene> {
  const others = fc.constantFrom<JsonObject[]>([], [{ id: "other", kind: "user" }]);
  return fc.record({ documents: documentsWith("age", "n"), others, meanwhile: writesTo("age") }).map(
    ({ documents, others, meanwhile }) => {
      const copies = documents.filter(({ n }) => Number(n) >= 0).map(copyOf);
      return {
        containers: {
          Users: { partitionKey: "/part", documents },
          Copies: { partitionKey: "/kind", documents: others },
        },
        operation: copyDocuments({
          from: "Users",
          to: "Copies",
          where: "c.n >= 0",
          existing,
          transform: copyOf,
        }),
        meanwhile: isInverse || meanwhile === undefined
          ? undefined
          : { ...meanwhile, container: "Copies", creations: [{ id: "new", kind: "user" }] },
        isInverse,
        restored: (now) => copies.some((copy) => jsonEquals(copy, now)) ? undefined : now,
      };
    },
  );
}

export const COPIES: KindScenes = {
  "existing: refuse": copyScene("refuse"),
  "existing: keep": copyScene("keep"),
  "existing: replace": copyScene("replace"),
};
export const COPY_REMOVALS: KindScenes = { "of copies": copyScene("refuse", { isInverse: true }) };

export const DELETIONS: KindScenes = Object.fromEntries(
  ["c.n > 0", "NOT IS_DEFINED(c.n)", "true", "c.plan = null"].map((where) => [
    where,
    users(deleteDocuments({ container: "Users", where }), { documents: ["n", "plan"] }),
  ]),
);

const traces = fc.dictionary(
  fc.constantFrom("20240101_000001", "20240101_000002"),
  fc.constant<JsonObject>({ step: { way: "up", cycle: 1 } }),
  { noNullPrototype: true },
);

function purgeScene(migrations?: readonly string[]): fc.Arbitrary<Scene> {
  return fc.record({
    documents: documentsWith("age"),
    notes: fc.array(fc.option(traces), { minLength: 15, maxLength: 15 }),
  })
    .map(({ documents, notes }) => ({
      containers: {
        Users: {
          partitionKey: "/part",
          documents: documents.map((user, index) =>
            notes[index] ? { ...user, __cosmig: notes[index] } : user
          ),
        },
      },
      operation: purgeTraces({ container: "Users", ...(migrations === undefined ? {} : { migrations }) }),
    }));
}

export const PURGES: KindScenes = {
  "of all": purgeScene(),
  "of one migration": purgeScene(["20240101_000001"]),
};
