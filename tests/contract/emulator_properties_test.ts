/**
 * Property tests: patch, ETags and batches of the embedded database over HTTP, against small models of them.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../lib/base/json.ts";
import { EMPTY, type Shelf, type Step, take, takeAll } from "./_document_model.ts";
import { patchModel, type PatchStep } from "./_patch_model.ts";
import { openEmbeddedEndpoint } from "./cosmos/embedded_endpoint.ts";
import { Laboratory } from "./cosmos/laboratory.ts";
import { membersOf, rowsOf, type Specimen } from "./cosmos/specimen.ts";

const OUTDATED = '"00000000-0000-0000-0000-000000000000"';
const BATCH = { "x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-atomic": "True" };
/** The SDK leaves timers of its own behind. */
const LENIENT = { sanitizeOps: false, sanitizeResources: false };

async function withSpecimen(work: (specimen: Specimen) => Promise<void>): Promise<void> {
  await using endpoint = await openEmbeddedEndpoint();
  await using laboratory = await Laboratory.open(endpoint);
  await work(await laboratory.container());
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("create", "upsert", "replace", "patch", "delete"),
  id: fc.constantFrom("1", "2", "3"),
  n: fc.integer({ min: 0, max: 9 }),
  demand: fc.constantFrom("none", "none", "current", "outdated", "any"),
  below: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
});
/** A single step is sent as a request of its own, several as a batch. */
const history = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: step.map((one) => [one]) },
    fc.array(step, { minLength: 2, maxLength: 5 }),
  ),
  { maxLength: 14 },
);

Deno.test({
  name: "single operations and batches answer and leave behind what the model says, with ETags of their own",
  ...LENIENT,
  fn: () =>
    withSpecimen(async (specimen) => {
      await fc.assert(
        fc.asyncProperty(history, async (requests) => {
          const pk = specimen.laboratory.newKey();
          const everSeen = new Set<string>();
          let shelf: Shelf = EMPTY;
          let etags = new Map<string, string>();
          for (const steps of requests) {
            const expected = steps.length === 1
              ? [take(shelf, steps[0]!)].map(({ status, shelf: after }) => ({
                statuses: [status],
                shelf: after,
              }))[0]!
              : takeAll(shelf, steps);
            assert.deepEqual(await send(specimen, pk, { steps, etags }), expected.statuses);

            const stored = await contents(specimen, pk);
            assert.deepEqual(
              new Map([...stored].map(([id, { n }]) => [id, n])),
              new Map([...expected.shelf.documents].sort(byId).map(([id, { n }]) => [id, n])),
            );
            for (const [id, { etag }] of stored) {
              const isUntouched = expected.shelf.documents.get(id)?.write === shelf.documents.get(id)?.write;
              if (isUntouched) assert.equal(etag, etags.get(id), "a refused write changed an ETag");
              else assert.ok(!everSeen.has(etag), "an ETag came twice");
              everSeen.add(etag);
            }
            shelf = expected.shelf;
            etags = new Map([...stored].map(([id, { etag }]) => [id, etag]));
          }
          const inOrder = [...shelf.documents].sort(([, left], [, right]) => left.write - right.write);
          assert.deepEqual(await feedOf(specimen, pk), inOrder.map(([id]) => id));
        }),
        { numRuns: 60 },
      );
    }),
});

const value: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom<JsonValue>("text", null, true, [], {}, [1, 2], { a: 1 }, { b: [0] }),
);
/** Mostly places that exist, so that most patches get somewhere. */
const path = fc.constantFrom(
  ...[
    "a",
    "b",
    "c",
    "list",
    "list/0",
    "list/1",
    "list/2",
    "list/-",
    "list/7",
    "tree",
    "tree/a",
    "tree/b",
    "tree/list/0",
  ]
    .map((text) => text.split("/")),
);
const patchStep: fc.Arbitrary<PatchStep> = fc.record({
  op: fc.constantFrom("add", "add", "set", "set", "replace", "remove", "incr", "move"),
  path,
  from: path,
  value: fc.oneof(fc.integer({ min: -5, max: 5 }), value),
});
const start = fc.record({
  a: value,
  b: fc.integer(),
  list: fc.array(fc.integer(), { maxLength: 3 }),
  tree: fc.constantFrom<JsonValue>({ a: 1 }, { list: [1, 2] }, { a: { b: [] }, b: 2 }),
}, { requiredKeys: ["b", "list"] });

