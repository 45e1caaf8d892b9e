import type { Spending } from "./port.ts";

/** Counts what a connection spends, throttled answers included. */
export class RequestMeter {
  #requests = 0;
  #charge = 0;
  #throttled = 0;

  noteSent(): void {
    this.#requests++;
  }

  noteAnswered(answer: { readonly status: number; readonly charge: number }): void {
    this.#charge += answer.charge;
    if (answer.status === 429) this.#throttled++;
  }

  spent(): Spending {
    return { requests: this.#requests, charge: this.#charge, throttled: this.#throttled };
  }
}
