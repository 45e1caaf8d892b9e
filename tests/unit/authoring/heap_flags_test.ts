import assert from "node:assert/strict";
import process from "node:process";
import { HEAP_FLAGS } from "../../../lib/authoring/heap_flags.ts";
import { runProcess } from "../../../lib/authoring/run_process.ts";

/** What V8 lets the heap become, of which the young generation is three times a half of it. */
const HEAP_LIMIT = `
import { getHeapStatistics } from "node:v8";
console.log(getHeapStatistics().heap_size_limit / 2 ** 20);
`;

async function heapLimit(flags: readonly string[]): Promise<number> {
  const options = [`--v8-flags=${["--max-old-space-size=256", ...flags].join()}`];
  return Number(await runProcess([process.execPath, "eval", "--no-config", ...options, HEAP_LIMIT]));
}

Deno.test("HEAP_FLAGS are known to V8, which then keeps the young generation small", async () => {
  assert.equal(await heapLimit(HEAP_FLAGS), 256 + 3 * 8);
  assert.ok(await heapLimit([]) >= 256 + 3 * 16);
  await assert.rejects(heapLimit(["--no-such-flag-of-v8"]));
});
