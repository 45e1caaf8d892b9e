import assert from "node:assert/strict";
import process from "node:process";
import { HEAP_FLAGS } from "../../../lib/authoring/heap_flags.ts";
import { runProcess } from "../../../lib/authoring/run_process.ts";

/** Makes much garbage of which a little lives for a while, as a pass does, and prints the largest heap in megabytes. */
const CHURN = `
import { getHeapStatistics } from "node:v8";
let largest = 0;
for (let page = 0, alive = []; page < 600; page++) {
  alive = [...alive.slice(-10), Array.from({ length: 4_000 }, (_, index) => ({ index, list: [index] }))];
  largest = Math.max(largest, getHeapStatistics().total_heap_size);
}
console.log(largest / 2 ** 20);
`;

async function largestHeap(flags: readonly string[]): Promise<number> {
  const options = flags.length === 0 ? [] : [`--v8-flags=${flags.join()}`];
  return Number(await runProcess([process.execPath, "eval", "--no-config", ...options, CHURN]));
}

Deno.test("HEAP_FLAGS keep a heap small that is mostly garbage", async () => {
  const [usual, small] = [await largestHeap([]), await largestHeap(HEAP_FLAGS)];
  assert.ok(small < 0.75 * usual, `${small} MB, and ${usual} MB without them`);
});
