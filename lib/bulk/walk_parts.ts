import type { CheckpointKeeper } from "./checkpoint_keeper.ts";
import type { Part } from "./part.ts";
import type { ProgressMeter } from "./progress_meter.ts";
import { runWorkPool, type WorkPoolOptions } from "./work_pool.ts";

/** How parts are gone through. */
export interface WalkOptions extends WorkPoolOptions<Part> {
  readonly meter: ProgressMeter;
  readonly keeper: CheckpointKeeper;
}

/** Goes through parts, several at once, with progress, and with checkpoints saved whichever way it ends. @throws the first error */
export async function walkParts(parts: readonly Part[], options: WalkOptions): Promise<void> {
  const { meter, keeper, ...pool } = options;
  meter.start();
  try {
    await runWorkPool(parts, pool);
    await keeper.flush();
  } catch (error) {
    // What was achieved is worth keeping; the first error is the one to tell.
    await keeper.flush().catch(() => {});
    throw error;
  } finally {
    meter.stop();
    meter.report();
  }
}
