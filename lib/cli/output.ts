import type { EventSink } from "../base/events.ts";
import { createRedactor, type Redactor } from "../config/redactor.ts";
import { createReporter, type Reporter, type ReportFormat } from "../reporting/reporter.ts";
import { createStyle, type Style, usesColour } from "../reporting/style.ts";
import type { Io } from "./io.ts";

/** How progress and logs are written. */
export type LogFormat = "auto" | "plain" | "json";

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
    this.style = createStyle(usesColour(io.out, io.environment));
    this.errorStyle = createStyle(usesColour(io.err, io.environment));
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

  /** Prints lines of a result. */
  result(...lines: readonly string[]): void {
    this.#io.out.write(this.#redact(lines.map((line) => `${line}\n`).join("")));
  }

  /** Prints what holds the public key of the embedded database, which is no secret. */
  resultWithPublicKey(...lines: readonly string[]): void {
    this.#io.out.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Prints a result as JSON. */
  json(value: unknown): void {
    this.result(JSON.stringify(value, null, 2));
  }

  /** Prints text that is no result as it is. */
  error(text: string): void {
    this.#io.err.write(this.#redact(text));
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

function formatFor({ err, environment }: Io): ReportFormat {
  return err.isTty && environment["TERM"] !== "dumb" ? "terminal" : "plain";
}
