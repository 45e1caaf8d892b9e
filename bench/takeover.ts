import process from "node:process";
import { takeOver } from "../tests/chaos/take_over.ts";

const TARGET_MS = 2_000;

/** How soon another process goes on after the holder was killed: `deno task bench takeover [ROUNDS]`. */
export async function measureTakeOver([rounds = "3"]: readonly string[]): Promise<void> {
  let slowest = 0;
  for (
    const { leaseMs, settleMs } of [{ leaseMs: 3_000, settleMs: 1_000 }, { leaseMs: 6_000, settleMs: 2_000 }]
  ) {
    for (let round = 0; round < Number(rounds); round++) {
      const { recordedAfterMs, continuedAfterMs, doneAfterMs } = await takeOver({ leaseMs, settleMs });
      const beyondMs = continuedAfterMs - leaseMs - settleMs;
      slowest = Math.max(slowest, beyondMs);
      process.stdout.write(
        `lease ${leaseMs} ms, settle ${settleMs} ms: first record ${
          recordedAfterMs.toFixed(0)
        } ms, first change ${continuedAfterMs.toFixed(0)} ms after the kill (lease + settle + ${
          beyondMs.toFixed(0)
        } ms), all done after ${doneAfterMs.toFixed(0)} ms\n`,
      );
    }
  }
  process.stdout.write(`slowest: lease + settle + ${slowest.toFixed(0)} ms, target ${TARGET_MS} ms\n`);
  process.exitCode = slowest <= TARGET_MS ? 0 : 1;
}
