import assert from "node:assert/strict";
import { digestOf, digestToJson, isFresh, newestEntry, saysDone } from "../../../lib/history/digest.ts";
import { entry, record } from "../../support/records.ts";

const IDS = Array.from({ length: 30 }, (_, index) => `20240101_0000${String(index + 1).padStart(2, "0")}`);

function says(
  records: Parameters<typeof digestOf>[0],
  registry: readonly ReturnType<typeof entry>[],
): boolean {
  const newest = newestEntry(registry);
  return newest !== undefined && saysDone(digestToJson(digestOf(records)), newest);
}

Deno.test("saysDone() holds for a binary that is level with the history, or up to 19 migrations behind it", () => {
  const records = IDS.map((id) => record(id));
  for (const behind of [0, 1, 19]) {
    assert.ok(says(records, IDS.slice(0, 30 - behind).map((id) => entry(id))), `${behind} behind`);
  }
  assert.ok(!says(records, IDS.slice(0, 10).map((id) => entry(id))));
});

Deno.test("saysDone() does not hold for a binary that is ahead, differs in a checksum or lacks an older migration", () => {
  const records = IDS.slice(0, 5).map((id) => record(id));
  assert.ok(!says(records, IDS.slice(0, 6).map((id) => entry(id))));
  assert.ok(
    !says(records, IDS.slice(0, 5).map((id, index) => entry(id, index === 2 ? { checksum: "v1:new" } : {}))),
  );
  assert.ok(!says(records, IDS.slice(0, 5).filter((_, index) => index !== 2).map((id) => entry(id))));
  assert.ok(!says([], []));
});

Deno.test("saysDone() ends at the first migration that is not done", () => {
  for (const status of ["running", "failed", "reverting", "held"] as const) {
    const records = IDS.slice(0, 5).map((id, index) => record(id, index === 2 ? { status } : {}));
    assert.ok(says(records, IDS.slice(0, 2).map((id) => entry(id))), status);
    for (const length of [3, 4, 5]) {
      assert.ok(!says(records, IDS.slice(0, length).map((id) => entry(id))), `${status} ${length}`);
    }
  }
});

Deno.test("saysDone() knows nothing of a migration that was reverted", () => {
  const records = IDS.slice(0, 3).map((id, index) => record(id, index === 2 ? { status: "reverted" } : {}));
  assert.ok(says(records, IDS.slice(0, 2).map((id) => entry(id))));
  assert.ok(!says(records, IDS.slice(0, 3).map((id) => entry(id))));
});

Deno.test("isFresh() tells a history that misses a record, or has an older state of one", () => {
  const records = IDS.slice(0, 4).map((id) => record(id));
  const digest = digestToJson(digestOf(records));
  assert.ok(isFresh(digest, records));
  assert.ok(isFresh(digest, records.toReversed()));
  assert.ok(!isFresh(digest, records.slice(1)));
  assert.ok(!isFresh(digest, [{ ...records[0]!, status: "running" }, ...records.slice(1)]));
  assert.ok(!isFresh(digest, [{ ...records[0]!, cycle: 2 }, ...records.slice(1)]));
  assert.ok(isFresh(null, []));
  assert.ok(!isFresh(null, records));
});
