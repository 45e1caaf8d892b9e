import type { Clock } from "../base/clock.ts";

/** What {@linkcode LiveLine} works with. */
export interface LiveLineOptions {
  readonly write: (text: string) => void;
  readonly clock: Clock;
}

/** A terminal redraws slower than a pass makes progress. */
const MIN_INTERVAL_MS = 100;
const CLEAR = "\r\x1b[2K";

/**
 * One line at the bottom of a terminal that is rewritten in place, at most once per 100 ms, with ordinary
 * lines above it.
 */
export class LiveLine {
  readonly #write: (text: string) => void;
  readonly #clock: Clock;
  #wanted = "";
  #shown = "";
  #writtenAtMs = -Infinity;
  #cancel: (() => void) | undefined;

  constructor({ write, clock }: LiveLineOptions) {
    this.#write = write;
    this.#clock = clock;
  }

  /** Shows a text, now or when its turn has come. It must be shorter than the terminal is wide. */
  set(text: string): void {
    this.#wanted = text;
    const waitMs = this.#writtenAtMs + MIN_INTERVAL_MS - this.#clock.monotonicMs();
    if (waitMs <= 0) this.#draw("");
    else this.#cancel ??= this.#clock.schedule(() => this.#draw(""), waitMs);
  }

  /** Prints a line that stays. The live line goes below it. */
  print(line: string): void {
    this.#draw(`${line}\n`);
  }

  /** Takes the live line away. */
  clear(): void {
    this.#wanted = "";
    this.#draw("");
  }

  #draw(above: string): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (above === "" && this.#shown === this.#wanted) return;
    const erased = this.#shown === "" ? "" : CLEAR;
    this.#shown = this.#wanted;
    this.#writtenAtMs = this.#clock.monotonicMs();
    this.#write(`${erased}${above}${this.#wanted}`);
  }
}
