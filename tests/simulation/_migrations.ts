import type { JsonObject } from "../../lib/base/json.ts";
import type { RegistryEntry } from "../../lib/definition/registry.ts";
import type { SeededRandom } from "./_random.ts";
import type { SimulatedService } from "./_service.ts";
import type { Definitions } from "./_subject.ts";

/** One version of a migration of the simulated application, and what it has to do to the data, said a second time. */
interface Version {
  readonly entry: (definitions: Definitions) => RegistryEntry["migration"];
  /** What becomes of a document of "items". */
  readonly effect?: (document: JsonObject) => JsonObject;
}

interface Ingredient extends Version {
  /** What takes its place where the first version is corrected. It has to lead to the same end whatever the other one has done before, and the other way round. */
  readonly revised?: Version;
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
    revised: {
      entry: ({ defineMigration, removeField }) =>
        defineMigration({
          description: "Better no a",
          up: [removeField({ container: "items", field: "/a", name: "better" })],
          down: [removeField({ container: "items", field: "/a", name: "back" })],
        }),
      effect: ({ a: _, ...document }) => document,
    },
  },
  transform: {
    entry: (definitions) =>
      compute(definitions, {
        where: "NOT IS_DEFINED(c.t) OR IS_DEFINED(c.better)",
        transform: ({ better: _, ...document }) => {
          if (document.bad) throw new Error("a document is bad");
          return { ...document, t: document.n * 10 + (document.a ?? 0) };
        },
      }),
    effect: (document) => ({ ...document, t: Number(document["n"]) * 10 + Number(document["a"] ?? 0) }),
    revised: {
      entry: (definitions) =>
        compute(definitions, {
          where: "NOT IS_DEFINED(c.better)",
          transform: (document) => ({ ...document, t: document.n * 100, better: true }),
        }),
      effect: (document) => ({ ...document, t: Number(document["n"]) * 100, better: true }),
    },
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

interface Item {
  readonly id: string;
  readonly n: number;
  readonly a?: number;
  readonly t?: number;
  readonly better?: boolean;
  readonly bad?: boolean;
}

/** Computes `t`, one way or another. */
function compute(
  { defineMigration, transformDocuments }: Definitions,
  way: { readonly where: string; readonly transform: (document: Item) => Item },
): RegistryEntry["migration"] {
  return defineMigration({
    description: "Compute t",
    up: [transformDocuments({
      container: "items",
      ...way,
      undo: {
        where: "IS_DEFINED(c.t)",
        transform: ({ t: _, better: __, ...document }: Item) => document,
      },
    })],
  });
}

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

/** Which version of the migrations a binary has. */
export type BinaryVersion = "first" | "second";

/** What a schedule migrates. */
export interface Menu {
  readonly kind: MenuKind;
  readonly names: readonly IngredientName[];
  /** The migrations of a binary; in the second one, one of them is another one. */
  registry(version: BinaryVersion): readonly RegistryEntry[];
}

/** Chooses the migrations of a schedule. */
export function drawMenu(
  random: SeededRandom,
  options: { readonly definitions: Definitions; readonly kind: MenuKind },
): Menu {
  const { definitions, kind } = options;
  const menus: readonly (readonly IngredientName[])[] = MENUS[kind];
  const names = menus[random.integer(0, menus.length - 1)] ?? [];
  const registry = names.map((name, index): RegistryEntry => ({
    id: `20240101_00000${index + 1}`,
    name,
    checksum: `v1:${name}`,
    migration: INGREDIENTS[name].entry(definitions),
  }));
  const revisable = registry.filter(({ name }) => revisionOf(name) !== undefined);
  const revised = revisable[random.integer(0, revisable.length - 1)];
  const version = revised && revisionOf(revised.name);
  const second = registry.map((entry) =>
    entry !== revised || version === undefined ? entry : {
      ...entry,
      checksum: REVISED + entry.name,
      migration: version.entry(definitions),
    }
  );
  return { kind, names, registry: (version) => version === "first" ? registry : second };
}

const REVISED = "v1:revised-";

function revisionOf(name: string): Version | undefined {
  const ingredient: Ingredient = INGREDIENTS[name as IngredientName];
  return ingredient.revised;
}

const DOCUMENTS: readonly JsonObject[] = ["d0", "d1", "d2"].map((id, index) => ({
  id,
  n: index + 1,
  hits: 0,
}));

/** A document that the first version of a migration cannot change. */
export const BAD_DOCUMENT = "d1";

/** The database before the first migration. */
export function fillDatabase(service: SimulatedService, { ails }: { readonly ails: boolean }): void {
  for (const id of ["items", "seeds"]) {
    service.createContainer({ id, partitionKey: { paths: ["/id"], kind: "Hash", version: 2 } });
  }
  const items = service.containers.get("items");
  if (items === undefined) return;
  for (const document of DOCUMENTS) {
    const isBad = ails && document["id"] === BAD_DOCUMENT;
    const given = isBad ? { ...document, bad: true } : document;
    service.write(items, { kind: "create", document: given, partitionKey: [String(document["id"])] });
  }
}

/** What the ledger says about the effect of a migration. */
export type Standing =
  | { readonly kind: "applied"; readonly checksum: string }
  /** Marked as applied by a person: it may have taken effect on some documents and not on others. */
  | { readonly kind: "unknown" }
  | { readonly kind: "none" };

/**
 * What the database must hold.
 *
 * @returns for each container, for each of its documents what it may be; a container that must not be there is missing
 */
export function expectedDatabase(
  menu: Menu,
  options: { readonly standing: (id: string) => Standing; readonly hits: ReadonlyMap<string, number> },
): ReadonlyMap<string, readonly (readonly JsonObject[])[]> {
  const { standing, hits } = options;
  const registry = menu.registry("first").map(({ id, name }) => ({
    ingredient: INGREDIENTS[name as IngredientName] as Ingredient,
    standing: standing(id),
  }));
  const items = DOCUMENTS.map((document) =>
    registry.reduce<readonly JsonObject[]>(
      (before, { ingredient, standing }) => before.flatMap((one) => effectsOn(one, ingredient, standing)),
      [{ ...document, hits: hits.get(String(document["id"])) ?? 0 }],
    )
  );
  const expected = new Map<string, readonly (readonly JsonObject[])[]>([["items", items], ["seeds", []]]);
  const applied = registry.filter(({ standing }) => standing.kind === "applied").map(({ ingredient }) =>
    ingredient
  );
  for (const { creates } of applied) if (creates !== undefined) expected.set(creates, []);
  for (const { seeds } of applied) {
    if (seeds !== undefined) expected.set(seeds.container, seeds.documents.map((document) => [document]));
  }
  return expected;
}

function effectsOn(document: JsonObject, ingredient: Ingredient, standing: Standing): readonly JsonObject[] {
  const after = ({ effect }: Version) => effect?.(document) ?? document;
  switch (standing.kind) {
    case "none":
      return [document];
    case "applied":
      return [after(standing.checksum.startsWith(REVISED) ? ingredient.revised ?? ingredient : ingredient)];
    case "unknown":
      return [document, after(ingredient), after(ingredient.revised ?? ingredient)];
  }
}
