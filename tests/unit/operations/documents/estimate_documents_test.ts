/** Estimates by samples, on the embedded database, whose partition keys are hashed as the service hashes them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { addField } from "../../../../lib/definition/edit_fields.ts";
import { transformDocuments } from "../../../../lib/definition/transform_documents.ts";
import { EmbeddedSteps } from "../../../support/embedded_steps.ts";

const DOCUMENTS = 8_000;

/** A container whose documents share a number of partition keys. */
function start(
  { keys, prefix, count = DOCUMENTS }: {
    readonly keys: number;
    readonly prefix: string;
    readonly count?: number;
  },
): Promise<EmbeddedSteps> {
  const documents = Array.from({ length: count }, (_, n) => ({
    id: `o${n}`,
    customer: `${prefix}${n % keys}`,
    n: n % 2,
  }));
  return EmbeddedSteps.start({ Orders: { partitionKey: "/customer", documents } });
}

const half = transformDocuments({
  container: "Orders",
  isDone: ({ n }) => n === 1,
  transform: (order: { id: string; n: number }) => ({ ...order, n: 1 }),
});

function assertNear(documents: number | undefined, expected: number): void {
  assert.ok(Math.abs((documents ?? NaN) - expected) <= 0.2 * expected, `${documents} for ${expected}`);
}

Deno.test("estimateDocuments() by a sample is within 20 %, however many documents share a partition key", async () => {
  for (const keys of [1, 3, 20, 100, 1_000, DOCUMENTS]) {
    const prefix = fc.stringMatching(/^[a-z]{1,8}$/);
    await fc.assert(
      fc.asyncProperty(prefix, async (prefix) => {
        await using steps = await start({ keys, prefix });
        const operation = addField({ container: "Orders", field: "/checked", value: true });
        const { documents, notes } = await steps.estimate(operation, "sampled");
        assertNear(documents, DOCUMENTS);
        const isSampled = notes.some((note) => /sample/.test(note));
        if (keys <= 20) assert.equal(isSampled, false, `${keys} keys say nothing about each other`);
      }),
      { numRuns: 2 },
    );
  }
});

Deno.test("estimateDocuments() samples what is evenly spread, also where documents have to be read to see which are done", async () => {
  await using steps = await start({ keys: DOCUMENTS, prefix: "customer-" });
  const { documents, notes } = await steps.estimate(half, "sampled");
  assertNear(documents, DOCUMENTS / 2);
  assert.match(notes.join(), /projected from a sample/);
  assert.equal((await steps.estimate(half, "exact")).documents, DOCUMENTS / 2);
});

Deno.test("estimateDocuments() does not read very many documents to see which are done, and says so", async () => {
  await using steps = await start({ keys: 3, prefix: "c", count: 10_001 });
  const { documents, notes } = await steps.estimate(half, "sampled");
  assert.equal(documents, 10_001);
  assert.match(notes.join(), /upper bound: those that are done were not told apart/);
  assert.equal((await steps.estimate(half, "exact")).documents, 5_001);
});

Deno.test("estimate() of transformDocuments counts a document as open that isDone does not understand yet", async () => {
  await using steps = await EmbeddedSteps.start({
    Users: { partitionKey: "/id", documents: [{ id: "a" }, { id: "b", tags: ["x"] }] },
  });
  const operation = transformDocuments({
    container: "Users",
    isDone: ({ tags }) => tags.includes("x"),
    transform: (user: { id: string; tags: string[] }) => ({ ...user, tags: [...user.tags, "x"] }),
  });
  assert.equal((await steps.estimate(operation)).documents, 1);
});
