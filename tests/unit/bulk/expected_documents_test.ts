import assert from "node:assert/strict";
import { expectedDocuments } from "../../../lib/bulk/expected_documents.ts";
import type { Part } from "../../../lib/bulk/part.ts";
import { planParts } from "../../../lib/bulk/plan_parts.ts";
import { RuGovernor } from "../../../lib/bulk/ru_governor.ts";
import { compileSelection } from "../../../lib/bulk/selection.ts";
import { FakeContainer, type FakeContainerOptions, type FakeRequest } from "../../support/fake_container.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

const SELECTED = "c.version = 1";

interface Setup extends Partial<FakeContainerOptions> {
  readonly documents: number;
  /** Every so many documents one is selected. */
  readonly every?: number;
}

function setup({ documents, every = 2, ...options }: Setup) {
  const clock = new VirtualClock();
  const container = new FakeContainer({ clock, saysCount: true, ranges: 4, ...options });
  for (let index = 0; index < documents; index++) {
    container.put({ id: `d${index}`, version: index % every === 0 ? 1 : 2 });
  }
  const queries: FakeRequest[] = [];
  container.before = (request) => queries.push(request);
  const expect = async (where?: string, open = (parts: readonly Part[]) => parts) => {
    const options = {
      properties: await container.properties(),
      open: open(
        planParts({ containerRid: "rid-1", ranges: await container.ranges(), checkpoints: [] }).open,
      ),
      selection: compileSelection({ where }),
      governor: new RuGovernor({ clock, ruPerSecond: undefined }),
      signal: new AbortController().signal,
    };
    return await clock.run(expectedDocuments(container, options));
  };
  return { container, queries, expect };
}

Deno.test("expectedDocuments() takes the word of the service where all documents are selected, and asks nothing more", async () => {
  const { queries, expect } = setup({ documents: 5_000 });
  assert.deepEqual(await expect(), { documents: 5_000, isEstimated: false });
  assert.deepEqual(queries, []);
});

Deno.test("expectedDocuments() projects from a slice, at the same cost however large the container is", async () => {
  for (const documents of [5_000, 40_000]) {
    for (const every of [2, 5]) {
      const { queries, expect } = setup({ documents, every });
      const found = await expect(SELECTED);
      assert.ok(found?.isEstimated);
      const selected = documents / every;
      assert.ok(Math.abs(found.documents - selected) < selected / 3, `${found.documents} of ${selected}`);
      assert.ok(queries.length <= 4, `${queries.length} queries`);
      for (const query of queries) assert.ok(query.kind === "query" && query.request.bounds !== undefined);
    }
  }
});

Deno.test("expectedDocuments() reads nothing of what an earlier attempt finished, and leaves it out", async () => {
  for (const documents of [150, 20_000]) {
    const { container, expect } = setup({ documents });
    const found = await expect(SELECTED, (parts) => parts.slice(2));
    const selected = documents / 4;
    assert.ok(
      found !== undefined && Math.abs(found.documents - selected) < selected / 3,
      `${found?.documents}`,
    );
    assert.deepEqual(container.queriedRanges.filter((id) => id < "2"), []);
  }
});

Deno.test("expectedDocuments() counts a small container", async () => {
  const { expect } = setup({ documents: 150, every: 3 });
  assert.deepEqual(await expect(SELECTED), { documents: 50, isEstimated: false });
});

Deno.test("expectedDocuments() does not know where it would be guessing", async () => {
  const cases: readonly Setup[] = [
    { documents: 5_000, saysCount: false },
    { documents: 5_000, definition: { partitionKey: { version: 1 } } },
    // None in the sample does not mean that there are none.
    { documents: 5_000, every: 5_000 },
  ];
  for (const options of cases) assert.equal(await setup(options).expect(SELECTED), undefined);
});

Deno.test("expectedDocuments() is no reason to wait or to fail: one attempt", async () => {
  for (const status of [429, 410, 400]) {
    const { container, queries, expect } = setup({ documents: 5_000 });
    container.fault = () => ({ kind: "refused", status });
    assert.equal(await expect(SELECTED), undefined);
    assert.ok(queries.length <= 1);
  }
});
