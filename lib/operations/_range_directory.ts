import type { CosmosContainer, PartitionKey, PartitionKeyRange } from "../cosmos/port.ts";

/** Knows which range a document belongs to, and reads the ranges again only when they have changed. */
export class RangeDirectory {
  readonly #container: CosmosContainer;
  readonly #signal: AbortSignal;
  #ranges: Promise<readonly PartitionKeyRange[]> | undefined;

  constructor(container: CosmosContainer, signal: AbortSignal) {
    this.#container = container;
    this.#signal = signal;
  }

  ranges(): Promise<readonly PartitionKeyRange[]> {
    if (this.#ranges === undefined) {
      const reading = this.#container.ranges({ signal: this.#signal });
      this.#ranges = reading;
      reading.catch(() => this.forget());
    }
    return this.#ranges;
  }

  async rangeOf(partitionKey: PartitionKey): Promise<PartitionKeyRange> {
    return await this.#container.rangeOf(partitionKey, await this.ranges());
  }

  /** The ranges are not what they were. */
  forget(): void {
    this.#ranges = undefined;
  }
}
