import assert from "node:assert/strict";
import type { PassSettings } from "../../../lib/bulk/pass.ts";
import { RuBudget } from "../../../lib/bulk/ru_budget.ts";
import { copyDocuments } from "../../../lib/definition/copy_documents.ts";
import { handlerOf } from "../../../lib/operations/registry.ts";
import { excess } from "../../support/document_charges.ts";
import { FakeContainer, fakeDatabase } from "../../support/fake_container.ts";
import { fill } from "../../support/pass_fixture.ts";
import { StepFixture } from "../../support/step_fixture.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

const DOCUMENTS = 2_000;

/** Copies a container under a cap. Returns what both containers have charged, in the order of time. */
async function copyWith(settings: Pick<PassSettings, "ruPerSecond" | "ruShare">) {
  const clock = new VirtualClock();
  const containers = ["Orders", "Archive"].map((id) =>
    new FakeContainer({ clock, id, rid: `rid-${id}`, ranges: 2, latencyMs: 5 })
  );
  const [from, to] = containers as [FakeContainer, FakeContainer];
  fill(from, DOCUMENTS);
  const database = {
    ...fakeDatabase(from, to),
    throughput: {
      read: (rid: string) =>
        Promise.resolve({
          throughput: { kind: "manual", ruPerSecond: rid === "rid-Orders" ? 1_000 : 4_000 } as const,
          offer: {},
        }),
      replace: () => Promise.reject(new Error("Nothing is to be replaced")),
    },
  };
  const operation = copyDocuments({ from: "Orders", to: "Archive" });
  const context = {
    ...new StepFixture(clock, from, to).context("up"),
    database,
    budget: new RuBudget({ clock, settings }),
  };
  await clock.run(handlerOf(operation).apply(operation, context));
  assert.equal(to.contents().length, DOCUMENTS);
  return { from: from.charges, to: to.charges };
}

Deno.test("a copy stays below the cap with everything that it reads and writes together", async () => {
  const { from, to } = await copyWith({ ruPerSecond: 400 });
  assert.ok(excess([...from, ...to], 400) <= 2, `${excess([...from, ...to], 400)} requests above the cap`);
});

Deno.test("a copy keeps to its share of what is provisioned, in the source and in the target", async () => {
  const { from, to } = await copyWith({ ruPerSecond: undefined, ruShare: 0.1 });
  assert.ok(excess(from, 100) <= 2, `${excess(from, 100)} requests above the share of the source`);
  assert.ok(excess(to, 400) <= 2, `${excess(to, 400)} requests above the share of the target`);
});
