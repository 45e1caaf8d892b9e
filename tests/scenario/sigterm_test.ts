/** What SIGTERM does to the real process, wherever it is. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { PLACES, prepare, said, startDatabase, startIn, terminate } from "../chaos/sigterm.ts";
import type { Ended } from "../support/tool_process.ts";

function leaseOf(emulator: Emulator): JsonObject {
  return emulator.store.document("__migrations", "lease") ?? {};
}

function assertInterrupted({ code, signal, stderr }: Ended): void {
  assert.deepEqual([code, signal], [143, null], stderr);
  assert.match(stderr, /\nError: Stopped by SIGTERM/);
}

for (const place of PLACES) {
  const { name, args, lease, words } = place;
  // Without the signal it would wait for an hour: that the test ends at all shows that nothing holds it up.
  Deno.test(`the process ends with 143 on SIGTERM while it ${name}, and leaves no lease behind`, async () => {
    await using emulator = await prepare(place);
    const tool = startIn(emulator, args);
    await said(tool, words);
    terminate(tool);
    assertInterrupted(await tool.ended);
    const after = leaseOf(emulator);
    assert.deepEqual(after["holder"], lease["holder"] ?? null);
    assert.equal(after["unsettled"], lease["unsettled"] ?? false, "what was not waited for is passed on");
  });
}

Deno.test("the process ends a pass after the page in flight on SIGTERM: checkpoint, clean release, and the next run goes on from there", async () => {
  await using emulator = await startDatabase({ documents: 200, latencyMs: 15 });
  const tool = startIn(emulator, ["up", "--init"]);
  let bulks = 0;
  let readByFirst = 0;
  const stop = emulator.onRequest({
    before: ({ container, operation }) => {
      if (container === "Audit" && operation === "bulk" && ++bulks === 5) terminate(tool);
    },
    afterCommit: ({ container, operation }, { text }) => {
      if (container === "Audit" && operation === "query") readByFirst += JSON.parse(text)._count ?? 0;
    },
  });
  assertInterrupted(await tool.ended);
  stop();
  const { holder, unsettled } = leaseOf(emulator);
  assert.deepEqual([holder, unsettled], [null, false], "every request was answered");
  const ledger = emulator.store.documents("__migrations");
  const record = ledger.find(({ type }) => type === "migration");
  assert.deepEqual([record?.["status"], record?.["attempts"]], ["running", 0]);
  const checkpoint = ledger.find(({ type }) => type === "checkpoint");
  const written = emulator.store.documents("Audit").filter(({ version }) => version === 1).length;
  assert.ok(bulks >= 5 && bulks <= 7, `${bulks} pages were written, 5 of them before the signal`);
  assert.equal(
    (checkpoint?.["documents"] as JsonObject)["changed"],
    written,
    "the checkpoint knows every write",
  );
  assert.ok(readByFirst < 200, "it stopped before the end");

  let rewritten = 0;
  emulator.onRequest({
    before: ({ container, operation, body }) => {
      if (container === "Audit" && operation === "bulk") rewritten += JSON.parse(body).length;
    },
  });
  const resumed = await startIn(emulator, ["up"]).ended;
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal(rewritten, 200 - written, "documents that the resumed run wrote");
  for (const { trail } of emulator.store.documents("Audit")) assert.deepEqual(trail, [1]);
});

Deno.test("the second SIGTERM ends the process at once, whatever the code of a migration does", async () => {
  await using emulator = await startDatabase({ documents: 0 });
  const tool = startIn(emulator, ["up", "--init"], "tests/scenario/_stubborn_main.ts");
  await said(tool, /heeding nothing/);
  const warned = said(tool, /send it again to stop at once/);
  terminate(tool);
  await warned;
  terminate(tool);
  assertInterrupted(await tool.ended);
  assert.notEqual(leaseOf(emulator)["holder"], null, "nobody was there to give it back: it expires");
});
