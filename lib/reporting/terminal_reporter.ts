import type { RunEvent } from "../base/events.ts";
import { describeEvent, type Level } from "./describe_event.ts";
import { LiveLine } from "./live_line.ts";
import { formatProgressLine } from "./progress.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import { createStyle, type Style } from "./style.ts";
import { roomOn, truncate, withoutControls, wrap } from "./text_width.ts";

/** Colours, and one live line for what is going on. */
export function createTerminalReporter(options: ReporterOptions): Reporter {
  const style = createStyle(options.colour);
  const live = new LiveLine(options);
  const columns = () => roomOn(options.columns());

  const emit = (event: RunEvent) => {
    switch (event.type) {
      case "step-progressed":
        return live.set(`  ${formatProgressLine(event.progress, { columns: columns() - 2 })}`);
      case "lease-waiting":
      case "migrations-awaited":
        return live.set(style.dim(truncate(textOf(event), columns())));
      case "step-finished":
      case "migration-failed":
      case "lease-acquired":
        live.clear();
    }
    const line = describeEvent(event);
    if (line !== undefined) {
      const text = wrap(withoutControls(line.text), columns());
      live.print(paint(event, { text, level: line.level, style }));
    }
  };
  return { emit, close: () => live.clear() };
}

function textOf(event: RunEvent): string {
  return withoutControls(describeEvent(event)?.text ?? "");
}

function paint(
  event: RunEvent,
  { text, level, style }: { readonly text: string; readonly level: Level; readonly style: Style },
): string {
  if (level === "error") return style.red(text);
  if (level === "warning") return style.yellow(text);
  switch (event.type) {
    case "migration-applied":
    case "migration-reverted":
      return style.green(text);
    case "migration-started":
      return style.bold(text);
    case "step-finished":
    case "step-logged":
    case "lease-acquired":
    case "lease-released":
      return style.dim(text);
    default:
      return text;
  }
}
