import type { JsonObject } from "../../lib/base/json.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import type { SeededRandom } from "./_random.ts";
import type { SimulatedService } from "./_service.ts";
import type { Definitions } from "./_subject.ts";

/** A migration of the simulated application, and what it has to do to the data, said a second time. */
interface Ingredient {
  readonly entry: (definitions: Definitions) => RegistryEntry["migration"];
  /** What becomes of a document of "items". */
  readonly effect?: (document: JsonObject) => JsonObject;
  /** Documents that are there afterwards, by container. */
  readonly seeds?: { readonly container: string; readonly documents: readonly JsonObject[] };
  readonly creates?: string;
}

type IngredientName = keyof typeof INGREDIENTS;

const SEEDS = [{ id: "s0", v: 1 }, { id: "s1", v: 2 }];
const MORE_SEEDS = [{ id: "x0", v: 1 }, { id: "x1", v: 2 }];

const INGREDIENTS = {
  add: {
    entry: ({ defineMigration, addField }) =>
      defineMigration({
        description: "Add a",
        up: [addField({ container: "items", field: "/a", value: 1 })],
      }),
    effect: (document) => ({ ...document, a: 1 }),
  },
  transform: {
    entry: ({ defineMigration, transformDocuments }) =>
      defineMigration({
        description: "Compute t",
        up: [transformDocuments({
          container: "items",
          where: "NOT IS_DEFINED(c.t)",
          transform: (document: { id: string; n: number; a?: number }) => ({
            ...document,
            t: document.n * 10 + (document.a ?? 0),
          }),
          undo: {
            where: "IS_DEFINED(c.t)",
            transform: ({ t: _, ...document }) => document,
          },
        })],
      }),
    effect: (document) => ({ ...document, t: Number(document["n"]) * 10 + Number(document["a"] ?? 0) }),
  },
  remove: {
    entry: ({ defineMigration, removeField }) =>
      defineMigration({
        description: "Remove a",
        up: [removeField({ container: "items", field: "/a", recoverable: true })],
      }),
    effect: ({ a: _, ...document }) => document,
  },
  seed: {
    entry: ({ defineMigration, seedDocuments }) =>
      defineMigration({
        description: "Seed",
        up: [seedDocuments({ container: "seeds", documents: SEEDS })],
      }),
    seeds: { container: "seeds", documents: SEEDS },
  },
  create: {
    entry: ({ defineMigration, createContainer }) =>
      defineMigration({
        description: "Create extra",
        up: [createContainer({ container: "extra", partitionKey: "/id" })],
      }),
    creates: "extra",
  },
  seedCreated: {
    entry: ({ defineMigration, seedDocuments }) =>
      defineMigration({
        description: "Seed extra",
        up: [seedDocuments({ container: "extra", documents: MORE_SEEDS })],
      }),
    seeds: { container: "extra", documents: MORE_SEEDS },
  },
} satisfies Record<string, Ingredient>;

/** Migrations that go together, in their order. `conditional`: every write carries an ETag, so that no lateness does harm. */
const MENUS = {
  conditional: [["add"], ["transform"], ["add", "transform"], ["add", "remove"], [
    "add",
    "transform",
    "remove",
  ]],
  unconditional: [["seed"], ["seed", "add"], ["create"], ["create", "seedCreated"], ["add", "seed"]],
} satisfies Record<string, readonly (readonly IngredientName[])[]>;

/** What the writes of a menu's migrations rest on. */
export type MenuKind = keyof typeof MENUS;

/** What a schedule migrates. */
export interface Menu {
  readonly names: readonly IngredientName[];
  readonly registry: readonly RegistryEntry[];
}

/** Chooses the migrations of a schedule. */
export function drawMenu(
  random: SeededRandom,
  options: { readonly definitions: Definitions; readonly kind: MenuKind },
): Menu {
  const menus: readonly (readonly IngredientName[])[] = MENUS[options.kind];
  const names = menus[random.integer(0, menus.length - 1)] ?? [];
  const registry = names.map((name, index) => ({
    id: `20240101_00000${index + 1}`,
    name,
    checksum: `v1:${name}`,
    migration: INGREDIENTS[name].entry(options.definitions),
  }));
  return { names, registry };
}

const DOCUMENTS: readonly JsonObject[] = ["d0", "d1", "d2"].map((id, index) => ({
  id,
  n: index + 1,
  hits: 0,
}));

/** The database before the first migration. */
export function fillDatabase(service: SimulatedService): void {
  for (const id of ["items", "seeds"]) {
    service.createContainer({ id, partitionKey: { paths: ["/id"], kind: "Hash", version: 2 } });
  }
  const items = service.containers.get("items");
  if (items === undefined) return;
  for (const document of DOCUMENTS) {
    service.write(items, { kind: "create", document, partitionKey: [String(document["id"])] });
  }
}

/**
 * What the database must hold when just these migrations are applied.
 *
 * @returns the documents by container; a container that must not be there is missing
 */
export function expectedDatabase(
  menu: Menu,
  options: { readonly isApplied: (id: string) => boolean; readonly hits: ReadonlyMap<string, number> },
): ReadonlyMap<string, readonly JsonObject[]> {
  const applied: readonly Ingredient[] = menu.registry.filter(({ id }) => options.isApplied(id))
    .map(({ name }) => INGREDIENTS[name as IngredientName]);
  const items = DOCUMENTS.map((document) =>
    applied.reduce(
      (before, { effect }) => effect?.(before) ?? before,
      { ...document, hits: options.hits.get(String(document["id"])) ?? 0 } as JsonObject,
    )
  );
  const expected = new Map<string, readonly JsonObject[]>([["items", items], ["seeds", []]]);
  for (const { creates } of applied) if (creates !== undefined) expected.set(creates, []);
  for (const { seeds } of applied) if (seeds !== undefined) expected.set(seeds.container, seeds.documents);
  return expected;
}
