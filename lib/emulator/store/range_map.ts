import { rangeGone } from "../gateway_error.ts";
import type { HashVersion } from "../hash/effective_partition_key.ts";
import { contains } from "../hash/key_ranges.ts";
import { mergeRanges, type PhysicalRange, splitRange } from "./physical_range.ts";

/** The physical partitions of a container, in the order of their bounds. Together they always cover the key space exactly once. */
export class RangeMap {
  #ranges: readonly PhysicalRange[];
  #nextId: number;
  readonly #version: HashVersion;

  constructor(ranges: readonly PhysicalRange[], version: HashVersion) {
    this.#ranges = ranges;
    this.#nextId = ranges.length;
    this.#version = version;
  }

  get all(): readonly PhysicalRange[] {
    return this.#ranges;
  }

  /** The range of an effective partition key. */
  holding(epk: string): PhysicalRange {
    return this.#ranges.find((range) => contains(range, epk))!;
  }

  /** @throws GatewayError (410/1002) when there is no such range, or no longer */
  byId(id: string): PhysicalRange {
    const range = this.#ranges.find((candidate) => candidate.id === id);
    if (range === undefined) throw rangeGone(id);
    return range;
  }

  /** Splits a range in the middle. @throws GatewayError (410/1002) */
  split(id: string): readonly PhysicalRange[] {
    const range = this.byId(id);
    const children = splitRange(range, { ids: [this.#takeId(), this.#takeId()], version: this.#version });
    this.#ranges = this.#ranges.flatMap((other) => other === range ? children : [other]);
    return children;
  }

  /** Merges a range with its right neighbour. @throws GatewayError (410/1002), also for the last range */
  merge(id: string): PhysicalRange {
    const at = this.#ranges.indexOf(this.byId(id));
    const [left, right] = [this.#ranges[at]!, this.#ranges[at + 1]];
    if (right === undefined) throw rangeGone(`${id} + 1`);
    const merged = mergeRanges([left, right], this.#takeId());
    this.#ranges = this.#ranges.flatMap((other) =>
      other === left ? [merged] : other === right ? [] : [other]
    );
    return merged;
  }

  #takeId(): string {
    return String(this.#nextId++);
  }
}
