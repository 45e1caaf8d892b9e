import assert from "node:assert/strict";
import { runPass } from "../../../lib/bulk/run_pass.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { FakeContainer } from "./_fake_database.ts";
import { countingPass, fill, passContext } from "./_fixture.ts";

Deno.test("runPass() changes every selected document once", async () => {
  const clock = new VirtualClock();
  const container = new FakeContainer({ clock, ranges: 3, latencyMs: 5 });
  fill(container, 250);
  container.put({ id: "other", version: 7 });

  const outcome = await clock.run(runPass(countingPass(), passContext({ clock, container })));

  assert.deepEqual(outcome.documents, { read: 250, changed: 250, skipped: 0 });
  assert.equal(container.contents().filter(({ version }) => version === 2).length, 250);
  assert.equal(container.document("other")?.["version"], 7);
  assert.ok([...container.writesById.values()].every((count) => count === 1));
});
