import { isJsonObject } from "../base/json.ts";
import type { ContainerProperties } from "../cosmos/port.ts";
import { type Bounds, intersection } from "./part.ts";

/** Effective partition keys of a hash of version 2 are spread evenly below this, in their first four bytes. */
const HASH_SPACE = 0x4000_0000;
const DIGITS = 8;

/** Whether a slice of the key space speaks for all of it. */
export function isEvenlyHashed({ definition }: ContainerProperties): boolean {
  const partitionKey = definition["partitionKey"];
  return isJsonObject(partitionKey) && partitionKey["version"] === 2;
}

/** How much of the key space lies between bounds, from 0 to 1. */
export function shareOf({ minInclusive, maxExclusive }: Bounds): number {
  return (positionOf(maxExclusive) - positionOf(minInclusive)) / HASH_SPACE;
}

/** A slice that begins where the bounds do and has so much of the key space, if they hold as much. */
export function sliceOf(bounds: Bounds, share: number): Bounds {
  const end = positionOf(bounds.minInclusive) + Math.max(1, HASH_SPACE * share);
  return intersection(bounds, {
    minInclusive: bounds.minInclusive,
    maxExclusive: end < HASH_SPACE ? hex(end) : bounds.maxExclusive,
  });
}

/** Slices that lie evenly over the whole key space, and together have so much of it. */
export function slicesOf(share: number, count: number): readonly Bounds[] {
  const size = HASH_SPACE * share / count;
  return Array.from({ length: count }, (_, index) => {
    const start = HASH_SPACE * (index + 0.5) / count;
    return { minInclusive: hex(start), maxExclusive: hex(start + size) };
  });
}

function positionOf(key: string): number {
  return Math.min(HASH_SPACE, Number.parseInt(key.slice(0, DIGITS).padEnd(DIGITS, "0"), 16));
}

function hex(value: number): string {
  return Math.round(value).toString(16).toUpperCase().padStart(DIGITS, "0");
}
