/**
 * The embedded database with many documents, in a process of its own. Prints where it listens once they are there, and its memory for each line that it
 * is sent.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import type { JsonObject } from "../../lib/base/json.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";

const [count = 0, bytes = 0] = process.argv.slice(2).map(Number);

function* documents(): Generator<JsonObject> {
  for (let n = 0; n < count; n++) {
    const document = { id: `${n}`, pk: `key-${n % 10_000}`, kind: n % 100, filler: "" };
    yield { ...document, filler: "x".repeat(bytes - JSON.stringify(document).length) };
  }
}

const emulator = await startEmulator({ seed: { containers: { Items: { partitionKey: "/pk" } } } });
const startedMs = performance.now();
emulator.store.insert("Items", documents());
const loadedMs = performance.now() - startedMs;
const { endpoint, key } = emulator;
console.log(JSON.stringify({ endpoint, key, loadedMs, ranges: emulator.store.ranges("Items") }));
createInterface({ input: process.stdin }).on("line", () => console.log(JSON.stringify(memory())));

/** In megabytes of 10^6 bytes: now, and at its highest. */
function memory(): { readonly rss: number; readonly peak: number } {
  const status = readFileSync("/proc/self/status", "utf8");
  const megabytes = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1_024 / 1e6;
  return { rss: megabytes("VmRSS"), peak: megabytes("VmHWM") };
}
