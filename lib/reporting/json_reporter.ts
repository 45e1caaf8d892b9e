import type { RunEvent } from "../base/events.ts";
import { describeEvent } from "./describe_event.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import { Throttle } from "./throttle.ts";

/** One JSON object a line: `time`, `level`, `message` in words, and the event itself. */
export function createJsonReporter({ write, clock }: ReporterOptions): Reporter {
  const throttle = new Throttle(clock);
  const emit = (event: RunEvent) => {
    if (!throttle.admits(event)) return;
    const line = describeEvent(event);
    const time = new Date(clock.wallMs()).toISOString();
    const text = line?.text.trim() ?? event.type;
    const { type, ...facts } = event;
    write(`${JSON.stringify({ time, level: line?.level ?? "debug", text, type, ...facts })}\n`);
  };
  return { emit, close: () => {} };
}
