/**
 * Measures: `deno task bench NAME [options]`.
 *
 * @module
 */
import process from "node:process";
import { measureEmulator } from "./emulator.ts";
import { measurePasses } from "./passes.ts";
import { measureSigterm } from "./sigterm.ts";
import { measureStart } from "./start.ts";
import { measureTakeOver } from "./takeover.ts";
import { measureWaiting } from "./waiting.ts";

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  emulator: measureEmulator,
  passes: measurePasses,
  sigterm: measureSigterm,
  start: measureStart,
  takeover: measureTakeOver,
  waiting: measureWaiting,
};

const [name = "", ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`Measures: deno task bench ${Object.keys(BENCHES).join("|")}\n`);
  process.exitCode = 2;
} else {
  await bench(args);
}
