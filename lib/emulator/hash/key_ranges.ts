import { encodeNumber } from "./v1_encoding.ts";
import type { HashVersion } from "./effective_partition_key.ts";

/** A part of the key space. */
export interface KeyRange {
  readonly minInclusive: string;
  readonly maxExclusive: string;
}

/** The whole key space. */
export const WHOLE_RANGE: KeyRange = { minInclusive: "", maxExclusive: "FF" };

/** Whether an effective partition key lies in a range. */
export function contains(range: KeyRange, epk: string): boolean {
  return epk >= range.minInclusive && (epk < range.maxExclusive || range.maxExclusive === "FF");
}

/** The key space in `count` equal parts, with the borders that the service gives them. */
export function evenRanges(count: number, version: HashVersion): readonly KeyRange[] {
  const borders = [
    "",
    ...Array.from({ length: count - 1 }, (_, at) => border((at + 1) / count, version)),
    "FF",
  ];
  return borders.slice(1).map((maxExclusive, at) => ({ minInclusive: borders[at]!, maxExclusive }));
}

/** A border that halves a range; for hierarchical keys it falls between two values of the first level. */
export function middleOf(range: KeyRange, version: HashVersion): string {
  if (version === "v1") {
    return encodeBorder((v1Fraction(range.minInclusive, 0) + v1Fraction(range.maxExclusive, 1)) / 2);
  }
  const low = range.minInclusive === "" ? 0n : BigInt(`0x${first128(range.minInclusive)}`);
  const high = range.maxExclusive === "FF" ? 1n << 126n : BigInt(`0x${first128(range.maxExclusive)}`);
  return hex128((low + high) / 2n);
}

function border(fraction: number, version: HashVersion): string {
  if (version === "v1") return encodeBorder(fraction);
  const steps = 1n << 32n;
  return hex128(((1n << 126n) * BigInt(Math.round(fraction * Number(steps)))) / steps - 1n);
}

function encodeBorder(fraction: number): string {
  return encodeNumber(Math.round(fraction * 2 ** 32) - 1)
    .map((byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}

/** Where a border lies among the 32-bit hashes: found by bisection, since the encoding only has to keep the order. */
function v1Fraction(borderText: string, otherwise: number): number {
  if (borderText === "" || borderText === "FF") return otherwise;
  let low = 0;
  let high = 1;
  for (let step = 0; step < 33; step++) {
    const middle = (low + high) / 2;
    if (encodeBorder(middle) < borderText) low = middle;
    else high = middle;
  }
  return high;
}

function first128(text: string): string {
  return text.slice(0, 32).padEnd(32, "0");
}

function hex128(value: bigint): string {
  return value.toString(16).toUpperCase().padStart(32, "0");
}