Deno.test({
  name: "patches of nested documents and arrays do what the model says, or nothing at all",
  ...LENIENT,
  fn: () =>
    withSpecimen(async (specimen) => {
      const pk = specimen.laboratory.newKey();
      let refusals = 0;
      let patched = 0;
      await fc.assert(
        fc.asyncProperty(start, fc.array(patchStep, { minLength: 1, maxLength: 3 }), async (body, steps) => {
          await specimen.put({ id: "1", pk, ...body });
          const before = await specimen.documents({ id: "1", key: [pk] });
          const answer = await specimen.documents({
            method: "PATCH",
            id: "1",
            key: [pk],
            body: {
              operations: steps.map(({ op, path, from, value }) => ({
                op,
                path: `/${path.join("/")}`,
                ...op === "move" ? { from: `/${from.join("/")}` } : { value },
              })),
            },
          });
          const after = await specimen.documents({ id: "1", key: [pk] });
          const expected = patchModel(body as JsonObject, steps);
          if (expected === "refused") {
            refusals++;
            assert.equal(answer.outcome, "400");
            assert.equal(after.text, before.text);
          } else {
            patched++;
            assert.equal(answer.outcome, "200", JSON.stringify(expected));
            assert.deepEqual(own(after.json), expected);
            assert.notEqual(after.headers.etag, before.headers.etag);
          }
        }),
        { numRuns: 300 },
      );
      assert.ok(refusals > 50 && patched > 50, `${refusals} refused, ${patched} patched`);
    }),
});

/** Sends steps and gives their statuses. */
async function send(
  specimen: Specimen,
  pk: string,
  { steps, etags }: { readonly steps: readonly Step[]; readonly etags: ReadonlyMap<string, string> },
): Promise<readonly number[]> {
  const operations = steps.map((one): JsonObject => operationOf(one, pk, etags));
  const [single] = operations;
  if (operations.length > 1) {
    const { json } = await specimen.documents({
      method: "POST",
      key: [pk],
      headers: BATCH,
      body: operations,
    });
    return (json as unknown as readonly { readonly statusCode: number }[]).map(({ statusCode }) =>
      statusCode
    );
  }
  const { operationType, id, resourceBody, ifMatch } = single!;
  const methods: Readonly<Record<string, string>> = { Replace: "PUT", Patch: "PATCH", Delete: "DELETE" };
  const { outcome } = await specimen.documents({
    method: methods[String(operationType)] ?? "POST",
    key: [pk],
    ...id !== undefined && { id: String(id) },
    headers: {
      ...operationType === "Upsert" && { "x-ms-documentdb-is-upsert": "True" },
      ...ifMatch !== undefined && { "if-match": String(ifMatch) },
    },
    ...resourceBody !== undefined && { body: resourceBody },
  });
  return [Number(outcome)];
}

function operationOf(
  { kind, id, n, demand, below }: Step,
  pk: string,
  etags: ReadonlyMap<string, string>,
): JsonObject {
  const ifMatch =
    { current: etags.get(id) ?? OUTDATED, outdated: OUTDATED, any: "*", none: undefined }[demand];
  const patch = {
    operations: [{ op: "incr", path: "/n", value: n }],
    ...below !== undefined && { condition: `FROM c WHERE c.n < ${below}` },
  };
  return {
    operationType: kind[0]!.toUpperCase() + kind.slice(1),
    ...kind !== "create" && kind !== "upsert" && { id },
    ...kind !== "delete" && { resourceBody: kind === "patch" ? patch : { id, pk, n } },
    ...kind !== "create" && ifMatch !== undefined && { ifMatch },
  };
}

async function contents(
  specimen: Specimen,
  pk: string,
): Promise<Map<string, { readonly n: number; readonly etag: string }>> {
  const rows = rowsOf(await specimen.query("SELECT * FROM c", { key: [pk] })) as readonly JsonObject[];
  return new Map(
    rows.map(({ id, n, _etag }) => [String(id), { n: Number(n), etag: String(_etag) }] as const).sort(byId),
  );
}

/** The ids of a partition key in the order of the change feed. */
async function feedOf(specimen: Specimen, pk: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { id } of await specimen.ranges()) {
    const page = await specimen.feed(id, {
      "x-ms-max-item-count": "10000",
      "x-ms-documentdb-partitionkey": JSON.stringify([pk]),
    });
    found.push(...membersOf(page, "id").map(String));
  }
  return found;
}

function own(document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document).filter(([name]) => !name.startsWith("_") && name !== "id" && name !== "pk"),
  );
}

function byId([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
