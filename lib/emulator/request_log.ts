import type { OperationKind, ResourceKind } from "./route.ts";

/** One request that was answered, or not. */
export interface LoggedRequest {
  readonly n: number;
  readonly method: string;
  readonly path: string;
  readonly resource: ResourceKind | undefined;
  readonly operation: OperationKind | undefined;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly substatus: number;
  /** Request units. */
  readonly charge: number;
}

const KEPT = 100_000;

/** What was asked so far. Counts everything; keeps the newest 100 000 requests. */
export class RequestLog {
  #count = 0;
  #charge = 0;
  #entries: LoggedRequest[] = [];

  /** Requests since the start. */
  get count(): number {
    return this.#count;
  }

  /** Request units since the start. */
  get totalCharge(): number {
    return Math.round(this.#charge * 100) / 100;
  }

  /** The newest requests, oldest first. */
  get entries(): readonly LoggedRequest[] {
    return this.#entries.slice(-KEPT);
  }

  /** Takes the number of the next request. */
  next(): number {
    return ++this.#count;
  }

  add(entry: LoggedRequest): void {
    this.#charge += entry.charge;
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * KEPT) this.#entries = this.#entries.slice(-KEPT);
  }
}
