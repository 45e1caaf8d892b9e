import type { RunEvent } from "../base/events.ts";
import { describeEvent } from "./describe_event.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import { withoutControls } from "./text_width.ts";
import { Throttle } from "./throttle.ts";

/** Lines for a log; whoever collects it adds the time. What repeats comes every 10 seconds. */
export function createPlainReporter({ write, clock }: ReporterOptions): Reporter {
  const throttle = new Throttle(clock);
  const emit = (event: RunEvent) => {
    if (!throttle.admits(event)) return;
    const line = describeEvent(event);
    if (line !== undefined) write(`${withoutControls(line.text)}\n`);
  };
  return { emit, close: () => {} };
}
