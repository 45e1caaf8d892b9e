import process from "node:process";
import { systemClock } from "../lib/base/clock.ts";
import { PLACES, prepare, said, startIn, terminate } from "../tests/chaos/sigterm.ts";

const TARGET_MS = 1_000;

/** How soon a process that waits ends after SIGTERM: `deno task bench sigterm [ROUNDS]`. */
export async function measureSigterm([rounds = "5"]: readonly string[]): Promise<void> {
  let slowest = 0;
  for (const place of PLACES) {
    const times: number[] = [];
    for (let round = 0; round < Number(rounds); round++) {
      await using emulator = await prepare(place);
      const tool = startIn(emulator, place.args);
      await said(tool, place.words);
      const sentMs = systemClock.monotonicMs();
      terminate(tool);
      const { code, stderr } = await tool.ended;
      times.push(systemClock.monotonicMs() - sentMs);
      if (code !== 143) throw new Error(`Ended with ${code}: ${stderr}`);
    }
    times.sort((left, right) => left - right);
    slowest = Math.max(slowest, times.at(-1) ?? 0);
    process.stdout.write(
      `while it ${place.name}: exit 143 after ${times.map((time) => time.toFixed(0)).join(", ")} ms\n`,
    );
  }
  process.stdout.write(`slowest ${slowest.toFixed(0)} ms, target ${TARGET_MS} ms\n`);
  process.exitCode = slowest <= TARGET_MS ? 0 : 1;
}
