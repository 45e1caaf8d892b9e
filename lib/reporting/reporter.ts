/**
 * Turns what happens into what an audience can read: a terminal, a log, a program. Owns wording, colours,
 * tables and the rate of output; knows neither streams nor commands: whoever creates a reporter says where
 * the text goes. Never throws.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { EventSink } from "../base/events.ts";
import { createJsonReporter } from "./json_reporter.ts";
import { createPlainReporter } from "./plain_reporter.ts";
import { createTerminalReporter } from "./terminal_reporter.ts";

/** Who reads. */
export type ReportFormat = "terminal" | "plain" | "json";

/** Receives events until it is closed. */
export interface Reporter {
  readonly emit: EventSink;
  /** Puts what is still to be shown on the screen and leaves the cursor on an empty line. */
  close(): void;
}

/** What a reporter works with. */
export interface ReporterOptions {
  readonly write: (text: string) => void;
  readonly clock: Clock;
  /** Width of the terminal; 0 when it is not known. */
  readonly columns: () => number;
  readonly colour: boolean;
}

/** The reporter for an audience. */
export function createReporter(format: ReportFormat, options: ReporterOptions): Reporter {
  switch (format) {
    case "terminal":
      return createTerminalReporter(options);
    case "plain":
      return createPlainReporter(options);
    case "json":
      return createJsonReporter(options);
  }
}
