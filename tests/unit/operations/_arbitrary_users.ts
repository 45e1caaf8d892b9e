/** Random documents, and what an application does to them. */
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../lib/base/json.ts";
import type { Operation } from "../../../lib/definition/operation.ts";
import type { Restored, Scene } from "./_operation_scene.ts";

const JSON_FORM = { noNullPrototype: true, requiredKeys: ["id", "part"] as ("id" | "part")[] };

/** A property of documents that may be missing; each list has the value that is added or set, another one, null and a wrong type. */
const FIELDS = {
  age: fc.constantFrom<JsonValue>(0, 7, null, "0"),
  plan: fc.constantFrom<JsonValue>("free", "trial", "paid", null, 3),
  mail: fc.constantFrom<JsonValue>("m", "n", null, 1, { deep: [1] }),
  email: fc.constantFrom<JsonValue>("m", "e", null, 1),
  price: fc.constantFrom<JsonValue>("1.50", "7.00", 2.5, null, true, [1]),
  n: fc.integer({ min: -3, max: 3 }),
  lines: fc.oneof(
    fc.array(
      fc.oneof(fc.constant({}), fc.constant({ open: true }), fc.constant({ open: 0 }), fc.constant(1)),
      {
        maxLength: 3,
      },
    ),
    fc.constantFrom<JsonValue>(null, "none"),
  ),
};
type Field = keyof typeof FIELDS;

export function documentsWith(...names: readonly Field[]): fc.Arbitrary<JsonObject[]> {
  const fields = Object.fromEntries(names.map((name) => [name, FIELDS[name]]));
  const document = fc.record({
    id: fc.stringMatching(/^[a-z]{1,4}$/),
    part: fc.constantFrom("p", "q"),
    ...fields,
  }, JSON_FORM);
  return fc.uniqueArray(document, { selector: ({ id }) => id, maxLength: 15 }) as fc.Arbitrary<JsonObject[]>;
}

/** What an application does between up and down: new documents, and other values in some that are there. */
export function writesTo(...names: readonly Field[]): fc.Arbitrary<Scene["meanwhile"]> {
  const fields = fc.record(Object.fromEntries(names.map((name) => [name, FIELDS[name]])), {
    requiredKeys: [],
    noNullPrototype: true,
  });
  return fc.record({
    changes: fc.array(fc.record({ pick: fc.nat(), fields: fields as fc.Arbitrary<JsonObject> }), {
      maxLength: 4,
    }),
    creations: fc.array(fields as fc.Arbitrary<JsonObject>, { maxLength: 2 }),
  }).map(({ changes, creations }) => ({
    container: "Users",
    changes: changes.map(({ pick, fields }) => ({ pick, fields: { ...fields, live: pick } })),
    creations: creations.map((fields, index) => ({ id: `new-${index}`, part: "p", ...fields })),
  }));
}

export function users(
  operation: Operation,
  { documents, writes = [], restored }: {
    readonly documents: readonly Field[];
    readonly writes?: readonly Field[];
    readonly restored?: Restored;
  },
): fc.Arbitrary<Scene> {
  return fc.record({ documents: documentsWith(...documents), meanwhile: writesTo(...writes) }).map((
    drawn,
  ) => ({
    containers: { Users: { partitionKey: "/part", documents: drawn.documents } },
    meanwhile: drawn.meanwhile,
    operation,
    ...(restored === undefined ? {} : { restored }),
  }));
}

export function without(document: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)));
}
