import type { EventSink } from "../base/events.ts";
import { createRedactor, type Redactor } from "../config/redactor.ts";
import { createReporter, type Reporter, type ReportFormat } from "../reporting/reporter.ts";
import { createStyle, type Style, usesColour } from "../reporting/style.ts";
import { roomOn, wrap } from "../reporting/text_width.ts";
import type { Io, OutputStream } from "./io.ts";

/** How progress and logs can be written. */
export const LOG_FORMATS = ["auto", "plain", "json"] as const;

/** How progress and logs are written. */
export type LogFormat = typeof LOG_FORMATS[number];

/**
 * The two streams of a command. Everything that is printed passes through here, and is rid of secrets here.
 */
export class Output {
  /** For results. */
  readonly style: Style;
  /** For errors. */
  readonly errorStyle: Style;
  readonly #io: Io;
  readonly #secrets: string[] = [];
  #redact: Redactor = createRedactor([]);
  #format: ReportFormat;
  #reporter: Reporter | undefined;

  constructor(io: Io) {
    this.#io = io;
    this.#format = formatFor(io);
    this.style = styleFor(io.out, io);
    this.errorStyle = styleFor(io.err, io);
  }

  /** Who reads the progress. */
  get format(): ReportFormat {
    return this.#format;
  }

  /** From now on, `secret` appears nowhere. */
  readonly addSecret = (secret: string): void => {
    this.#secrets.push(secret);
    this.#redact = createRedactor(this.#secrets);
  };

  /** Removes the secrets that are known. */
  readonly redact = (text: string): string => this.#redact(text);

  /** Chooses the format before the first event. `auto` is what the stream calls for. */
  setLogFormat(format: LogFormat): void {
    this.#format = format === "auto" ? formatFor(this.#io) : format;
  }

  /** Prints lines of a result for people; on a terminal they are broken between words. */
  result(...lines: readonly string[]): void {
    this.text(lines.map((line) => fit(line, this.style)).join("\n"));
  }

  /** Prints a result for programs as it is. */
  text(text: string): void {
    this.#io.out.write(this.#redact(`${text}\n`));
  }

  /** Prints what holds the public key of the embedded database, which is no secret. */
  resultWithPublicKey(...lines: readonly string[]): void {
    this.#io.out.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Prints a result as JSON. */
  json(value: unknown): void {
    this.text(JSON.stringify(value, null, 2));
  }

  /** Prints lines that are no result for people; on a terminal they are broken between words. */
  error(...lines: readonly string[]): void {
    this.errorText(lines.map((line) => fit(line, this.errorStyle)).join("\n"));
  }

  /** Prints what is no result for programs as it is. */
  errorText(text: string): void {
    this.#io.err.write(this.#redact(`${text}\n`));
  }

  /** Begins a new line where a terminal shows what was typed: it writes `^C` into the line that is there. */
  endTypedLine(): void {
    if (this.#io.err.isTty) this.#io.err.write("\n");
  }

  /** Reports an event. */
  readonly emit: EventSink = (event) => {
    this.#reporter ??= createReporter(this.#format, {
      write: (text) => this.#io.err.write(this.#redact(text)),
      clock: this.#io.clock,
      columns: () => this.#io.err.columns(),
      colour: usesColour(this.#io.err, this.#io.environment),
    });
    this.#reporter.emit(event);
  };

  /** Reports something that a person should know. */
  warn(message: string): void {
    this.emit({ type: "warned", message });
  }

  /** Ends the reporting of events; what is printed next begins on a line of its own. */
  endEvents(): void {
    this.#reporter?.close();
    this.#reporter = undefined;
  }
}

function styleFor(stream: OutputStream, { environment }: Io): Style {
  return createStyle(usesColour(stream, environment), stream.isTty ? roomOn(stream.columns()) : Infinity);
}

/** What is there to be copied, a command, stays in one line: the terminal joins it again. */
const COPIED_REGEXP = /\baz \w+|^Next: /;

function fit(text: string, { columns }: Style): string {
  return text.split("\n").map((line) => COPIED_REGEXP.test(line) ? line : wrap(line, columns)).join("\n");
}

function formatFor({ err, environment }: Io): ReportFormat {
  return err.isTty && environment["TERM"] !== "dumb" ? "terminal" : "plain";
}
